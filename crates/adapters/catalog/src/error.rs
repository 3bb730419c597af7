//! What can be wrong with a file, always with its name, and with the line where there is one.

use autotrading_domain::TierError;
use autotrading_market_data::IntakeError;

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The file cannot be opened.
    #[error("{file} cannot be opened: {source}")]
    Open {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Reading stopped in the middle.
    #[error("{file} cannot be read: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("{file} cannot be written: {source}")]
    Write {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is nothing in the file.
    #[error("{file} is empty; expected {expected}")]
    Empty {
        /// The file.
        file: String,
        /// What its first line should be.
        expected: String,
    },
    /// The first line does not name the columns that are needed.
    #[error("{file}, {fault}")]
    Header {
        /// The file.
        file: String,
        /// What is missing, and what is there.
        fault: Box<HeaderFault>,
    },
    /// The header names a column twice.
    #[error("{file}, line {line}: the header names {column:?} twice")]
    TwiceNamed {
        /// The file.
        file: String,
        /// Line of the header.
        line: u64,
        /// The column.
        column: String,
    },
    /// The rows did not become a history; the finding inside carries line, column, value and what was expected.
    #[error("{file}: {source}")]
    Bars {
        /// The file.
        file: String,
        /// What was found.
        source: IntakeError,
    },
    /// A file that is read in pieces is not what it was when it was opened.
    #[error("{file} was changed while it was in use: {walked} bars, there were {expected}")]
    Changed {
        /// The file.
        file: String,
        /// How many bars there are now.
        walked: usize,
        /// How many there were.
        expected: usize,
    },
    /// A field of a funding series is wrong.
    #[error("{file}, line {line}: {column} is {value:?}, expected {expected}")]
    Field {
        /// The file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is there.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// A JSON file does not have the form it should have.
    #[error("{file}: {source}")]
    Json {
        /// The file.
        file: String,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The margin tiers of a symbol break their law.
    #[error("{file}: {symbol}: {source}")]
    Tiers {
        /// The file.
        file: String,
        /// The symbol.
        symbol: String,
        /// The law that is broken.
        source: TierError,
    },
}

/// A header that lacks a column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: the header lacks {missing:?}{}; found {found:?}, expected {expected:?}",
    nearest.as_ref().map(|name| format!(" (is it {name:?}?)")).unwrap_or_default())]
pub struct HeaderFault {
    /// Line of the header.
    pub line: u64,
    /// The first column that is missing.
    pub missing: String,
    /// The name in the header that is most like it.
    pub nearest: Option<String>,
    /// The header as it is.
    pub found: String,
    /// What it should name.
    pub expected: String,
}

impl CatalogError {
    /// The line of the file that offends, where one does.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Header { fault, .. } => Some(fault.line),
            Self::TwiceNamed { line, .. } | Self::Field { line, .. } => Some(*line),
            Self::Bars { source: IntakeError::Refused(finding), .. } => finding.line,
            Self::Json { source, .. } => u64::try_from(source.line()).ok(),
            Self::Bars { .. }
            | Self::Open { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Empty { .. }
            | Self::Changed { .. }
            | Self::Tiers { .. } => None,
        }
    }
}
