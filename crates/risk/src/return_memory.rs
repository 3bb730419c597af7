//! Returns of instruments, bounded in number and aligned in time.

use std::collections::VecDeque;

use autotrading_domain::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// The newest returns of one instrument, each with the time of its bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnMemory {
    room: usize,
    last: Option<f64>,
    newest: Option<Timestamp>,
    interval: Span,
    returns: VecDeque<(Timestamp, f64)>,
}

impl ReturnMemory {
    pub(crate) fn with_room(room: usize) -> Self {
        Self { room, last: None, newest: None, interval: Span::ZERO, returns: VecDeque::with_capacity(room) }
    }

    /// The same with another room: what is too old for it is forgotten.
    pub(crate) fn with_other_room(mut self, room: usize) -> Self {
        self.room = room;
        self.returns.drain(..self.returns.len().saturating_sub(room));
        self
    }

    pub(crate) const fn room(&self) -> usize {
        self.room
    }

    /// Takes the close of a bar. A time that does not go on is ignored; a close that is no price ends the chain.
    pub(crate) fn observe(&mut self, close: f64, interval: Span, at: Timestamp) {
        if self.newest.is_some_and(|newest| at <= newest) {
            return;
        }
        self.newest = Some(at);
        self.interval = interval;
        let price = (close > 0.0 && close.is_finite()).then_some(close);
        let gain = price.zip(self.last).map(|(now, before)| now / before - 1.0);
        self.last = price;
        if let Some(gain) = gain.filter(|gain| gain.is_finite()) {
            if self.returns.len() == self.room {
                self.returns.pop_front();
            }
            self.returns.push_back((at, gain));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.returns.len()
    }

    /// How many bars a day has, at least one.
    pub(crate) fn bars_a_day(&self) -> u32 {
        let nanos = self.interval.nanos().max(1);
        u32::try_from(Span::DAY.nanos() / nanos).unwrap_or(u32::MAX).max(1)
    }

    /// Root mean square of the newest returns.
    pub(crate) fn volatility(&self, newest: usize) -> f64 {
        let count = newest.min(self.returns.len());
        let squares: f64 = self.returns.iter().rev().take(count).map(|(_, gain)| gain * gain).sum();
        (squares / count as f64).sqrt()
    }
}

/// Returns at the times that all memories share, oldest first: one list per memory, all of the same length.
pub(crate) fn aligned(memories: &[&ReturnMemory]) -> Vec<Vec<f64>> {
    if let [alone] = memories {
        return vec![alone.returns.iter().map(|(_, gain)| *gain).collect()];
    }
    let mut lists = vec![Vec::new(); memories.len()];
    let Some((first, others)) = memories.split_first() else { return lists };
    let mut rest: Vec<_> = others.iter().map(|memory| memory.returns.iter().peekable()).collect();
    for (at, gain) in &first.returns {
        let mut row = vec![*gain];
        for returns in &mut rest {
            while returns.next_if(|(other, _)| other < at).is_some() {}
            row.extend(returns.peek().filter(|(other, _)| other == at).map(|(_, gain)| *gain));
        }
        if row.len() == memories.len() {
            lists.iter_mut().zip(row).for_each(|(list, gain)| list.push(gain));
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(closes: &[(i64, f64)]) -> ReturnMemory {
        let mut memory = ReturnMemory::with_room(3);
        for (hour, close) in closes {
            memory.observe(*close, Span::HOUR, Timestamp::EPOCH.after(Span::HOUR.times(*hour)));
        }
        memory
    }

    #[test]
    fn only_shared_times_count_and_the_oldest_is_forgotten() {
        let one = memory(&[(0, 1.0), (1, 2.0), (2, 3.0), (3, 6.0), (4, 3.0)]);
        assert_eq!((one.len(), one.bars_a_day()), (3, 24));
        let two = memory(&[(1, 8.0), (2, 4.0), (4, 2.0), (4, 9.0), (3, 9.0), (5, 1.0)]);
        assert_eq!(aligned(&[&one, &two]), [vec![0.5, -0.5], vec![-0.5, -0.5]]);
        assert_eq!(aligned(&[&one]), [vec![0.5, 1.0, -0.5]]);
        assert!(aligned(&[]).is_empty());
        assert_eq!(one.volatility(1), 0.5);
        assert_eq!(one.volatility(9), 0.5f64.sqrt());
    }

    #[test]
    fn a_close_that_is_no_price_ends_the_chain() {
        for bad in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
            let memory = memory(&[(0, 1.0), (1, bad), (2, 3.0), (3, 6.0)]);
            assert_eq!(aligned(&[&memory]), [vec![1.0]]);
        }
    }
}
