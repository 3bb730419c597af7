//! What the gate knows of one instrument: its facts and limits as plain numbers, its market, position and open orders.

use autotrading_domain::{
    Exposure, Grid, Instrument, InstrumentKind, InstrumentStatus, Rate, Side, Span, Timestamp,
};

use crate::{
    Cap, InstrumentLimits, RiskLimits, book::BookSums, live::OwnBook, repeat::Repeats, steps::Steps,
};

/// One instrument under watch.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) facts: Facts,
    pub(crate) bounds: Bounds,
    pub(crate) market: Market,
    pub(crate) held: Held,
    pub(crate) own: OwnBook,
    pub(crate) repeats: Repeats,
    pub(crate) open_orders: u32,
    reach: Reach,
    /// The number of those it moves together with.
    pub(crate) cluster: u32,
    /// What it added to the sums last.
    pub(crate) staked: Stake,
}

/// What the venue demands, as numbers.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) tick: Steps,
    pub(crate) lot: Steps,
    pub(crate) tick_grid: Grid,
    pub(crate) lot_grid: Grid,
    pub(crate) spot: bool,
    pub(crate) min_quantity: f64,
    pub(crate) max_quantity: f64,
    pub(crate) max_market_quantity: f64,
    pub(crate) min_notional: f64,
    pub(crate) fee: f64,
    /// The venue's band around mark, as rates beyond it: for buys, for sells.
    band: [f64; 2],
    /// The leverage that is allowed up to the second tier, and where that starts: most notionals lie below it.
    first_leverage: f64,
    second_floor: f64,
    /// From this notional on, this leverage at most.
    tiers: Box<[(f64, f64)]>,
}

/// Our own limits, as numbers; infinite where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) collar: f64,
    pub(crate) quantity: f64,
    pub(crate) order_notional: f64,
    pub(crate) position: f64,
    pub(crate) notional: f64,
    pub(crate) concentration: f64,
    /// The leverage by which margin is reserved.
    leverage: f64,
}

/// The last word of the market.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Market {
    /// The last sound mark and last price; NaN before the first.
    pub(crate) mark: f64,
    pub(crate) last: f64,
    pub(crate) at: Timestamp,
    /// Whether the newest word was sound.
    pub(crate) sound: bool,
    pub(crate) volume: f64,
    pub(crate) status: InstrumentStatus,
    pub(crate) interval: Option<Span>,
}

/// What is held, and what may come: lots of orders that the gate registered, and of others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) position: f64,
    /// Whole lots of the position, toward zero.
    pub(crate) lots: i64,
    pub(crate) buys: i64,
    pub(crate) sells: i64,
    foreign_buys: i64,
    foreign_sells: i64,
    /// Whether position and foreign orders are known.
    pub(crate) confirmed: bool,
}

/// How far the position may go when all orders of a side fill, in base units.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reach {
    up: f64,
    down: f64,
    /// The larger of both, without sign.
    most: f64,
    /// How much larger than what is held.
    extra: f64,
}

/// What an instrument adds to the sums over the book, in millionths of the settlement currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stake {
    pub(crate) gross: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) reserve: i64,
    /// Something is held or ordered and has no sound price.
    pub(crate) unpriced: bool,
}

/// Millionths in one unit of money.
pub(crate) const MICRO: f64 = 1e6;

impl Watch {
    pub(crate) fn new(instrument: &Instrument, limits: &RiskLimits) -> Self {
        Self {
            facts: Facts::of(instrument),
            bounds: Bounds::of(limits, &instrument.spec().symbol),
            market: Market {
                mark: f64::NAN,
                last: f64::NAN,
                at: Timestamp::from_nanos(i64::MIN),
                sound: false,
                volume: f64::NAN,
                status: InstrumentStatus::Trading,
                interval: None,
            },
            held: Held::NOTHING,
            own: OwnBook::default(),
            repeats: Repeats::new(),
            open_orders: 0,
            reach: Reach::default(),
            cluster: 0,
            staked: Stake::default(),
        }
    }

    /// Other facts from now on. Nothing is confirmed in their lots until the exposure is told again.
    pub(crate) fn relist(&mut self, instrument: &Instrument) {
        self.facts = Facts::of(instrument);
        self.own = OwnBook::default();
        self.held = Held { position: self.held.position, ..Held::NOTHING };
        self.held.confirmed = false;
    }

    /// Takes the books' word; false when it cannot be counted.
    pub(crate) fn confirm(&mut self, exposure: &Exposure) {
        let lot = &self.facts.lot;
        let counted = lot.within(exposure.position).zip(lot.around(exposure.open_buys.get()));
        let Some(((lots, buys), sells)) = counted.zip(lot.around(exposure.open_sells.get())) else {
            self.held.confirmed = false;
            return;
        };
        let sign = if exposure.position.is_sign_negative() { -1.0 } else { 1.0 };
        self.held = Held {
            position: sign * autotrading_domain::Quantity::of(exposure.position).to_f64(),
            lots,
            foreign_buys: buys.saturating_sub(self.held.buys).max(0),
            foreign_sells: sells.saturating_sub(self.held.sells).max(0),
            confirmed: true,
            ..self.held
        };
    }

    /// Adds lots to the open orders of a side; negative when they shrank.
    pub(crate) const fn open(&mut self, side: Side, lots: i64) {
        match side {
            Side::Buy => self.held.buys = self.held.buys.saturating_add(lots),
            Side::Sell => self.held.sells = self.held.sells.saturating_add(lots),
        }
    }

    /// The largest leverage at a notional: what was chosen, within what the venue allows.
    pub(crate) fn leverage(&self, notional: f64) -> f64 {
        self.facts.leverage(notional).min(self.bounds.leverage)
    }

    /// Brings its part of the sums up to date after its position or orders have changed.
    pub(crate) fn restake(&mut self, sums: &mut BookSums) {
        let size = self.facts.lot.size();
        let up = self.held.position + self.held.open(Side::Buy) as f64 * size;
        let down = self.held.position - self.held.open(Side::Sell) as f64 * size;
        let most = up.abs().max(down.abs());
        let extra = (most - self.held.position.abs()).max(0.0);
        self.reach = Reach { up, down, most, extra };
        self.reprice(sums);
    }

    /// Brings its part of the sums up to date after its price has changed.
    pub(crate) fn reprice(&mut self, sums: &mut BookSums) {
        let stake = self.stake();
        sums.replace(self.cluster, &self.staked, &stake);
        self.staked = stake;
    }

    /// What it adds to the sums now.
    fn stake(&self) -> Stake {
        let Reach { up, down, most, extra } = self.reach;
        if !self.is_at_stake() {
            return Stake::default();
        }
        if !self.market.sound || !self.held.confirmed {
            return Stake { unpriced: true, ..Stake::default() };
        }
        let mark = self.market.mark;
        let reserve = if extra > 0.0 { micro(extra * mark / self.leverage(most * mark)) } else { 0 };
        let (gross, high) = (micro(most * mark), micro(up * mark));
        let low = if extra > 0.0 || up != down { micro(down * mark) } else { high };
        Stake { gross, high, low, reserve, unpriced: false }
    }

    /// Whether any price changes what it adds to the sums.
    pub(crate) fn is_at_stake(&self) -> bool {
        self.reach.most != 0.0 || !self.held.confirmed
    }

    /// The rate beyond mark that an order of this side may pay: our collar within the venue's band.
    pub(crate) fn collar(&self, side: Side) -> f64 {
        self.bounds.collar.min(self.facts.band(side))
    }
}

impl Held {
    pub(crate) const NOTHING: Self = Self {
        position: 0.0,
        lots: 0,
        buys: 0,
        sells: 0,
        foreign_buys: 0,
        foreign_sells: 0,
        confirmed: true,
    };

    /// Open lots of a side that the gate did not register itself.
    pub(crate) const fn foreign(&self, side: Side) -> i64 {
        match side {
            Side::Buy => self.foreign_buys,
            Side::Sell => self.foreign_sells,
        }
    }

    /// Open lots of a side that the gate registered.
    pub(crate) const fn registered(&self, side: Side) -> i64 {
        match side {
            Side::Buy => self.buys,
            Side::Sell => self.sells,
        }
    }

    /// All open lots of a side.
    pub(crate) const fn open(&self, side: Side) -> i64 {
        self.registered(side).saturating_add(self.foreign(side))
    }
}

impl Facts {
    fn of(instrument: &Instrument) -> Self {
        let spec = instrument.spec();
        let one = |decimal| Rate::new(decimal).to_f64();
        let band =
            spec.price_band.map_or([f64::INFINITY; 2], |band| [one(band.up) - 1.0, 1.0 - one(band.down)]);
        let spot = spec.kind == InstrumentKind::Spot;
        let tiers = instrument.tiers().as_slice().iter();
        let tiers: Box<[_]> =
            tiers.map(|tier| (tier.notional_floor.to_f64(), tier.max_leverage.to_f64())).collect();
        Self {
            tick: Steps::of(instrument.ticks()),
            lot: Steps::of(instrument.lots()),
            tick_grid: *instrument.ticks(),
            lot_grid: *instrument.lots(),
            spot,
            min_quantity: spec.min_quantity.to_f64(),
            max_quantity: spec.max_quantity.to_f64(),
            max_market_quantity: spec.max_market_quantity.to_f64(),
            min_notional: spec.min_notional.to_f64(),
            fee: spec.taker_fee.to_f64().max(spec.maker_fee.to_f64()).max(0.0),
            band,
            first_leverage: tiers.first().filter(|_| !spot).map_or(1.0, |(_, leverage)| *leverage),
            second_floor: tiers.get(1).filter(|_| !spot).map_or(f64::INFINITY, |(floor, _)| *floor),
            tiers,
        }
    }

    const fn band(&self, side: Side) -> f64 {
        let [buys, sells] = self.band;
        match side {
            Side::Buy => buys,
            Side::Sell => sells,
        }
    }

    /// The largest leverage that the venue allows at a notional; 1 for spot.
    fn leverage(&self, notional: f64) -> f64 {
        if notional < self.second_floor {
            return self.first_leverage;
        }
        let tier = self.tiers.iter().rev().find(|(floor, _)| notional >= *floor);
        tier.map_or(1.0, |(_, leverage)| *leverage)
    }
}

impl Bounds {
    pub(crate) fn of(limits: &RiskLimits, symbol: &str) -> Self {
        let none = InstrumentLimits::default();
        let own = limits.instruments.get(symbol).unwrap_or(&none);
        let rate = |cap: &Cap<Rate>| cap.at().map_or(f64::INFINITY, |rate| rate.to_f64());
        let quantity =
            |cap: &Cap<autotrading_domain::Quantity>| cap.at().map_or(f64::INFINITY, |cap| cap.to_f64());
        let money = |cap: &Cap<autotrading_domain::Money>| cap.at().map_or(f64::INFINITY, |cap| cap.to_f64());
        Self {
            collar: rate(own.collar.as_ref().unwrap_or(&limits.collar)),
            quantity: quantity(&own.order_quantity),
            order_notional: money(own.order_notional.as_ref().unwrap_or(&limits.order_notional)),
            position: quantity(&own.position),
            notional: money(own.notional.as_ref().unwrap_or(&limits.instrument_notional)),
            concentration: rate(own.concentration.as_ref().unwrap_or(&limits.concentration)),
            leverage: limits.margin_leverage.at().map_or(f64::INFINITY, |leverage| leverage.to_f64()),
        }
    }
}

/// Millionths, to the nearest; the ends of the range stand for all beyond.
pub(crate) fn micro(money: f64) -> i64 {
    let half = if money < 0.0 { -0.5 } else { 0.5 };
    (money * MICRO + half) as i64
}
