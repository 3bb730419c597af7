//! A mean over the last few numbers that neither drifts nor is poisoned.

use std::collections::VecDeque;

use crate::RegimeError;

/// The mean of the last `window` numbers, O(1) for each on average and without allocation once the window is full.
///
/// Nothing is ever subtracted: the window is kept as a front whose sums from each place to its end are known, and a
/// back that is only added to. So a spike of 1e9 leaves no trace once it has left.
#[derive(Clone, Debug, PartialEq)]
pub struct RollingMean {
    window: usize,
    /// Sums from each remaining place of the front to the front's end, the oldest last.
    front: Vec<f64>,
    back: VecDeque<f64>,
    back_sum: f64,
}

impl RollingMean {
    /// An empty window.
    ///
    /// # Errors
    /// A length of zero or above a million.
    pub fn new(window: usize) -> Result<Self, RegimeError> {
        if !(1..=1_000_000).contains(&window) {
            let allowed = "1 to 1000000";
            return Err(RegimeError::Parameter { name: "window", got: window as f64, allowed });
        }
        let (front, back) = (Vec::with_capacity(window), VecDeque::with_capacity(window + 1));
        Ok(Self { window, front, back, back_sum: 0.0 })
    }

    /// Takes the next number and gives the mean of the last `window`; `None` until there are so many.
    ///
    /// # Errors
    /// A number that is not finite; nothing changes.
    pub fn observe(&mut self, x: f64) -> Result<Option<f64>, RegimeError> {
        if !x.is_finite() {
            return Err(RegimeError::NotFinite { what: "observation", index: 0, got: x });
        }
        if self.front.len() + self.back.len() == self.window {
            if self.front.is_empty() {
                self.turn();
            }
            self.front.pop();
        }
        self.back.push_back(x);
        self.back_sum += x;
        Ok(self.mean())
    }

    /// The mean of the last `window` numbers; `None` until there are so many.
    pub fn mean(&self) -> Option<f64> {
        let full = self.front.len() + self.back.len() == self.window;
        let sum = self.front.last().copied().unwrap_or(0.0) + self.back_sum;
        full.then(|| sum / self.window as f64).filter(|mean| mean.is_finite())
    }

    /// What has come becomes the front, newest first.
    fn turn(&mut self) {
        let mut sum = 0.0;
        while let Some(x) = self.back.pop_back() {
            sum += x;
            self.front.push(sum);
        }
        self.back_sum = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_spike_leaves_no_trace() {
        let mut mean = RollingMean::new(20).unwrap();
        for i in 0..1000 {
            let x = if i % 97 == 0 { 1e15 } else { 0.25 };
            mean.observe(x).unwrap();
        }
        for _ in 0..20 {
            mean.observe(0.25).unwrap();
        }
        assert_eq!(mean.mean(), Some(0.25));
        assert!(mean.observe(f64::NAN).is_err());
        assert_eq!(mean.mean(), Some(0.25));
        assert!(RollingMean::new(0).is_err());
    }

    proptest! {
        #[test]
        fn it_is_the_mean_of_the_last_few(xs in prop::collection::vec(-1e3_f64..1e3, 1..100), window in 1usize..20) {
            let mut mean = RollingMean::new(window).unwrap();
            for (i, x) in xs.iter().enumerate() {
                let got = mean.observe(*x).unwrap();
                if i + 1 < window {
                    prop_assert_eq!(got, None);
                } else {
                    let plain = xs[i + 1 - window..=i].iter().sum::<f64>() / window as f64;
                    prop_assert!((got.unwrap() - plain).abs() < 1e-10);
                }
            }
        }
    }
}
