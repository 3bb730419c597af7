//! The ceiling of the liquidation cap against the exact margin model of the domain.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{
    Direction, Instrument, InstrumentId, Leverage, Liquidation, LiquidationInputs, MarginTier, MarginTiers,
    Money, Price, Quantity, Rate, Side, headroom, liquidation,
};
use autotrading_sizing::{Cap, Ceiling, LiquidationDistance, MarginMode, SizeRequest};
use proptest::prelude::*;
use rust_decimal::{Decimal, prelude::ToPrimitive};

const LOT: (i64, u32) = (1, 3);

fn tier(floor: &str, cap: &str, rate: &str, amount: &str) -> MarginTier {
    MarginTier {
        notional_floor: Money::new(floor.parse().unwrap()),
        notional_cap: Money::new(cap.parse().unwrap()),
        maintenance_margin_rate: Rate::new(rate.parse().unwrap()),
        maintenance_amount: Money::new(amount.parse().unwrap()),
        max_leverage: Leverage::ONE,
    }
}

/// Historical BTCUSDT brackets, continuous.
fn instrument(fee: i64) -> Instrument {
    let plain =
        Instrument::linear_perpetual("sim", "BTCUSDT", Decimal::new(1, 2), Decimal::new(LOT.0, LOT.1));
    let mut spec = plain.unwrap().spec().clone();
    spec.taker_fee = Rate::basis_points(fee);
    spec.tiers = MarginTiers::new(vec![
        tier("0", "50000", "0.004", "0"),
        tier("50000", "250000", "0.005", "50"),
        tier("250000", "1000000", "0.01", "1300"),
        tier("1000000", "5000000", "0.025", "16300"),
        tier("5000000", "20000000", "0.05", "141300"),
    ])
    .unwrap();
    Instrument::new(spec).unwrap()
}

/// What the books show after trading from the request's holding to `target` at mark, without fees.
fn resulting<'a>(request: &SizeRequest<'a>, target: Decimal) -> LiquidationInputs<'a> {
    let mark = request.instrument.price(request.mark).unwrap();
    let direction = Direction::built_by(request.side);
    let held = match request.side {
        Side::Buy => request.holding.signed,
        Side::Sell => -request.holding.signed,
    };
    let (kept, kept_cost, kept_margin) = if held > Decimal::ZERO {
        (held, request.holding.open_cost.get(), request.holding.isolated_margin.get())
    } else {
        (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO)
    };
    let added_cost = (target - kept) * mark.get();
    let (wallet_balance, other_maintenance, other_unrealized) = match request.margin_mode {
        MarginMode::Isolated => (kept_margin + added_cost / request.leverage.get(), Money::ZERO, Money::ZERO),
        MarginMode::Cross { wallet, other_maintenance, other_unrealized } => {
            // What is held against the trade is closed at mark; its profit goes to the wallet.
            let closed = if held < Decimal::ZERO {
                let gain = held.abs() * mark.get() - request.holding.open_cost.get();
                if request.side == Side::Buy { -gain } else { gain }
            } else {
                Decimal::ZERO
            };
            (wallet.get() + closed, other_maintenance, other_unrealized)
        }
    };
    LiquidationInputs {
        direction,
        quantity: Quantity::of(target),
        open_cost: Money::new(kept_cost + added_cost),
        wallet_balance: Money::new(wallet_balance),
        other_maintenance,
        other_unrealized,
        tiers: request.instrument.tiers(),
        mark,
    }
}

/// The price that lies the distance away, as the cap reckons it; every double is a decimal.
fn adverse(request: &SizeRequest<'_>, distance: f64) -> Decimal {
    Decimal::from_f64_retain((request.mark - request.side.sign() * distance).max(0.0)).unwrap()
}

/// Whether the exact liquidation price lies at least the distance away: no rounding is forgiven.
fn is_far(request: &SizeRequest<'_>, target: Decimal, distance: f64) -> bool {
    match liquidation(&resulting(request, target)).unwrap() {
        Liquidation::Never => true,
        Liquidation::Already => false,
        Liquidation::At(price) => match request.side {
            Side::Buy => price.get() <= adverse(request, distance),
            Side::Sell => price.get() >= adverse(request, distance),
        },
    }
}

/// What is left of the margin balance above maintenance at that distance, and the sum of all that it is made of.
fn left(request: &SizeRequest<'_>, target: Decimal, distance: f64) -> (Decimal, Decimal) {
    let mut inputs = resulting(request, target);
    let terms = inputs.wallet_balance.get().abs()
        + inputs.other_maintenance.get().abs()
        + inputs.other_unrealized.get().abs()
        + inputs.open_cost.get()
        + Decimal::TWO * target * inputs.mark.get()
        + Decimal::from(141_300); // the largest amount of the brackets
    inputs.mark = Price::new(adverse(request, distance).max(Decimal::new(1, 20))).unwrap();
    (headroom(&inputs).unwrap().get(), terms)
}

#[derive(Clone, Debug)]
struct Case {
    side: Side,
    mark: f64,
    atr: f64,
    fee: i64,
    leverage: i64,
    /// Held lots (signed) and entry as a percentage of mark.
    held: i64,
    entry: i64,
    /// `None` when isolated.
    wallet: Option<i64>,
    others: (i64, i64),
}

fn case() -> impl Strategy<Value = Case> {
    let market = (prop::bool::ANY, 100i64..5_000_000, 1i64..3_000, 0i64..10);
    let account =
        (1i64..60, -200_000i64..200_000, 80i64..120, any::<bool>(), prop::option::of(1_000i64..3_000_000));
    let others = (0i64..50_000, -50_000i64..50_000);
    (market, account, others).prop_map(
        |((buy, cents, atr, fee), (leverage, held, entry, flat, wallet), others)| {
            let mark = cents as f64 / 100.0;
            Case {
                side: if buy { Side::Buy } else { Side::Sell },
                mark,
                atr: mark * atr as f64 / 10_000.0,
                fee,
                leverage,
                held: if flat { 0 } else { held },
                entry,
                wallet,
                others,
            }
        },
    )
}

fn request<'a>(case: &Case, instrument: &'a Instrument) -> SizeRequest<'a> {
    let mut request = SizeRequest::new(instrument, case.side, case.mark, 1e6);
    let mark: Price = instrument.price(case.mark).unwrap();
    request.leverage = Leverage::new(case.leverage.into()).unwrap();
    request.atr = Some(case.atr);
    request.holding.instrument = InstrumentId(0);
    request.holding.signed = Decimal::new(case.held, LOT.1);
    let cost = Decimal::new(case.held.abs(), LOT.1) * mark.get() * Decimal::new(case.entry, 2);
    request.holding.open_cost = Money::new(cost);
    request.holding.isolated_margin = Money::new(cost / Decimal::from(case.leverage));
    if let Some(wallet) = case.wallet {
        request.margin_mode = MarginMode::Cross {
            wallet: Money::new(wallet.into()),
            other_maintenance: Money::new(case.others.0.into()),
            other_unrealized: Money::new(case.others.1.into()),
        };
    }
    request
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_resulting_position_is_far_from_liquidation_and_one_lot_more_is_not(case in case()) {
        let instrument = instrument(case.fee);
        let request = request(&case, &instrument);
        let cap = LiquidationDistance::default();
        let distance = cap.distance(&request).unwrap();
        let lot = Decimal::new(LOT.0, LOT.1);
        match cap.ceiling(&request) {
            Ceiling::Unlimited => {
                prop_assert_eq!(request.margin_mode, MarginMode::Isolated);
                for lots in [1, 1_000, 1_000_000, 100_000_000] {
                    let target = Decimal::new(lots, LOT.1) + request.holding.quantity().get();
                    prop_assert!(is_far(&request, target, distance), "{} is too near", target);
                }
            }
            Ceiling::At { quantity, .. } => {
                let target = instrument.quantity_down(quantity).unwrap().get();
                let held = Decimal::from_f64_retain(request.held()).unwrap().round_dp(3);
                if target > Decimal::ZERO && target > held {
                    prop_assert!(is_far(&request, target, distance), "{} is too near", target);
                }
                // Where nothing may be added, what is held is too near; what is closed only has no say in this.
                let beyond = if quantity > request.held() { target + lot } else { held.max(lot) };
                let (left, terms) = left(&request, beyond, distance);
                prop_assert!(left <= terms * Decimal::new(2, 13), "{} leaves {} of {}", beyond, left, terms);
            }
            Ceiling::Zero { refusal } => prop_assert!(false, "{}", refusal),
        }
    }

    #[test]
    fn at_the_ceiling_nothing_is_left_at_that_distance(case in case()) {
        let instrument = instrument(case.fee);
        let request = SizeRequest { holding: Default::default(), ..request(&case, &instrument) };
        let cap = LiquidationDistance::default();
        let distance = cap.distance(&request).unwrap();
        if let Some(most) = cap.ceiling(&request).quantity() && most > 1e-3 {
            let target = Decimal::from_f64_retain(most).unwrap().round_dp(12);
            let left = left(&request, target, distance).0.to_f64().unwrap();
            prop_assert!(left.abs() <= 1e-8 * most * request.mark + 1e-6, "left {}", left);
        }
    }
}

#[test]
fn isolated_leverage_that_liquidates_within_three_atr_opens_nothing() {
    let instrument = instrument(0);
    let mut request =
        SizeRequest { atr: Some(70.0), ..SizeRequest::new(&instrument, Side::Buy, 1_000.0, 1e6) };
    request.leverage = Leverage::new(5.into()).unwrap(); // liquidated near 803, 3 ATR away is 790
    assert_eq!(LiquidationDistance::default().ceiling(&request).quantity(), Some(0.0));
    request.atr = Some(60.0); // 820 is nearer than 803
    let most = LiquidationDistance::default().ceiling(&request).quantity().unwrap();
    assert!(most > 1_000.0, "{most}"); // only the higher tiers bring it nearer
}

#[test]
fn a_distance_beyond_zero_asks_for_a_long_that_is_never_liquidated() {
    let instrument = instrument(0);
    let request = SizeRequest {
        atr: Some(50.0),
        margin_mode: MarginMode::Cross {
            wallet: Money::new(1_000.into()),
            other_maintenance: Money::ZERO,
            other_unrealized: Money::ZERO,
        },
        ..SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0)
    };
    let most = LiquidationDistance::default().ceiling(&request).quantity().unwrap();
    assert!((most - 10.0).abs() < 1e-9); // bought with own money alone
    assert_eq!(liquidation(&resulting(&request, Decimal::new(9_999, 3))).unwrap(), Liquidation::Never);
}

#[test]
fn a_drowned_account_opens_nothing() {
    let instrument = instrument(0);
    for wallet in [0, -5] {
        let request = SizeRequest {
            atr: Some(1.0),
            margin_mode: MarginMode::Cross {
                wallet: Money::new(wallet.into()),
                other_maintenance: Money::ZERO,
                other_unrealized: Money::ZERO,
            },
            ..SizeRequest::new(&instrument, Side::Sell, 100.0, 1_000.0)
        };
        assert_eq!(LiquidationDistance::default().ceiling(&request).quantity(), Some(0.0));
    }
}

#[test]
fn the_distance_is_three_atr_and_the_fees_of_a_way_in_and_out() {
    let instrument = instrument(5);
    let request = SizeRequest { atr: Some(2.0), ..SizeRequest::new(&instrument, Side::Sell, 100.0, 1e6) };
    assert_eq!(LiquidationDistance::default().distance(&request), Ok(6.0 + 2.0 * 0.05));
}

#[test]
fn what_is_already_near_gets_nothing_added_even_if_fresh_margin_would_help() {
    let instrument = instrument(0);
    let mut request = SizeRequest { atr: Some(4.0), ..SizeRequest::new(&instrument, Side::Buy, 90.0, 1e6) };
    request.leverage = Leverage::new(2.into()).unwrap();
    request.holding.signed = 10.into();
    request.holding.open_cost = Money::new(1_000.into());
    request.holding.isolated_margin = Money::new(120.into()); // liquidated near 88.4, 12 away is 78
    let ceiling = LiquidationDistance::default().ceiling(&request);
    assert_eq!(ceiling.quantity(), Some(10.0));
    assert!(is_far(&request, 1_000.into(), 12.0)); // it would, but not with 11 of them
    assert!(!is_far(&request, 11.into(), 12.0));
    request.side = Side::Sell; // closed first: the old margin has no say
    assert_eq!(LiquidationDistance::default().ceiling(&request), Ceiling::Unlimited);
}
