//! Why a report was not written.

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder cannot be made.
    #[error("{folder} cannot be made: {source}")]
    Folder {
        /// The folder.
        folder: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{file} cannot be written: {source}")]
    Write {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The report does not fit into JSON.
    #[error("the report cannot be told in JSON: {source}")]
    Json {
        /// What is wrong, and where.
        source: serde_json::Error,
    },
}
