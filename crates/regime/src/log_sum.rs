//! A sum of logarithms that takes few logarithms.

/// `sum ln x_i`, taken as the logarithm of a running product that is emptied before it over- or underflows.
///
/// A logarithm costs as much as ten multiplications, and the product loses no more digits than the sum would.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogSum {
    product: f64,
    sum: f64,
}

impl LogSum {
    pub(crate) const EMPTY: Self = Self { product: 1.0, sum: 0.0 };

    /// Adds `ln x`.
    #[inline(always)]
    pub(crate) fn add(&mut self, x: f64) {
        let product = self.product * x;
        if (1e-150..1e150).contains(&product) {
            self.product = product;
        } else {
            self.sum += self.product.ln() + x.ln();
            self.product = 1.0;
        }
    }

    /// The sum so far.
    pub(crate) fn value(self) -> f64 {
        self.sum + self.product.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_sum_of_the_logarithms(exponents in prop::collection::vec(-250.0_f64..250.0, 1..200)) {
            let mut logs = LogSum::EMPTY;
            exponents.iter().for_each(|x| logs.add(x.exp()));
            let plain: f64 = exponents.iter().sum();
            prop_assert!((logs.value() - plain).abs() < 1e-10);
        }
    }

    #[test]
    fn what_is_no_number_stays_visible() {
        let mut logs = LogSum::EMPTY;
        logs.add(f64::NAN);
        logs.add(2.0);
        assert!(logs.value().is_nan());
    }
}
