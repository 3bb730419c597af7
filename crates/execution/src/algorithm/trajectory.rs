//! The best way between the cost of hurry and the risk of waiting (Almgren and Chriss, 2000).

use super::AlgorithmError;
use super::parent::setting;

/// What trading does to the price, and what waiting does to us. One unit of time throughout, e.g. a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImpactModel {
    /// How the price wanders: quote currency per base unit per square root of time.
    pub volatility: f64,
    /// What each unit traded moves the price for good: price per base unit.
    pub permanent: f64,
    /// What trading at a rate costs while it lasts: price per (base units per time).
    pub temporary: f64,
    /// What each unit pays for crossing the spread: half of it, in price.
    pub half_spread: f64,
    /// What variance of the cost is worth: per quote currency. Zero trades evenly.
    pub risk_aversion: f64,
}

/// The optimal path of what is still to be traded.
///
/// Minimises expected cost plus risk aversion times its variance over the holdings `x_0 = X, ..., x_N = 0`:
///
/// `x_j = X sinh(k (T - t_j)) / sinh(k T)`, with `cosh(k tau) = 1 + tau^2 lambda sigma^2 / (2 (eta - gamma tau / 2))`.
///
/// The paper's example (a million shares in five days, 0.95 a day, gamma 2.5e-7, eta 2.5e-6, lambda 1e-6):
///
/// ```
/// use autotrading_execution::algorithm::{ImpactModel, Trajectory};
/// let model = ImpactModel {
///     volatility: 0.95, permanent: 2.5e-7, temporary: 2.5e-6, half_spread: 0.0625, risk_aversion: 1e-6,
/// };
/// let path = Trajectory::new(1e6, 5.0, 5, &model)?;
/// assert!((path.urgency() - 0.607).abs() < 5e-4); // the paper's kappa: 0.61 a day
/// assert!(path.trades()[0] > path.trades()[4] * 4.0); // sells early what it fears to hold
/// # Ok::<(), autotrading_execution::algorithm::AlgorithmError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    urgency: f64,
    trades: Vec<f64>,
    expected_cost: f64,
    variance: f64,
}

impl Trajectory {
    /// The optimal path for `quantity` base units in `periods` equal parts of `horizon`.
    ///
    /// # Errors
    /// A figure that is not finite or outside its range; temporary impact too small against permanent impact
    /// (`eta <= gamma tau / 2`), where trading ever faster would seem free.
    pub fn new(
        quantity: f64,
        horizon: f64,
        periods: usize,
        model: &ImpactModel,
    ) -> Result<Self, AlgorithmError> {
        let not_negative = "not negative";
        setting("quantity", quantity, quantity > 0.0, "above 0")?;
        setting("horizon", horizon, horizon > 0.0, "above 0")?;
        setting("periods", periods as f64, (1..=100_000).contains(&periods), "1 to 100000")?;
        setting("volatility", model.volatility, model.volatility >= 0.0, not_negative)?;
        setting("permanent impact", model.permanent, model.permanent >= 0.0, not_negative)?;
        setting("half spread", model.half_spread, model.half_spread >= 0.0, not_negative)?;
        setting("risk aversion", model.risk_aversion, model.risk_aversion >= 0.0, not_negative)?;
        let period = horizon / periods as f64;
        let temporary = model.temporary - model.permanent * period / 2.0;
        setting(
            "temporary impact",
            model.temporary,
            temporary > 0.0,
            "above permanent impact times half a period",
        )?;

        let fear = model.risk_aversion * model.volatility.powi(2) / temporary;
        let urgency = (1.0 + fear * period * period / 2.0).acosh() / period;
        setting("urgency", urgency, true, "finite")?;
        let holdings = |nth: usize| quantity * still_held(urgency, horizon, (nth as f64) * period);
        let trades: Vec<f64> = (0..periods).map(|nth| (holdings(nth) - holdings(nth + 1)).max(0.0)).collect();
        let (expected_cost, variance) = cost(quantity, period, &trades, model);
        Ok(Self { urgency, trades, expected_cost, variance })
    }

    /// How strongly it hurries (kappa), per unit of time; its inverse is the time in which the holdings fall to a third.
    pub const fn urgency(&self) -> f64 {
        self.urgency
    }

    /// What is traded in each part, in base units.
    pub fn trades(&self) -> &[f64] {
        &self.trades
    }

    /// Expected cost against the arrival price, in quote currency.
    pub const fn expected_cost(&self) -> f64 {
        self.expected_cost
    }

    /// Variance of the cost, in quote currency squared.
    pub const fn variance(&self) -> f64 {
        self.variance
    }
}

/// `sinh(k (T - t)) / sinh(k T)`, without overflow.
fn still_held(urgency: f64, horizon: f64, time: f64) -> f64 {
    let (whole, left) = (urgency * horizon, urgency * (horizon - time).max(0.0));
    if whole < 1e-6 {
        return (1.0 - time / horizon).max(0.0); // no fear: evenly
    }
    (left - whole).exp() * (-2.0 * left).exp_m1() / (-2.0 * whole).exp_m1()
}

/// `E = gamma X^2 / 2 + epsilon X + (eta - gamma tau / 2) / tau * sum n^2` and `V = sigma^2 tau sum x^2`.
fn cost(quantity: f64, period: f64, trades: &[f64], model: &ImpactModel) -> (f64, f64) {
    let temporary = model.temporary - model.permanent * period / 2.0;
    let squares: f64 = trades.iter().map(|trade| trade * trade).sum();
    let expected = model.permanent * quantity * quantity / 2.0
        + model.half_spread * quantity
        + temporary / period * squares;
    let mut held = quantity;
    let exposed: f64 = trades
        .iter()
        .map(|trade| {
            held -= trade;
            held * held
        })
        .sum();
    (expected, model.volatility.powi(2) * period * exposed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn model(risk_aversion: f64) -> ImpactModel {
        ImpactModel {
            volatility: 0.95,
            permanent: 2.5e-7,
            temporary: 2.5e-6,
            half_spread: 0.0625,
            risk_aversion,
        }
    }

    #[test]
    fn without_fear_it_trades_evenly_at_the_cost_of_the_paper() {
        let path = Trajectory::new(1e6, 5.0, 5, &model(0.0)).unwrap();
        assert!(path.trades().iter().all(|trade| (trade - 2e5).abs() < 1e-6));
        // 125 000 for good, 62 500 for the spread, 475 000 for the hurry.
        assert!((path.expected_cost() - 662_500.0).abs() < 1e-3);
        // sigma^2 tau X^2 / 3 * T (1 - 1/N) (1 - 1/2N) = 0.9025 * (0.64 + 0.36 + 0.16 + 0.04) * 1e12
        assert!((path.variance() / 1.083e12 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn boundless_fear_does_not_overflow() {
        let path = Trajectory::new(1e6, 100.0, 100, &model(1.0)).unwrap();
        assert!((path.trades()[0] - 1e6).abs() < 10.0 && path.trades().iter().all(|trade| trade.is_finite()));
        assert!(Trajectory::new(1e6, 5.0, 5, &model(f64::NAN)).is_err());
        assert!(Trajectory::new(1e6, 100.0, 1, &model(1.0)).is_err(), "permanent impact outweighs temporary");
    }

    proptest! {
        #[test]
        fn no_neighbouring_path_is_better(aversion in 0.0f64..1e-4, from in 0usize..10, to in 0usize..10, moved in 0.0f64..0.5) {
            let model = model(aversion);
            let path = Trajectory::new(1e6, 5.0, 10, &model).unwrap();
            prop_assert!((path.trades().iter().sum::<f64>() / 1e6 - 1.0).abs() < 1e-9);
            let mut other = path.trades().to_vec();
            let amount = other[from] * moved;
            other[from] -= amount;
            other[to] += amount;
            let (expected, variance) = cost(1e6, 0.5, &other, &model);
            let (ours, theirs) = (path.expected_cost() + aversion * path.variance(), expected + aversion * variance);
            prop_assert!(ours <= theirs * (1.0 + 1e-12), "{} > {}", ours, theirs);
        }
    }
}
