//! How large weights may be.

use super::GrowthError;

/// Bounds on each weight and on the sum of their sizes. No bet at all is always allowed.
///
/// ```
/// use autotrading_sizing::WeightLimits;
/// let limits = WeightLimits::between(vec![(0.0, 0.5), (-0.2, 0.2)])?.with_gross(0.6)?;
/// assert!(WeightLimits::between(vec![(0.1, 0.5)]).is_err()); // zero must be allowed
/// # Ok::<(), autotrading_sizing::GrowthError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WeightLimits {
    pub(super) bounds: Vec<(f64, f64)>,
    pub(super) gross: f64,
}

impl WeightLimits {
    /// None, for so many assets.
    pub fn none(assets: usize) -> Self {
        Self { bounds: vec![(f64::NEG_INFINITY, f64::INFINITY); assets], gross: f64::INFINITY }
    }

    /// No shorts, for so many assets.
    pub fn long_only(assets: usize) -> Self {
        Self { bounds: vec![(0.0, f64::INFINITY); assets], gross: f64::INFINITY }
    }

    /// The lowest and highest weight of each asset, as fractions of the wealth; infinite where there is no limit.
    ///
    /// # Errors
    /// A pair that does not hold zero, or NaN.
    pub fn between(bounds: Vec<(f64, f64)>) -> Result<Self, GrowthError> {
        for (index, (low, high)) in bounds.iter().enumerate() {
            for (what, got, legal) in
                [("lower bound", *low, *low <= 0.0), ("upper bound", *high, *high >= 0.0)]
            {
                if !legal {
                    let expected = "bounds that hold zero";
                    return Err(GrowthError::Element { what, index, got, expected });
                }
            }
        }
        Ok(Self { bounds, gross: f64::INFINITY })
    }

    /// The same with a largest sum of absolute weights.
    ///
    /// # Errors
    /// Below zero, or NaN.
    pub fn with_gross(self, gross: f64) -> Result<Self, GrowthError> {
        if gross >= 0.0 {
            Ok(Self { gross, ..self })
        } else {
            Err(GrowthError::OutOfRange { what: "gross weight", got: gross, expected: "not below zero" })
        }
    }
}
