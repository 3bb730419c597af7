//! How far to go along a direction: far enough to have learned something, not so far as to climb again.
//!
//! Private to the crate; the minimiser's only user-visible trace of it is that it converges.

use crate::minimise::Status;

/// Armijo's constant: the share of the promised decrease that must be kept.
pub(crate) const SUFFICIENT: f64 = 1e-4;
/// The share of the first slope that may be left (strong Wolfe condition), suited to quasi-Newton directions.
const CURVATURE: f64 = 0.9;
/// How much a step may seem to climb, as a share of the value, once no step seems to descend: where a sum of squares
/// is nearly zero its parts cancel, and its rounding is far above the last digit of the sum.
const CANCELLED: f64 = 1e-12;

/// A point that has been tried.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) point: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
}

impl Trial {
    pub(crate) fn is_finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().all(|g| g.is_finite())
    }
}

/// One place on the line: the step length, the value and the slope there.
struct Place {
    length: f64,
    slope: f64,
    trial: Trial,
}

/// A step whose value has fallen in proportion and whose slope has flattened, none longer than `longest`.
///
/// Nocedal and Wright, algorithms 3.5 and 3.6, with cubic interpolation. A step of full `longest` that still descends
/// is accepted on the first condition alone: a bound is met there.
pub(crate) fn strong_wolfe(
    here: &Trial,
    direction: &[f64],
    longest: f64,
    mut try_step: impl FnMut(f64) -> Trial,
) -> Result<Trial, Status> {
    let slope_of = |trial: &Trial| trial.gradient.iter().zip(direction).map(|(g, d)| g * d).sum::<f64>();
    let first_slope = slope_of(here);
    if first_slope >= 0.0 {
        return Err(Status::Stalled);
    }
    let mut visit = |length: f64| {
        let trial = try_step(length);
        Place { length, slope: slope_of(&trial), trial }
    };
    let promised = |length: f64| here.value + SUFFICIENT * length * first_slope;
    // So near the minimum that the values differ by rounding only, the slope alone decides (Hager and Zhang, 2005).
    let rounding = 4.0 * f64::EPSILON * here.value.abs();
    let flat = |place: &Place| place.slope.abs() <= -CURVATURE * first_slope;
    let mut level: Option<Trial> = None; // the first step that is neither lower nor higher, and flatter
    let mut low = Place { length: 0.0, slope: first_slope, trial: here.clone() };
    let mut high: Option<Place> = None;
    let mut ceiling = f64::INFINITY; // the shortest step that was not finite
    let mut length = 1.0_f64.min(longest);
    for _ in 0..60 {
        let place = visit(length);
        if !place.trial.is_finite() {
            ceiling = length;
            high = None;
        } else if (place.trial.value - here.value).abs() <= rounding && flat(&place) {
            return Ok(place.trial);
        } else if place.trial.value > promised(length) || place.trial.value >= low.trial.value {
            if level.is_none()
                && flat(&place)
                && (place.trial.value - here.value) <= CANCELLED * here.value.abs()
            {
                level = Some(place.trial.clone());
            }
            high = Some(place);
        } else if flat(&place) || (place.slope < 0.0 && length >= longest) {
            return Ok(place.trial);
        } else {
            // The lower point replaces `low`; if it climbs towards the old `low`, the minimum lies between the two.
            let away = high.as_ref().map_or(1.0, |h| h.length - place.length);
            let old = std::mem::replace(&mut low, place);
            if low.slope * away >= 0.0 {
                high = Some(old);
            }
        }
        length = match &high {
            Some(high) => between(&low, high),
            None if ceiling.is_finite() => 0.5 * (low.length + ceiling),
            None => (2.0 * length).min(longest),
        };
        if (length - low.length).abs() <= 1e-14 * low.length.max(1e-300) {
            break;
        }
    }
    // Out of patience: any point that is lower than the start is still progress.
    if low.length > 0.0 {
        return Ok(low.trial);
    }
    if let Some(level) = level {
        return Ok(level);
    }
    Err(if high.is_none() && ceiling.is_finite() { Status::NonFinite } else { Status::Stalled })
}

/// Minimum of the cubic through two values and slopes, kept away from both ends.
fn between(low: &Place, high: &Place) -> f64 {
    let width = high.length - low.length;
    let d1 = low.slope + high.slope - 3.0 * (high.trial.value - low.trial.value) / width;
    let d2 = (d1 * d1 - low.slope * high.slope).max(0.0).sqrt() * width.signum();
    let cubic = high.length - width * (high.slope + d2 - d1) / (high.slope - low.slope + 2.0 * d2);
    let inside = (cubic - low.length) / width;
    if inside.is_finite() && (0.1..=0.9).contains(&inside) { cubic } else { low.length + 0.5 * width }
}
