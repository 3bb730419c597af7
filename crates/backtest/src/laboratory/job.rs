//! One run as a value: what is asked, under a name made of its content.

use std::fmt::{self, Write as _};
use std::ops::ControlFlow;
use std::str::FromStr;

use autotrading_core::Unrecorded;
use autotrading_domain::{Event, MarketData, Rate, Span, Timestamp};
use autotrading_market_data::{History, Window};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::result::{Counts, EquityCurve, JobResult};
use crate::{
    Backtest, BacktestConfiguration, BacktestError, ColumnOutcome, Columns, Detail, Keep, ResearchRules,
};

/// Everything about one run. Two equal jobs give the same [`JobResult`], wherever and whenever they are run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// What the run is told.
    pub configuration: BacktestConfiguration,
    /// Checksum of the whole data set that the window is cut from, as [`JobMarket::digest`] tells it.
    pub data: String,
    /// First bar that is replayed.
    pub from: Timestamp,
    /// No bar that opens at or after this is replayed.
    pub to: Timestamp,
    /// Figures count from here; what lies before only warms up. At or after `from`.
    pub measured_from: Timestamp,
}

/// Name of a job: SHA-256 of its specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId([u8; 32]);

/// Name of a trial: SHA-256 of what was tried (a configuration) on which data, whatever the window. The same idea that
/// is tried again is not a second trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrialId([u8; 32]);

/// What jobs are run on. Shared by all of them, never copied.
#[derive(Clone, Copy, Debug)]
pub struct JobMarket<'a> {
    history: &'a History,
    funding: &'a [(Timestamp, Rate)],
    name: &'a str,
    digest: u64,
}

/// Why a job has no result.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The job asks for other data than it is given.
    #[error("the job is for the data {asked}, these are {given}")]
    Data {
        /// Checksum in the job.
        asked: String,
        /// Checksum of what is at hand.
        given: String,
    },
    /// No bar lies in the window.
    #[error("no bar opens between {from} and {to}")]
    Window {
        /// First bar asked for.
        from: Timestamp,
        /// End of the window.
        to: Timestamp,
    },
    /// The measured part does not lie inside the window.
    #[error("the job measures from {measured_from}, outside of its window from {from} to {to}")]
    Measured {
        /// Where measuring would begin.
        measured_from: Timestamp,
        /// First bar asked for.
        from: Timestamp,
        /// End of the window.
        to: Timestamp,
    },
    /// The specification cannot be written down.
    #[error("the job cannot be written down: {0}")]
    Text(#[from] serde_json::Error),
    /// The run failed.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
}

impl<'a> JobMarket<'a> {
    /// Bars, funding rates at their times (empty for the venue's default), and the name of the data. Computes the
    /// checksum, once for all jobs.
    pub fn new(history: &'a History, funding: &'a [(Timestamp, Rate)], name: &'a str) -> Self {
        let digest =
            funding.iter().fold(history.all().digest(), |digest, (at, rate)| {
                let mixed = (digest ^ at.nanos() as u64).wrapping_mul(0x0000_0100_0000_01b3);
                rate.get().normalize().serialize().iter().fold(mixed, |digest, byte| {
                    (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
                })
            });
        Self { history, funding, name, digest }
    }

    /// The bars.
    pub const fn history(&self) -> &'a History {
        self.history
    }

    /// Funding rates at their times.
    pub const fn funding(&self) -> &'a [(Timestamp, Rate)] {
        self.funding
    }

    /// Name of the data.
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Checksum of bars and funding, in hex. It finds a mix-up, not a forger.
    pub fn digest(&self) -> String {
        format!("{:016x}", self.digest)
    }
}

impl JobSpec {
    /// The name of this job.
    ///
    /// # Errors
    /// [`JobError::Text`].
    pub fn id(&self) -> Result<JobId, JobError> {
        Ok(JobId(Sha256::digest(serde_json::to_vec(self)?).into()))
    }

    /// The name of what is tried, without the window.
    ///
    /// # Errors
    /// [`JobError::Text`].
    pub fn trial(&self) -> Result<TrialId, JobError> {
        let content = serde_json::to_vec(&(&self.data, &self.configuration))?;
        Ok(TrialId(Sha256::digest(content).into()))
    }

    /// Runs the job: over columns where that is exact, in the event engine otherwise. The result is the same.
    ///
    /// # Errors
    /// [`JobError`]: other data, an empty window, a run that could not go on.
    pub fn run(&self, market: &JobMarket<'_>) -> Result<JobResult, JobError> {
        let window = self.window(market)?;
        match self.over_columns(window) {
            Some((outcome, curve)) => Ok(JobResult::of(self.id()?, &curve, Counts::from(&outcome))),
            None => self.in_engine(market, window),
        }
    }

    /// Runs the job in the event engine, whatever it is: the reference that [`JobSpec::run`] is held against.
    ///
    /// # Errors
    /// As [`JobSpec::run`].
    pub fn run_in_engine(&self, market: &JobMarket<'_>) -> Result<JobResult, JobError> {
        self.in_engine(market, self.window(market)?)
    }

    /// The bars of the job, if it is one for these data.
    fn window<'a>(&self, market: &JobMarket<'a>) -> Result<Window<'a>, JobError> {
        let given = market.digest();
        if self.data != given {
            return Err(JobError::Data { asked: self.data.clone(), given });
        }
        let (from, to, measured_from) = (self.from, self.to, self.measured_from);
        if measured_from < from || measured_from >= to {
            return Err(JobError::Measured { measured_from, from, to });
        }
        let window = market.history.window(Some(from), Some(to));
        if window.is_empty() { Err(JobError::Window { from, to }) } else { Ok(window) }
    }

    /// `None` where the columns cannot state the engine's answer.
    fn over_columns(&self, window: Window<'_>) -> Option<(ColumnOutcome, EquityCurve)> {
        let rules = ResearchRules::of(&self.configuration)?;
        let outcome = Columns::new(window).ok()?.run(&rules, Keep::Everything).ok()?;
        let mut curve = self.curve(window.len());
        let interval = window.interval();
        for (open, equity) in window.open_time().iter().zip(&outcome.equity) {
            self.note(&mut curve, Timestamp::from_nanos(*open), interval, *equity);
        }
        Some((outcome, curve))
    }

    fn in_engine(&self, market: &JobMarket<'_>, window: Window<'_>) -> Result<JobResult, JobError> {
        let backtest = Backtest {
            configuration: &self.configuration,
            history: window,
            funding: market.funding,
            data: market.name,
            detail: Detail::Figures,
        };
        let mut curve = self.curve(window.len());
        let mut findings = 0;
        let (finished, _) = backtest.run(Unrecorded, |step| {
            if let Event::Market(event) = step.event
                && let MarketData::Bar(bar) = &event.data
            {
                self.note(&mut curve, bar.open_time, bar.interval, step.engine.ledger().equity_f64());
            }
            findings += step.turn.findings().len() as u64;
            ControlFlow::Continue(())
        })?;
        let summary = finished.summary(&backtest)?;
        Ok(JobResult::of(self.id()?, &curve, Counts { findings, ..Counts::from(&summary) }))
    }

    fn curve(&self, bars: usize) -> EquityCurve {
        let mut curve = EquityCurve::with_capacity(bars + 1);
        curve.push(self.from, self.configuration.run.cash.to_f64());
        curve
    }

    /// The last point before the measured part is where its first return starts from.
    fn note(&self, curve: &mut EquityCurve, opened: Timestamp, interval: Span, equity: f64) {
        if opened < self.measured_from {
            curve.restart();
        }
        curve.push(opened.after(interval), equity);
    }
}

fn hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn bytes_of(text: &str) -> Result<[u8; 32], String> {
    let refused = || format!("expected 64 hexadecimal digits, got {text:?}");
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return Err(refused());
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| refused())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| refused())?;
    }
    Ok(bytes)
}

/// The first digits: enough to tell jobs apart when people talk about them.
fn short(bytes: &[u8; 32]) -> String {
    bytes.iter().take(4).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

macro_rules! name {
    ($name:ident) => {
        impl $name {
            /// The first eight digits.
            pub fn short(&self) -> String {
                short(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                bytes_of(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(JobId);
name!(TrialId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_itself_and_nothing_else() {
        let id = JobId([0xab; 32]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.short(), "abababab");
        for wrong in ["", "ab", &"zz".repeat(32), &"é".repeat(32)] {
            assert!(wrong.parse::<JobId>().is_err(), "{wrong}");
        }
    }
}
