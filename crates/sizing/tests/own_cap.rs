//! A user's own cap and multiplier: a type, a name, a formula.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{Instrument, Side};
use autotrading_sizing::{
    AtrRisk, Bound, Cap, CapName, Ceiling, GrossLeverage, Multiplier, Refusal, SizeRequest, Sizer,
    SizingRules,
};

/// Nothing is opened when the market moves less than the fees cost.
struct WorthTheFees;

impl Cap for WorthTheFees {
    fn name(&self) -> CapName {
        "worth_the_fees".into()
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        let fees = 2.0 * request.instrument.spec().taker_fee.to_f64() * request.mark;
        match request.atr {
            Some(atr) if atr > fees => Ceiling::Unlimited,
            Some(_) => Refusal::no_room("an average bar moves less than the fees").into(),
            None => Refusal::missing("ATR").into(),
        }
    }
}

/// At most so many base units, told with a wrong number.
struct Careless(f64);

impl Cap for Careless {
    fn name(&self) -> CapName {
        "careless".into()
    }

    fn ceiling(&self, _: &SizeRequest<'_>) -> Ceiling {
        Ceiling::At { quantity: self.0, note: "".into() }
    }
}

/// Half on the weekend, say.
struct Half;

impl Multiplier for Half {
    fn name(&self) -> CapName {
        "half".into()
    }

    fn factor(&self, _: &SizeRequest<'_>) -> Result<f64, Refusal> {
        Ok(0.5)
    }
}

fn instrument() -> Instrument {
    let plain =
        Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
            .unwrap();
    let mut spec = plain.spec().clone();
    spec.taker_fee = autotrading_domain::Rate::basis_points(5);
    Instrument::new(spec).unwrap()
}

fn rules() -> Sizer {
    Sizer::new(SizingRules { leverage: Some(GrossLeverage::default()), ..SizingRules::NONE }).unwrap()
}

#[test]
fn a_users_cap_stands_beside_the_built_in_ones() {
    let instrument = instrument();
    let sizer = rules().with_cap(AtrRisk::default()).with_cap(WorthTheFees).with_multiplier(Half);
    let request =
        SizeRequest { atr: Some(50.0), ..SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0) };
    let decision = sizer.size(&request);
    assert_eq!(decision.quantity.to_string(), "0.500");
    assert_eq!(decision.cap("worth_the_fees").unwrap().ceiling, Ceiling::Unlimited);
    assert_eq!(decision.multiplier("half").unwrap().factor, 0.5);

    let quiet = sizer.size(&SizeRequest { atr: Some(19.0), ..request });
    assert!(!quiet.is_trade());
    assert_eq!(quiet.bound, Bound::Cap { name: "worth_the_fees".into() });
}

#[test]
fn a_users_cap_that_is_no_number_opens_nothing() {
    let instrument = instrument();
    let request = SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0);
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let decision = rules().with_cap(Careless(wrong)).size(&request);
        assert!(!decision.is_trade(), "{wrong}");
        assert_eq!(decision.bound, Bound::Cap { name: "careless".into() });
    }
}
