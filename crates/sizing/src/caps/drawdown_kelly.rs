//! Growth-optimal size from what the bet has earned, cut until a deep fall is as unlikely as was asked for.

use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, DrawdownTolerance, GrowthError, Refusal, SizeRequest, ceiling};

/// `ceiling = equity * capital_share * f / mark`, in base units, with the `f` of [`DrawdownTolerance::fraction`] over
/// [`SizeRequest::outcomes`]: it maximises `E ln(1 + f r)` subject to `E (1 + f r)^(-lambda) <= 1` and `1 + f r > 0`.
///
/// Never more than the share `most` of the equity, which is also what outcomes without any loss come to: without one
/// nothing else bounds `f`, and more volatility must not mean more size.
///
/// The wealth then ever falls below `floor` times what it is with a probability of at most `probability`, as long as the
/// future draws from the same outcomes, one independent of the other. Source: Busseti, Ryu and Boyd (2016),
/// "Risk-constrained Kelly gambling".
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{Cap, DrawdownKelly, SizeRequest};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let flat = SizeRequest::new(&instrument, Side::Buy, 20_000.0, 100_000.0);
/// let outcomes = [1.0, 1.0, 1.0, -1.0, -1.0].repeat(6); // even money, won three times of five
/// let most = DrawdownKelly::default().ceiling(&SizeRequest { outcomes: Some(&outcomes), ..flat }).quantity();
/// assert!((most.unwrap() - 0.0542572854 * 5.0).abs() < 1e-8); // 5.4 % of the equity; plain Kelly bets 20 %
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DrawdownKelly {
    /// Share of the wealth not to fall below, in (0, 1); 0.7 unless told otherwise.
    pub floor: f64,
    /// How probable it may be to fall below it ever, in (0, 1); 0.1 unless told otherwise.
    pub probability: f64,
    /// The largest `f`; 1, the whole equity, unless told otherwise.
    pub most: f64,
    /// Outcomes below which nothing is known; 30 unless told otherwise.
    pub min_observations: u64,
    /// Whether shorts get nothing.
    pub long_only: bool,
}

impl Default for DrawdownKelly {
    fn default() -> Self {
        Self { floor: 0.7, probability: 0.1, most: 1.0, min_observations: 30, long_only: false }
    }
}

impl DrawdownKelly {
    fn largest(&self, request: &SizeRequest<'_>) -> Result<Ceiling, Refusal> {
        if self.long_only && request.side == autotrading_domain::Side::Sell {
            return Err(Refusal::no_room("long only"));
        }
        let outcomes = request.outcomes.ok_or(Refusal::missing("outcomes of the bet"))?;
        let got = u64::try_from(outcomes.len()).unwrap_or(u64::MAX);
        if got < self.min_observations {
            return Err(Refusal::TooFew { got, required: self.min_observations });
        }
        let tolerance = DrawdownTolerance::new(self.floor, self.probability).map_err(refused)?;
        let (fraction, note) = match tolerance.fraction(outcomes) {
            Ok(fraction) if fraction > self.most => (self.most, "the largest share of the equity"),
            Ok(fraction) if fraction > 0.0 => (fraction, ""),
            Ok(_) => return Err(Refusal::no_room("no edge: the mean outcome is not above zero")),
            Err(GrowthError::NoLoss) => {
                (self.most, "no outcome is below zero: the largest share of the equity")
            }
            Err(error) => return Err(refused(error)),
        };
        let quantity = request.capital()? * fraction / ceiling::positive("mark", request.mark)?;
        Ok(Ceiling::at(quantity).noted(note))
    }
}

/// What cannot be bet on as a sizing decision tells it.
fn refused(error: GrowthError) -> Refusal {
    Refusal::Inconsistent { what: error.to_string().into() }
}

impl Cap for DrawdownKelly {
    fn name(&self) -> CapName {
        CapName::new("drawdown_kelly")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).unwrap_or_else(Ceiling::from)
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{Instrument, Side};

    use super::*;

    fn ceiling_of(rule: DrawdownKelly, side: Side, outcomes: Option<&[f64]>) -> Ceiling {
        let instrument =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
                .unwrap();
        rule.ceiling(&SizeRequest { outcomes, ..SizeRequest::new(&instrument, side, 100.0, 1_000.0) })
    }

    fn told(outcomes: Option<&[f64]>) -> String {
        match ceiling_of(DrawdownKelly::default(), Side::Buy, outcomes) {
            Ceiling::Zero { refusal } => refusal.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_known_is_not_bet_on() {
        let good = [0.02, -0.01].repeat(15);
        assert_eq!(told(None), "outcomes of the bet is missing");
        assert_eq!(told(Some(&good[..29])), "29 observations, at least 30 required");
        assert!(ceiling_of(DrawdownKelly::default(), Side::Buy, Some(&good)).quantity().unwrap() > 0.0);
        assert!(told(Some(&[0.01, -0.02].repeat(20))).starts_with("no edge"));
        let mut broken = good;
        broken[7] = f64::NAN;
        assert_eq!(told(Some(&broken)), "return 7 is NaN, expected a finite number not below -1");
    }

    #[test]
    fn outcomes_without_a_loss_and_tiny_losses_come_to_the_largest_share() {
        for outcomes in [[0.01; 40].to_vec(), [0.01, -1e-9].repeat(20)] {
            let most = |rule| ceiling_of(rule, Side::Buy, Some(&outcomes)).quantity();
            assert_eq!(most(DrawdownKelly::default()), Some(10.0));
            assert_eq!(most(DrawdownKelly { most: 0.25, ..DrawdownKelly::default() }), Some(2.5));
        }
        assert!(told(Some(&[0.0; 40])).starts_with("no edge"));
    }

    #[test]
    fn it_never_bets_more_than_plain_kelly_and_a_long_only_rule_sells_nothing() {
        let outcomes = [0.3, -0.05, -0.2].repeat(20);
        let bet = ceiling_of(DrawdownKelly::default(), Side::Buy, Some(&outcomes)).quantity().unwrap();
        let careless = DrawdownKelly { floor: 1e-6, probability: 0.999, ..DrawdownKelly::default() };
        let kelly = ceiling_of(careless, Side::Buy, Some(&outcomes)).quantity().unwrap();
        assert!(bet > 0.0 && bet < 0.4 * kelly, "{bet} {kelly}");
        let long = DrawdownKelly { long_only: true, ..DrawdownKelly::default() };
        assert_eq!(ceiling_of(long, Side::Sell, Some(&outcomes)).quantity(), Some(0.0));
        assert_eq!(ceiling_of(long, Side::Buy, Some(&outcomes)).quantity(), Some(bet));
    }
}
