//! `autotrading journal`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use autotrading_core::{Replay, Replayed};
use autotrading_journal::{read, records, verify};

use crate::arguments::JournalCommand;
use crate::failure::{Failure, found};
use crate::terminal::say;

/// Runs one of the journal commands.
pub(crate) fn run(command: &JournalCommand) -> Result<ExitCode, Failure> {
    match command {
        JournalCommand::Verify { directory } => verify_journal(directory),
        JournalCommand::Show { directory } => show(directory),
    }
}

/// Checks the chain, then computes every turn again.
fn verify_journal(directory: &Path) -> Result<ExitCode, Failure> {
    let chain = match verify(directory) {
        Ok(summary) => summary,
        Err(damage) => {
            say(&format!("damaged: {damage}\n"))?;
            return Ok(found());
        }
    };
    say(&format!("chain   whole: {} records\n", chain.head.records))?;
    let mut replay = Replay::new();
    for record in records(directory)? {
        if let Err(difference) = replay.take(&record?.1) {
            say(&format!("turns   different: {difference}\n"))?;
            return Ok(found());
        }
    }
    let done = replay.finish();
    let Replayed { events, turns, commands, .. } = done;
    say(&format!("turns   equal: {events} events gave the same {turns} turns and {commands} commands\n"))?;
    say(&match done.closing {
        Some(closing) => format!("books   equal: equity {}\n", closing.equity.get().normalize()),
        None => "books   not closed: the run did not end in order; all that is there is equal\n".to_owned(),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn show(directory: &Path) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    for entry in read(directory)? {
        let payload = entry?.payload;
        if out.write_all(&payload).and_then(|()| out.write_all(b"\n")).is_err() {
            break; // the reader went away
        }
    }
    Ok(ExitCode::SUCCESS)
}
