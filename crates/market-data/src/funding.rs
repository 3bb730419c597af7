//! What longs paid shorts, and when.

use autotrading_domain::{Rate, Timestamp};
use serde::{Deserialize, Serialize};

/// One funding: its time and its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundingPoint {
    /// When it is paid.
    pub at: Timestamp,
    /// Share of the position's notional; longs pay when positive. Exact, because money is booked with it.
    pub rate: Rate,
}

/// The fundings of one instrument, times strictly ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<FundingPoint>", into = "Vec<FundingPoint>")]
pub struct FundingSeries(Vec<FundingPoint>);

/// Why points are not a series.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FundingError {
    /// A point does not come after the one before it.
    #[error("funding {row} is at {got}, not after the one before it at {last}")]
    Order {
        /// Place, from 0.
        row: usize,
        /// Its time.
        got: Timestamp,
        /// The time before.
        last: Timestamp,
    },
}

impl FundingSeries {
    /// A series from its points.
    ///
    /// # Errors
    /// [`FundingError::Order`] unless the times ascend strictly.
    pub fn new(points: Vec<FundingPoint>) -> Result<Self, FundingError> {
        for (row, (last, point)) in points.iter().zip(points.iter().skip(1)).enumerate() {
            if point.at <= last.at {
                return Err(FundingError::Order { row: row + 1, got: point.at, last: last.at });
            }
        }
        Ok(Self(points))
    }

    /// All points, oldest first.
    pub fn as_slice(&self) -> &[FundingPoint] {
        &self.0
    }

    /// The points after `from` up to and including `to`: what is due when time moves from one to the other.
    pub fn due(&self, from: Timestamp, to: Timestamp) -> &[FundingPoint] {
        let place = |moment| self.0.partition_point(|point| point.at <= moment);
        self.0.get(place(from)..place(to)).unwrap_or(&[])
    }
}

impl TryFrom<Vec<FundingPoint>> for FundingSeries {
    type Error = FundingError;
    fn try_from(points: Vec<FundingPoint>) -> Result<Self, FundingError> {
        Self::new(points)
    }
}

impl From<FundingSeries> for Vec<FundingPoint> {
    fn from(series: FundingSeries) -> Self {
        series.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(secs: i64) -> FundingPoint {
        FundingPoint { at: Timestamp::from_secs(secs), rate: Rate::basis_points(1) }
    }

    #[test]
    fn each_funding_is_due_once() {
        let series = FundingSeries::new(vec![point(10), point(20), point(30)]).unwrap();
        let due = |from, to| series.due(Timestamp::from_secs(from), Timestamp::from_secs(to)).len();
        assert_eq!((due(0, 10), due(10, 20), due(20, 35), due(35, 20)), (1, 1, 1, 0));
    }

    #[test]
    fn times_that_do_not_ascend_are_refused_by_place() {
        let error = FundingSeries::new(vec![point(10), point(10)]).unwrap_err();
        assert!(matches!(error, FundingError::Order { row: 1, .. }));
    }
}
