//! What can be wrong with a Parquet file, always with its name.

use autotrading_market_data::IntakeError;

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The file cannot be opened or created.
    #[error("{file} cannot be opened: {source}")]
    Open {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is no Parquet file, or breaks off.
    #[error("{file} cannot be read or written as Parquet: {source}")]
    Format {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: parquet::errors::ParquetError,
    },
    /// A column is missing or holds something else.
    #[error("{file}: the column {column} is {found}, expected {expected}")]
    Column {
        /// The file.
        file: String,
        /// The column.
        column: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A value is not what its column should hold.
    #[error("{file}, row {row}: {column} is {value}, expected {expected}")]
    Value {
        /// The file.
        file: String,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: &'static str,
        /// What is there.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The columns that are to be written have different lengths.
    #[error("{file}: {times} moments for {values} values")]
    Lengths {
        /// The file.
        file: String,
        /// How many moments.
        times: usize,
        /// How many values.
        values: usize,
    },
    /// The rows did not become a history; a finding's line is the row, from 1.
    #[error("{file}: {source}")]
    Bars {
        /// The file.
        file: String,
        /// What was found.
        source: IntakeError,
    },
}
