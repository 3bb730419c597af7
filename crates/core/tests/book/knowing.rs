//! What the house knows of a market besides its bars: several prices for one thing, and what is offered at the best.

use autotrading_core::{Configuration, Outcome};
use autotrading_domain::*;
use autotrading_risk::{Cap, PriceAge, Refusal, RiskLimits};
use autotrading_sizing::{Fixed, Liquidity, SizingRules};

use crate::floor::{BTC, Floor, configuration};

fn tell(floor: &mut Floor, seconds: i64, data: MarketData) {
    let at = floor.now().after(Span::SECOND.times(seconds));
    floor.hear(Event::Market(MarketEvent { instrument: BTC, ts_event: at, ts_received: at, data }));
}

fn quote(bid: f64, ask: f64, depth: f64) -> MarketData {
    MarketData::Quote(Quote { bid, bid_quantity: 2.0 * depth, ask, ask_quantity: depth })
}

/// A gate that lets nothing be bought further than 5 % above the reference or the last trade.
fn collared() -> Configuration {
    let risk = RiskLimits {
        price_age: Cap::At(PriceAge::Milliseconds(5_000)),
        collar: Cap::At(Rate::basis_points(500)),
        concentration: Cap::At(Rate::basis_points(10_000)),
        ..RiskLimits::research_wide()
    };
    Configuration {
        risk,
        sizing: SizingRules { fixed: Some(Fixed { quantity: 900.0 }), ..SizingRules::NONE },
        ..configuration()
    }
}

/// What the concentration of 900 bought at the market comes to, just after the bar closed at 100.
fn share_of_equity(floor: &mut Floor) -> f64 {
    floor.play("hour BTC 100 long");
    match &floor.turn.decisions()[0].outcome {
        Outcome::Refused(Refusal::ConcentrationLimit { would_be, .. }) => *would_be,
        Outcome::Sent(_) => {
            let verdict = floor.turn.decisions()[0].measured.unwrap().verdict();
            verdict.check(autotrading_risk::Control::Concentration).unwrap().value.unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn orders_are_held_against_the_median_of_mark_index_and_our_own_middle() {
    let told = |prices: [f64; 3]| {
        let mut floor = Floor::new("BTC", collared());
        let [mark, index, middle] = prices;
        tell(&mut floor, 3_598, MarketData::MarkPrice(mark));
        tell(&mut floor, 3_598, MarketData::IndexPrice(index));
        tell(&mut floor, 3_599, quote(middle - 0.5, middle + 0.5, 1.0));
        share_of_equity(&mut floor)
    };
    // 900 at the edge of the collar above the reference, per 100 000.
    let at = |reference: f64| 900.0 * reference * 1.05 / 100_000.0;
    let close = |got: f64, reference: f64| (got - at(reference)).abs() < 1e-9;
    assert!(close(told([100.0, 101.0, 102.0]), 101.0));
    assert!(close(told([1_000.0, 101.0, 102.0]), 102.0), "a broken mark");
    assert!(close(told([100.0, 1.0, 102.0]), 100.0), "a broken index");
    assert!(close(told([100.0, 101.0, 5_000.0]), 101.0), "a broken book of our own");
}

#[test]
fn a_source_that_fell_silent_is_not_heard_and_bars_alone_are_their_own_reference() {
    let mut floor = Floor::new("BTC", collared());
    tell(&mut floor, 60, MarketData::MarkPrice(140.0));
    assert!((share_of_equity(&mut floor) - 900.0 * 1.05 / 1_000.0).abs() < 1e-9);
    let mut alone = Floor::new("BTC", collared());
    assert!((share_of_equity(&mut alone) - 900.0 * 1.05 / 1_000.0).abs() < 1e-9);
}

#[test]
fn a_trade_takes_no_more_than_its_share_of_what_stands_at_the_best_price() {
    let rules = Liquidity { volume_share: None, depth_share: Some(0.5) };
    let house = || Configuration {
        sizing: SizingRules {
            fixed: Some(Fixed { quantity: 9.0 }),
            liquidity: Some(rules),
            ..SizingRules::NONE
        },
        ..configuration()
    };
    let traded = |words: &[(i64, MarketData)], opinion: &str| {
        let mut floor = Floor::new("BTC", house());
        words.iter().for_each(|(second, data)| tell(&mut floor, *second, data.clone()));
        floor.play(&format!("hour BTC 100 {opinion}"));
        floor.turn.decisions()[0].sizing.quantity.to_string()
    };
    let recent = [(3_599, quote(99.0, 101.0, 4.0))];
    assert_eq!(traded(&recent, "long"), "2.000", "half of the four that are offered");
    assert_eq!(traded(&recent, "short"), "4.000", "half of the eight that are bid for");
    assert_eq!(traded(&[], "long"), "0", "nobody has quoted: nothing is known to be offered");
    let thinner = [(1, quote(99.0, 101.0, 4.0)), (3_000, quote(99.0, 101.0, 0.5))];
    assert_eq!(traded(&thinner, "long"), "0.250", "the newest quote counts");
}
