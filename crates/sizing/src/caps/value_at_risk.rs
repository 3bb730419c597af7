//! Room below the value-at-risk limit of the whole book, hedges and correlations included.

use autotrading_statistics::normal;
use serde::{Deserialize, Serialize};

use crate::{BookRisk, Cap, CapName, Ceiling, Refusal, SizeRequest, ceiling};

/// The value-at-risk limit, as configuration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValueAtRisk {
    /// Confidence, in (0.5, 1); 0.95 unless told otherwise.
    pub confidence: f64,
    /// Largest loss at that confidence over the covariance's horizon, as a fraction of the equity; 0.02 unless told otherwise.
    pub limit: f64,
}

impl Default for ValueAtRisk {
    fn default() -> Self {
        Self { confidence: 0.95, limit: 0.02 }
    }
}

/// `ceiling = held + dq` with the largest `dq` for which `z * sqrt((w + dw)' S (w + dw)) <= limit * equity`.
///
/// With `dw = side * mark * dq` in the traded instrument this is `a dq^2 + 2 b dq + c <= 0`:
/// `a = mark^2 S_oo`, `b = side * mark * (S w)_o`, `c = w' S w - (limit * equity / z)^2`, so
/// `dq = (sqrt(b^2 - a c) - b) / a`. When `a = b = 0` nothing changes the risk: unlimited. When the book is over the
/// limit already (`c > 0`): the minimum-risk hedge `-b / a` if `b < 0`, else nothing. Source: the quadratic formula on
/// the normal value at risk of a linear book.
///
/// Without a book the traded instrument stands alone, with its own volatility; with other positions that is refused.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{BookRisk, Cap, SizeRequest, ValueAtRisk, ValueAtRiskRoom};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let room = ValueAtRiskRoom::new(ValueAtRisk { confidence: 0.8413447460685429, limit: 0.05 }); // z = 1
/// let book = BookRisk { exposures: &[0.0, 300.0], covariance: &[0.01, 0.0, 0.0, 0.01], own: 0 };
/// let request = SizeRequest { book: Some(book), ..SizeRequest::new(&instrument, Side::Buy, 10.0, 1_000.0) };
/// let most = room.ceiling(&request).quantity().unwrap();
/// assert!((most - 40.0).abs() < 1e-9); // 400 beside 300: sqrt(0.01 * (400^2 + 300^2)) = 50
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueAtRiskRoom {
    limit: f64,
    quantile: f64,
}

/// What the quadratic is made of, per unit of money: own variance, own covariance with the book, the book's variance.
struct Risk {
    own: f64,
    shared: f64,
    book: f64,
}

/// The largest step that keeps `a x^2 + 2 b x + c` at or below zero.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Unlimited,
    Within(f64),
    Hedge(f64),
}

impl ValueAtRiskRoom {
    /// The cap of a limit. A confidence outside (0.5, 1) has no positive quantile: it opens nothing.
    pub fn new(rule: ValueAtRisk) -> Self {
        Self { limit: rule.limit, quantile: normal::quantile(rule.confidence).unwrap_or(f64::NAN) }
    }

    fn largest(&self, request: &SizeRequest<'_>) -> Result<Ceiling, Refusal> {
        let mark = ceiling::positive("mark", request.mark)?;
        let quantile = ceiling::positive("quantile of the confidence", self.quantile)?;
        let allowed = ceiling::positive("equity", request.equity)? * self.limit / quantile;
        let risk = match &request.book {
            Some(book) => risk_of(book)?,
            None => risk_alone(request)?,
        };
        let a = mark * mark * risk.own;
        let b = request.side.sign() * mark * risk.shared;
        let c = risk.book - allowed * allowed;
        Ok(match step(a, b, c) {
            Step::Unlimited => Ceiling::Unlimited,
            Step::Within(more) => Ceiling::at(request.held() + more),
            Step::Hedge(more) if more > 0.0 => {
                let hedged = request.held() + more;
                // Alone in the book the hedge is to close everything: not all but a rounding error of it.
                let hedged = if hedged.abs() < 1e-12 * more { 0.0 } else { hedged };
                Ceiling::at(hedged).noted("over the limit: the minimum-risk hedge")
            }
            Step::Hedge(_) => Ceiling::at(request.held()).noted("over the limit already"),
        })
    }
}

fn step(a: f64, b: f64, c: f64) -> Step {
    if a == 0.0 {
        return Step::Unlimited; // then b = 0 too, or the covariance would not be one
    }
    if c > 0.0 {
        return Step::Hedge((-b / a).max(0.0));
    }
    let root = (b * b - a * c).sqrt();
    // Two forms of one number; each avoids the subtraction of equals.
    Step::Within(if b > 0.0 { -c / (b + root) } else { (root - b) / a })
}

/// Of a book; refused when two positions cannot move like that.
fn risk_of(book: &BookRisk<'_>) -> Result<Risk, Refusal> {
    let (row, own) = book.own_row()?;
    let shared = ceiling::finite("covariance with the book", dot(row, book.exposures))?;
    let rows = book.covariance.chunks_exact(book.exposures.len().max(1));
    // The second sum is the variance without any correlation: the scale on which rounding errors are small.
    let (mut whole, mut scale) = (0.0, 0.0);
    for (place, (row, money)) in rows.zip(book.exposures).enumerate() {
        whole += money * dot(row, book.exposures);
        scale += money * money * row.get(place).copied().unwrap_or(f64::NAN);
    }
    let (whole, slack) = (ceiling::finite("variance of the book", whole)?, 1e-9 * scale);
    // Cauchy and Schwarz; a negative variance of the book breaks it too.
    if shared * shared > own * (whole + slack) {
        return Err(Refusal::inconsistent("covariance is not positive semi-definite"));
    }
    Ok(Risk { own, shared, book: whole.max(0.0) })
}

/// Four sums side by side: one alone would wait for each addition before the next.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let ((fours, rest), (others, other_rest)) = (left.as_chunks::<4>(), right.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (four, other) in fours.iter().zip(others) {
        sums.iter_mut().zip(four.iter().zip(other)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    let [one, two, three, four] = sums;
    let rest: f64 = rest.iter().zip(other_rest).map(|(a, b)| a * b).sum();
    (one + two) + (three + four) + rest
}

/// Of the traded instrument alone.
fn risk_alone(request: &SizeRequest<'_>) -> Result<Risk, Refusal> {
    if request.others_notional()? > 0.0 {
        return Err(Refusal::missing("covariance with the other positions"));
    }
    let volatility = ceiling::known("volatility", request.volatility)?;
    let (own, exposure) = (volatility * volatility, request.signed() * request.mark);
    Ok(Risk { own, shared: own * exposure, book: own * exposure * exposure })
}

impl Cap for ValueAtRiskRoom {
    fn name(&self) -> CapName {
        CapName::new("value_at_risk")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).unwrap_or_else(Ceiling::from)
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{Instrument, Side};
    use proptest::prelude::*;

    use super::*;

    fn instrument() -> Instrument {
        Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
            .unwrap()
    }

    fn room(confidence: f64, limit: f64) -> ValueAtRiskRoom {
        ValueAtRiskRoom::new(ValueAtRisk { confidence, limit })
    }

    /// A covariance from loadings on three factors and own variances.
    fn covariance(loadings: &[[f64; 3]], own: &[f64]) -> Vec<f64> {
        let mut all = Vec::new();
        for (i, a) in loadings.iter().enumerate() {
            for (j, b) in loadings.iter().enumerate() {
                let shared: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
                all.push(1e-4 * (shared + if i == j { own[i] } else { 0.0 }));
            }
        }
        all
    }

    fn value_at_risk(exposures: &[f64], covariance: &[f64], z: f64) -> f64 {
        let n = exposures.len();
        let mut variance = 0.0;
        for i in 0..n {
            for j in 0..n {
                variance += exposures[i] * covariance[i * n + j] * exposures[j];
            }
        }
        z * variance.max(0.0).sqrt()
    }

    #[test]
    fn a_small_own_risk_beside_a_large_shared_one_loses_no_digits() {
        // a x^2 + 2 b x + c = 0 with a next to nothing: x is -c / 2b, and the textbook form subtracts equals.
        assert_eq!(step(1e-18, 1.0, -1e-3), Step::Within(5e-4));
        // And with a negative slope the other form would.
        let Step::Within(far) = step(1e-3, -1.0, -1e-18) else { panic!("there is room") };
        assert!((far / 2_000.0 - 1.0).abs() < 1e-15, "{far}");
    }

    #[test]
    fn what_the_book_does_not_tell_opens_nothing() {
        let instrument = instrument();
        let flat = SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0);
        let told = |request: SizeRequest<'_>| match room(0.95, 0.02).ceiling(&request) {
            Ceiling::Zero { refusal } => refusal.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(told(flat), "volatility is missing");
        let others = SizeRequest { gross_notional: 50.0, volatility: Some(0.03), ..flat };
        assert_eq!(told(others), "covariance with the other positions is missing");
        let book = |covariance| Some(BookRisk { exposures: &[0.0, 100.0], covariance, own: 0 });
        let impossible = [1e-4, 5e-4, 5e-4, 1e-4];
        assert_eq!(
            told(SizeRequest { book: book(&impossible), ..flat }),
            "covariance is not positive semi-definite"
        );
        let unknown = [1e-4, f64::NAN, f64::NAN, 1e-4];
        assert!(told(SizeRequest { book: book(&unknown), ..flat }).contains("NaN"));
    }

    #[test]
    fn a_book_hedged_to_nothing_is_no_contradiction() {
        let instrument = instrument();
        let sigma = [0.0123, 0.0457, 0.0789];
        let covariance: Vec<f64> = sigma.iter().flat_map(|a| sigma.map(|b| a * b)).collect();
        for step in 1..200 {
            let money = 1e6 / f64::from(step);
            let exposures = [0.0, money, -money * sigma[1] / sigma[2]];
            let book = BookRisk { exposures: &exposures, covariance: &covariance, own: 0 };
            let flat = SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0);
            let ceiling = room(0.95, 0.02).ceiling(&SizeRequest { book: Some(book), ..flat });
            let most = ceiling.quantity().unwrap();
            assert!((most - 20.0 / (1.6448536269514722 * 1.23)).abs() < 1e-3, "{ceiling:?} beside {money}");
        }
    }

    #[test]
    fn alone_it_is_the_textbook_room() {
        let instrument = instrument();
        let flat = SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0);
        let request = SizeRequest { volatility: Some(0.03), ..flat };
        let most = room(0.95, 0.02).ceiling(&request).quantity().unwrap();
        assert!((most - 20.0 / (1.6448536269514722 * 0.03 * 100.0)).abs() < 1e-12);
    }

    #[test]
    fn an_instrument_that_does_not_move_has_no_limit_here() {
        let instrument = instrument();
        let book = BookRisk { exposures: &[0.0, 1e9], covariance: &[0.0, 0.0, 0.0, 1e-4], own: 0 };
        let request =
            SizeRequest { book: Some(book), ..SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0) };
        assert_eq!(room(0.95, 0.02).ceiling(&request), Ceiling::Unlimited);
    }

    #[test]
    fn alone_and_over_the_limit_everything_is_closed_but_nothing_opened() {
        let instrument = instrument();
        for lots in [6_806, 3, 999_999_999] {
            let mut request = SizeRequest {
                volatility: Some(0.0505),
                ..SizeRequest::new(&instrument, Side::Buy, 49_051.58, 10.0)
            };
            request.holding.signed = rust_decimal::Decimal::new(-lots, 3);
            request.gross_notional = request.held().abs() * request.mark;
            assert_eq!(room(0.95, 0.02).ceiling(&request).quantity(), Some(0.0));
            request.side = Side::Sell;
            assert_eq!(room(0.95, 0.02).ceiling(&request).quantity(), Some(request.held()));
        }
    }

    proptest! {
        #[test]
        fn the_room_ends_where_the_limit_is_reached_and_a_hedge_is_where_risk_is_least(
            loadings in prop::collection::vec(prop::array::uniform3(-2.0_f64..2.0), 2..8),
            own in prop::collection::vec(0.05_f64..2.0, 8),
            exposures in prop::collection::vec(-1000.0_f64..1000.0, 8),
            buy in any::<bool>(),
            limit in 0.001_f64..0.1,
        ) {
            let n = loadings.len();
            let (exposures, covariance) = (&exposures[..n], covariance(&loadings, &own));
            let (mark, equity, z) = (10.0, 1_000.0, normal::quantile(0.95).unwrap());
            let instrument = instrument();
            let side = if buy { Side::Buy } else { Side::Sell };
            let mut request = SizeRequest {
                book: Some(BookRisk { exposures, covariance: &covariance, own: 0 }),
                ..SizeRequest::new(&instrument, side, mark, equity)
            };
            request.holding.signed = rust_decimal::Decimal::from_f64_retain(exposures[0] / mark).unwrap();
            let most = room(0.95, limit).ceiling(&request).quantity().unwrap();
            let step = most - request.held();
            let after = |step: f64| {
                let mut moved = exposures.to_vec();
                moved[0] += side.sign() * mark * step;
                value_at_risk(&moved, &covariance, z)
            };
            let allowed = limit * equity;
            prop_assert!(step > -1e-9);
            if after(0.0) <= allowed * (1.0 - 1e-9) {
                prop_assert!((after(step) / allowed - 1.0).abs() < 1e-6);
                prop_assert!(after(step * 1.001 + 0.001) > allowed);
            } else if after(0.0) > allowed * (1.0 + 1e-9) {
                for other in [step - 0.01, step + 0.01] {
                    prop_assert!(other < 0.0 || after(step) <= after(other));
                }
            }
        }
    }
}
