//! Profits taken in parts.

use serde::{Deserialize, Serialize};

use super::{EntryFacts, ExitError, Rung, course::Course, rules::positive};

/// The rungs that were not reached yet, as the position sees prices, nearest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Ladder {
    rungs: Vec<(f64, f64)>,
    next: usize,
}

impl Ladder {
    pub(super) fn new(rungs: &[Rung], entry: &EntryFacts, course: Course) -> Result<Self, ExitError> {
        let mut before = 0.0;
        let mut levels = Vec::with_capacity(rungs.len());
        for (place, rung) in rungs.iter().enumerate() {
            if positive("gain of a rung", rung.gain)? <= before {
                return Err(ExitError::Ladder { rung: place, got: rung.gain, before });
            }
            if positive("share of a rung", rung.share)? > 1.0 {
                let expected = "a share above 0 and at most 1";
                return Err(ExitError::Figure { what: "share of a rung", got: rung.share, expected });
            }
            let level = course.sees(entry.price) + rung.gain * entry.price;
            before = rung.gain;
            // A short earns its whole price at most: no price gets to a rung beyond that.
            if course.price(level) > 0.0 {
                levels.push((level, rung.share));
            }
        }
        Ok(Self { rungs: levels, next: 0 })
    }

    /// The next rung: its level and its share of what is held then.
    pub(super) fn pending(&self) -> Option<(f64, f64)> {
        self.rungs.get(self.next).copied()
    }

    /// Climbs all rungs that the best of a bar reached. The share of what is held now that they take together:
    /// `1 - product(1 - share)`, so 30 % and half of the rest are 65 %; zero when none was reached.
    pub(super) fn climb(&mut self, best: f64) -> f64 {
        let mut left = 1.0;
        while let Some((level, share)) = self.pending()
            && best >= level
        {
            left *= 1.0 - share;
            self.next += 1;
        }
        1.0 - left
    }
}
