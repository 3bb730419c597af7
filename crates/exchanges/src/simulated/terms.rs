//! The venue's terms: grid, size, band, time in force.

use autotrading_domain::{
    InstrumentStatus, Money, OrderIntent, OrderKind, Quantity, Reason, Side, TimeInForce, ValueError,
};
use rust_decimal::Decimal;

use super::{phase::Phase, working::Stage};

impl Phase<'_> {
    /// Why the venue does not want an order, of which `gone` needs nothing any more and which has `reserved` already.
    pub(super) fn objection(
        &self,
        intent: &OrderIntent,
        gone: Quantity,
        reserved: Money,
    ) -> Result<Option<Reason>, ValueError> {
        if let Some(reason) = self.not_now(intent) {
            return Ok(Some(reason.into()));
        }
        if self.book.ticks.is_some() && self.bar.open.is_nan() {
            return Ok(Some("nothing is known of the market yet".into()));
        }
        if let Some(reason) = self.off_grid(intent) {
            return Ok(Some(reason));
        }
        if let Some(reason) = self.out_of_terms(intent)? {
            return Ok(Some(reason));
        }
        let open = intent.quantity.less(gone);
        if !self.book.instrument.is_perpetual() && intent.side == Side::Sell {
            return self.short_of_spot(intent, open);
        }
        self.short_of_margin(intent, open, reserved)
    }

    fn not_now(&self, intent: &OrderIntent) -> Option<&'static str> {
        match self.book.status {
            InstrumentStatus::Trading => None,
            InstrumentStatus::ReduceOnly if intent.reduce_only => None,
            InstrumentStatus::ReduceOnly => Some("the instrument may only be reduced"),
            InstrumentStatus::Halted => Some("the instrument is halted"),
            InstrumentStatus::Delisted => Some("the instrument was delisted"),
        }
    }

    fn off_grid(&self, intent: &OrderIntent) -> Option<Reason> {
        let instrument = &self.book.instrument;
        let prices = [intent.kind.limit_price(), intent.kind.trigger().map(|trigger| trigger.price)];
        let error = prices
            .into_iter()
            .flatten()
            .find_map(|price| instrument.tick_of(price).err())
            .or_else(|| instrument.lot_of(intent.quantity).err());
        error.map(|error| error.to_string().into())
    }

    fn out_of_terms(&self, intent: &OrderIntent) -> Result<Option<Reason>, ValueError> {
        let spec = self.book.instrument.spec();
        let quantity = intent.quantity;
        if quantity < spec.min_quantity || quantity.is_zero() {
            return Ok(Some(format!("quantity {quantity} is below {}", spec.min_quantity).into()));
        }
        let market = intent.kind.limit_price().is_none();
        let most = if market { spec.max_market_quantity.min(spec.max_quantity) } else { spec.max_quantity };
        if quantity > most {
            return Ok(Some(format!("quantity {quantity} is above {most}").into()));
        }
        if let Some(reason) = self.too_little(intent)? {
            return Ok(Some(reason));
        }
        if let Some(reason) = self.out_of_band(intent)? {
            return Ok(Some(reason));
        }
        if let OrderKind::TrailingStop { distance, .. } = intent.kind
            && !(distance.to_f64() > 0.0 && distance.to_f64() < 1.0)
        {
            return Ok(Some(format!("trailing distance {distance} is not in (0, 1)").into()));
        }
        if let TimeInForce::Gtd(until) = intent.time_in_force
            && until <= self.at
        {
            return Ok(Some(format!("good till {until} is past").into()));
        }
        if intent.time_in_force == TimeInForce::Gtx {
            return self.not_post_only(intent);
        }
        let sleeps = intent.kind.trigger().is_some() || matches!(intent.kind, OrderKind::TrailingStop { .. });
        if intent.reduce_only && !sleeps && self.book.position.reducible_by(intent.side).is_zero() {
            return Ok(Some(NOTHING_TO_REDUCE.into()));
        }
        Ok(None)
    }

    fn too_little(&self, intent: &OrderIntent) -> Result<Option<Reason>, ValueError> {
        let least = self.book.instrument.spec().min_notional;
        if intent.reduce_only || least.is_zero() {
            return Ok(None);
        }
        let notional = self.valued(intent)?.times(intent.quantity)?;
        let reason = || format!("notional {} is below {}", plain(notional), plain(least)).into();
        Ok((notional < least).then(reason))
    }

    /// A limit far from mark is refused where the instrument has a price band.
    fn out_of_band(&self, intent: &OrderIntent) -> Result<Option<Reason>, ValueError> {
        let (Some(band), OrderKind::Limit { price }) = (self.book.instrument.spec().price_band, intent.kind)
        else {
            return Ok(None);
        };
        let factor = if intent.side == Side::Buy { band.up } else { band.down };
        let mark = self.book.instrument.price(self.bar.open)?;
        let bound = mark.get().checked_mul(factor).ok_or(ValueError::Overflow { what: "price band" })?;
        let beyond = if intent.side == Side::Buy { price.get() > bound } else { price.get() < bound };
        Ok(beyond.then(|| format!("price {price} is beyond {bound}, the band around mark {mark}").into()))
    }

    fn not_post_only(&self, intent: &OrderIntent) -> Result<Option<Reason>, ValueError> {
        let OrderKind::Limit { price } = intent.kind else {
            return Ok(Some("only a limit order is post only".into()));
        };
        let stage = self.stage_of_limit(intent.side, price, self.bar.open)?;
        Ok((stage == Stage::Taking).then(|| "post only: it would take".into()))
    }
}

/// What is said to a reduce-only order without a position.
pub(super) const NOTHING_TO_REDUCE: &str = "reduce only: there is nothing to reduce";

/// An amount as people write it: without zeros at its end.
pub(super) fn plain(amount: Money) -> Decimal {
    amount.get().normalize()
}
