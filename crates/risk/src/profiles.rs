//! Limits for each stage on the way to real money.

use std::collections::BTreeMap;

use autotrading_domain::{Leverage, Money, Rate};
use rust_decimal::Decimal;

use crate::{BreakerLimits, Cap, ClusterLimit, LossLadder, PriceAge, RateLimit, RepeatLimit, RiskLimits};

fn percent(points: i64) -> Rate {
    Rate::new(Decimal::new(points, 2))
}

fn times(leverage: i64) -> Cap<Leverage> {
    Leverage::new(Decimal::from(leverage)).map_or(Cap::Off, Cap::At)
}

impl Default for RiskLimits {
    fn default() -> Self {
        Self::production()
    }
}

impl RiskLimits {
    /// Real money, a diversified book: 20 % in one instrument, 3x in instruments that move together, 10x gross, 2 % and 5 % daily loss, 10 % and 12 % drawdown.
    pub fn production() -> Self {
        Self {
            collar: Cap::At(percent(5)),
            order_notional: Cap::At(Money::new(Decimal::from(1_000_000))),
            volume_multiple: Cap::At(Decimal::ONE),
            instrument_notional: Cap::Off,
            concentration: Cap::At(percent(20)),
            cluster: Cap::At(ClusterLimit::default()),
            strategy_notional: Cap::Off,
            gross: Cap::Off,
            net: Cap::Off,
            gross_leverage: times(10),
            margin_leverage: times(10),
            daily_loss: LossLadder { reduce_only: Cap::At(percent(2)), halted: Cap::At(percent(5)) },
            drawdown: LossLadder { reduce_only: Cap::At(percent(10)), halted: Cap::At(percent(12)) },
            day_starts_minutes: 0,
            order_rate: Cap::At(RateLimit { burst: 50, per_second: 10, reserve: 10 }),
            message_rate: Cap::At(RateLimit { burst: 100, per_second: 20, reserve: 20 }),
            repeats: Cap::At(RepeatLimit { count: 5, window_ms: 10_000 }),
            open_orders: Cap::At(10_000),
            instrument_open_orders: Cap::At(200),
            prevent_self_trade: true,
            require_dead_man: false,
            price_age: Cap::At(PriceAge::Milliseconds(5_000)),
            clock_skew_ms: Cap::At(1_000),
            breakers: Cap::At(BreakerLimits::default()),
            instruments: BTreeMap::new(),
        }
    }

    /// A venue's test network or small money: production with 3x gross leverage.
    pub fn staging() -> Self {
        Self { gross_leverage: times(3), margin_leverage: times(3), ..Self::production() }
    }

    /// No money: production with 2x gross leverage.
    pub fn paper() -> Self {
        Self { gross_leverage: times(2), margin_leverage: times(2), ..Self::production() }
    }

    /// Comparison with other backtesters: the gate runs, and almost nothing binds. Prices may be two bars old; tick,
    /// step, minimum and maximum quantity and duplicate ids still count.
    pub fn research_wide() -> Self {
        let none = LossLadder { reduce_only: Cap::Off, halted: Cap::Off };
        Self {
            collar: Cap::Off,
            order_notional: Cap::Off,
            volume_multiple: Cap::Off,
            instrument_notional: Cap::Off,
            concentration: Cap::Off,
            cluster: Cap::Off,
            strategy_notional: Cap::Off,
            gross: Cap::Off,
            net: Cap::Off,
            gross_leverage: times(1_000),
            margin_leverage: Cap::Off,
            daily_loss: none,
            drawdown: none,
            day_starts_minutes: 0,
            order_rate: Cap::Off,
            message_rate: Cap::Off,
            repeats: Cap::Off,
            open_orders: Cap::Off,
            instrument_open_orders: Cap::Off,
            prevent_self_trade: false,
            require_dead_man: false,
            price_age: Cap::At(PriceAge::Intervals(2)),
            clock_skew_ms: Cap::Off,
            breakers: Cap::Off,
            instruments: BTreeMap::new(),
        }
    }
}
