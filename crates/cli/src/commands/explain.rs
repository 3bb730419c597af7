//! `autotrading explain`.

use std::process::ExitCode;

use autotrading_core::Explainer;
use autotrading_journal::records;

use crate::arguments::Explain;
use crate::failure::Failure;
use crate::terminal::say;

/// Tells why an order had its size, and what became of it.
pub(crate) fn run(arguments: &Explain) -> Result<ExitCode, Failure> {
    let mut explainer = Explainer::new(arguments.order);
    for record in records(&arguments.journal)? {
        explainer.take(record?.1);
    }
    say(&explainer.finish()?.to_string())?;
    Ok(ExitCode::SUCCESS)
}
