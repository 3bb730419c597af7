//! Where a return came from, in parts that sum to the whole.

use ndarray::{Array1, ArrayView1, ArrayView2};

use crate::{PortfolioError, definite::check_vector};

/// One group (sector, strategy, regime) of a portfolio and of its benchmark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupReturn {
    /// Weight in the portfolio.
    pub weight: f64,
    /// Return of the group in the portfolio.
    pub earned: f64,
    /// Weight in the benchmark.
    pub benchmark_weight: f64,
    /// Return of the group in the benchmark.
    pub benchmark_return: f64,
}

/// Why a group added to the return over the benchmark.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GroupEffect {
    /// Weighing it otherwise than the benchmark: `(w - b)(R_g - R)`.
    pub allocation: f64,
    /// Picking otherwise within it: `b (r - R_g)`.
    pub selection: f64,
    /// Both at once: `(w - b)(r - R_g)`.
    pub interaction: f64,
}

impl GroupEffect {
    /// The three together.
    pub fn total(self) -> f64 {
        self.allocation + self.selection + self.interaction
    }
}

/// Allocation, selection and interaction of each group. Source: Brinson, Hood and Beebower (1986), "Determinants of
/// portfolio performance", with the allocation measured against the benchmark's return (Brinson and Fachler 1985).
///
/// When both weights sum to the same, the effects of all groups sum to the return over the benchmark.
///
/// ```
/// use autotrading_portfolio::{GroupReturn, brinson};
///
/// let group = |weight, earned, benchmark_weight, benchmark_return| GroupReturn {
///     weight, earned, benchmark_weight, benchmark_return,
/// };
/// let effects = brinson(&[group(0.7, 0.10, 0.5, 0.08), group(0.3, 0.02, 0.5, 0.04)])?;
/// assert!((effects[0].allocation - 0.004).abs() < 1e-15); // 0.2 * (8 % - 6 %)
/// assert!((effects[0].selection - 0.010).abs() < 1e-15); // 0.5 * (10 % - 8 %)
/// assert!((effects[0].interaction - 0.004).abs() < 1e-15); // 0.2 * (10 % - 8 %)
/// let total: f64 = effects.iter().map(|e| e.total()).sum();
/// assert!((total - (0.076 - 0.06)).abs() < 1e-15);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// No group, a number that is not finite, weights of portfolio and benchmark that do not sum to the same.
pub fn brinson(groups: &[GroupReturn]) -> Result<Vec<GroupEffect>, PortfolioError> {
    if groups.is_empty() {
        return Err(PortfolioError::Empty);
    }
    for g in groups {
        check_vector("a group", &[g.weight, g.earned, g.benchmark_weight, g.benchmark_return], 4)?;
    }
    let over: f64 = groups.iter().map(|g| g.weight - g.benchmark_weight).sum();
    if over.abs() > 1e-9 {
        let what = "the weights less those of the benchmark";
        return Err(PortfolioError::Parameter {
            what,
            got: over,
            allowed: "a sum of zero (add cash as a group)",
        });
    }
    let whole: f64 = groups.iter().map(|g| g.benchmark_weight).sum();
    let benchmark: f64 = groups.iter().map(|g| g.benchmark_weight * g.benchmark_return).sum();
    let level = if whole == 0.0 { 0.0 } else { benchmark / whole };
    let effect = |g: &GroupReturn| {
        let (tilt, better) = (g.weight - g.benchmark_weight, g.earned - g.benchmark_return);
        GroupEffect {
            allocation: tilt * (g.benchmark_return - level),
            selection: g.benchmark_weight * better,
            interaction: tilt * better,
        }
    };
    Ok(groups.iter().map(effect).collect())
}

/// Contributions to a return: of each factor, and of what no factor explains.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorAttribution {
    /// `exposure * factor return`, one a factor.
    pub factors: Vec<f64>,
    /// The return less all of them.
    pub specific: f64,
}

/// Splits the return of weights into what came with the factors and the rest: `w'r = (B'w)'f + rest`.
///
/// `loadings` has one row an asset, one column a factor.
///
/// ```
/// use autotrading_portfolio::factor_attribution;
/// use ndarray::array;
///
/// let parts = factor_attribution(
///     array![0.5, 0.5].view(), array![0.03, 0.01].view(), array![[1.0], [2.0]].view(), array![0.01].view())?;
/// assert!((parts.factors[0] - 0.015).abs() < 1e-15); // exposure 1.5 to a factor that made 1 %
/// assert!((parts.specific - 0.005).abs() < 1e-15); // of 2 % in all
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// Shapes that do not fit, a number that is not finite.
pub fn factor_attribution(
    weights: ArrayView1<'_, f64>,
    returns: ArrayView1<'_, f64>,
    loadings: ArrayView2<'_, f64>,
    factors: ArrayView1<'_, f64>,
) -> Result<FactorAttribution, PortfolioError> {
    let (n, k) = (weights.len(), factors.len());
    check_vector("weights", &weights.to_vec(), n)?;
    check_vector("returns", &returns.to_vec(), n)?;
    check_vector("factor returns", &factors.to_vec(), k)?;
    if loadings.dim() != (n, k) {
        return Err(PortfolioError::Shape { what: "loadings", got: loadings.dim(), required: (n, k) });
    }
    check_vector("loadings", &loadings.iter().copied().collect::<Vec<_>>(), n * k)?;
    let exposures: Array1<f64> = loadings.t().dot(&weights);
    let parts: Vec<f64> = exposures.iter().zip(factors).map(|(e, f)| e * f).collect();
    let specific = weights.dot(&returns) - parts.iter().sum::<f64>();
    Ok(FactorAttribution { factors: parts, specific })
}

/// Profit by label (strategy, regime, instrument), labels in order of their first appearance; the parts sum to the whole.
///
/// ```
/// use autotrading_portfolio::profit_by;
/// let parts = profit_by([("trend", 5.0), ("carry", -1.0), ("trend", 2.0)]);
/// assert_eq!(parts, [("trend", 7.0), ("carry", -1.0)]);
/// ```
pub fn profit_by<L: PartialEq>(profits: impl IntoIterator<Item = (L, f64)>) -> Vec<(L, f64)> {
    let mut parts: Vec<(L, f64)> = Vec::new();
    for (label, profit) in profits {
        match parts.iter_mut().find(|(known, _)| *known == label) {
            Some((_, sum)) => *sum += profit,
            None => parts.push((label, profit)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weights_that_do_not_match_the_benchmark_are_refused() {
        let group = GroupReturn { weight: 0.9, earned: 0.1, benchmark_weight: 1.0, benchmark_return: 0.1 };
        assert!(brinson(&[group]).is_err());
        assert_eq!(brinson(&[]), Err(PortfolioError::Empty));
        assert!(brinson(&[GroupReturn { weight: 1.0, earned: f64::NAN, ..group }]).is_err());
    }

    proptest! {
        #[test]
        fn the_parts_sum_to_the_whole(
            raw in prop::collection::vec((0.01_f64..1.0, -0.5_f64..0.5, 0.01_f64..1.0, -0.5_f64..0.5), 1..8),
        ) {
            let total = raw.iter().map(|g| g.0).sum::<f64>();
            let benchmark = raw.iter().map(|g| g.2).sum::<f64>();
            let groups: Vec<GroupReturn> = raw.iter().map(|&(w, r, b, q)| GroupReturn {
                weight: w / total, earned: r, benchmark_weight: b / benchmark, benchmark_return: q,
            }).collect();
            let active: f64 =
                groups.iter().map(|g| g.weight * g.earned - g.benchmark_weight * g.benchmark_return).sum();
            let parts: f64 = brinson(&groups).unwrap().iter().map(|e| e.total()).sum();
            prop_assert!((parts - active).abs() < 1e-12);
        }
    }
}
