//! The price that others are held against.

/// The median of the sound ones among mark, index and our own mid; of two, their mean. NaN when none is sound, so that
/// nothing opens. In quote currency per base unit; hand it to [`RiskGate::observe_price`](crate::RiskGate::observe_price)
/// as the mark, so that one broken source moves no collar.
///
/// ```
/// use autotrading_risk::reference_price;
/// assert_eq!(reference_price(100.0, 101.0, 3.0), 100.0); // our own mid is broken
/// assert_eq!(reference_price(100.0, f64::NAN, 102.0), 101.0);
/// assert_eq!(reference_price(0.0, -1.0, 102.0), 102.0);
/// assert!(reference_price(f64::NAN, 0.0, f64::INFINITY).is_nan());
/// ```
pub fn reference_price(mark: f64, index: f64, mid: f64) -> f64 {
    let mut prices =
        [mark, index, mid].map(|price| if price > 0.0 && price.is_finite() { price } else { f64::NAN });
    prices.sort_unstable_by(f64::total_cmp); // what is none stands last: positive NaN is above every number
    match prices {
        [low, middle, high] if !high.is_nan() && low <= high => middle,
        [low, high, _] if !high.is_nan() => low + 0.5 * (high - low),
        [only, ..] => only,
    }
}
