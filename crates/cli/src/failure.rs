//! What goes wrong, and the exit code that says of which kind it is.

use std::fmt;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the configuration is wrong.
    Usage(anyhow::Error),
    /// The work itself failed.
    Work(anyhow::Error),
}

impl Failure {
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Work(_) => ExitCode::from(1),
        }
    }
}

/// A check that ran and found something.
pub(crate) fn found() -> ExitCode {
    ExitCode::from(3)
}

/// A run that was stopped by the user.
pub(crate) fn interrupted() -> ExitCode {
    ExitCode::from(130)
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Work(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(error) | Self::Work(error)) = self;
        write!(f, "{error}")?;
        // Errors of this workspace say themselves what lies underneath; only a source that adds something is shown.
        let mut said = error.to_string();
        for cause in error.chain().skip(1) {
            let text = cause.to_string();
            if !said.contains(&text) {
                write!(f, ": {text}")?;
                said = text;
            }
        }
        Ok(())
    }
}
