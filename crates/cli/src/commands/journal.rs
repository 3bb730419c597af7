//! `autotrading journal`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use autotrading_core::Replay;
use autotrading_journal::{read, records, verify};

use crate::arguments::JournalCommand;
use crate::failure::{Failure, found};

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
            println!("damaged: {damage}");
            return Ok(found());
        }
    };
    println!("chain      whole: {} records", chain.head.records);
    let mut replay = Replay::new();
    for record in records(directory)? {
        if let Err(difference) = replay.take(&record?.1) {
            println!("different: {difference}");
            return Ok(found());
        }
    }
    let done = replay.finish();
    println!(
        "turns      equal: {} events gave the same {} turns and {} commands",
        done.events, done.turns, done.commands
    );
    match done.closing {
        Some(closing) => println!("books      equal: equity {}", closing.equity.get().normalize()),
        None => println!("books      not closed: the run did not end in order; all that is there is equal"),
    }
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
