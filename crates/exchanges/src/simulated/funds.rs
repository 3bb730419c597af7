//! Whether there is enough: margin for what opens, cash and coins for spot.

use autotrading_domain::{Money, OrderIntent, Price, Quantity, Reason, Side, ValueError, unrealized};

use super::{fees::FeeMeter, phase::Phase, terms::plain};

impl Phase<'_> {
    /// What is sold must be there. Reduce-only orders promise nothing: they are cut to what is there.
    pub(super) fn short_of_spot(
        &self,
        intent: &OrderIntent,
        quantity: Quantity,
    ) -> Result<Option<Reason>, ValueError> {
        if intent.reduce_only {
            return Ok(None);
        }
        let held = self.book.position.reducible_by(Side::Sell);
        let mut promised = Quantity::ZERO;
        for order in self.book.orders.iter().filter(|order| order.side() == Side::Sell) {
            if !order.intent.reduce_only && order.id() != intent.id {
                promised = promised.plus(order.open())?;
            }
        }
        let left = held.less(promised);
        Ok((quantity > left).then(|| format!("sells {quantity}, but only {left} are there").into()))
    }

    pub(super) fn short_of_margin(
        &self,
        intent: &OrderIntent,
        open: Quantity,
        reserved: Money,
    ) -> Result<Option<Reason>, ValueError> {
        let Some(leverage) = self.clearing.rules.margin.leverage() else { return Ok(None) };
        let needed = self.margin_of(intent, open)?;
        if needed.is_zero() {
            return Ok(None);
        }
        let free = self.clearing.free()?.plus(reserved)?.plus(self.released_by(intent, open)?)?;
        if needed > free {
            return Ok(Some(
                format!("insufficient margin: needs {}, free {}", plain(needed), plain(free)).into(),
            ));
        }
        if !self.book.instrument.is_perpetual() {
            return Ok(None);
        }
        let resulting = self.book.position.quantity().plus(self.opening(intent, open))?;
        let notional = self.valued(intent)?.times(resulting)?;
        let most = self.book.instrument.tiers().tier_of(notional).max_leverage;
        let reason =
            || format!("leverage {leverage} is above {most} of the tier of {}", plain(notional)).into();
        Ok((leverage > most).then(reason))
    }

    /// What closing the whole position frees for an order that passes zero: its margin and its profit or loss.
    fn released_by(&self, intent: &OrderIntent, open: Quantity) -> Result<Money, ValueError> {
        let position = &self.book.position;
        let held = position.reducible_by(intent.side);
        if held.is_zero() || open <= held {
            return Ok(Money::ZERO);
        }
        let margin = self.clearing.bound_by(&self.book.instrument, position)?;
        let gain = unrealized(position.direction(), held, position.open_cost(), self.valued(intent)?)?;
        // Where positions share the wallet, a loss was counted against what is free already.
        let counted = self.clearing.rules.margin.is_cross() && gain.is_negative();
        if counted { Ok(margin) } else { margin.plus(gain) }
    }

    /// The part of an order that opens or adds.
    fn opening(&self, intent: &OrderIntent, open: Quantity) -> Quantity {
        if intent.reduce_only {
            Quantity::ZERO
        } else {
            open.less(self.book.position.reducible_by(intent.side))
        }
    }

    /// Margin and taker fee of what an order opens; nothing while the margin rule is off.
    pub(super) fn margin_of(&self, intent: &OrderIntent, open: Quantity) -> Result<Money, ValueError> {
        let Some(leverage) = self.clearing.rules.margin.leverage() else { return Ok(Money::ZERO) };
        let opening = self.opening(intent, open);
        let spot_sale = !self.book.instrument.is_perpetual() && intent.side == Side::Sell;
        if opening.is_zero() || spot_sale {
            return Ok(Money::ZERO);
        }
        let notional = self.valued(intent)?.times(opening)?;
        let rate = self.clearing.fee_meter.as_ref().and_then(FeeMeter::taker);
        let fee = notional.times(rate.unwrap_or(self.book.instrument.spec().taker_fee))?;
        let margin = if self.book.instrument.is_perpetual() { notional.over(leverage)? } else { notional };
        Ok(margin.plus(fee)?.booked())
    }

    /// The price at which the counter values an order: its limit, its trigger, or the market's.
    pub(super) fn valued(&self, intent: &OrderIntent) -> Result<Price, ValueError> {
        let named = intent.kind.limit_price().or(intent.kind.trigger().map(|trigger| trigger.price));
        named.map_or_else(|| self.book.instrument.price(self.bar.open), Ok)
    }
}
