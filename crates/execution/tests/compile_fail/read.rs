//! A command cannot be read from bytes, nor made from its record in a journal.

use autotrading_execution::{CommandRecord, OrderCommand};

fn from_bytes(text: &str) -> OrderCommand {
    serde_json::from_str(text).unwrap()
}

fn from_record(record: CommandRecord) -> OrderCommand {
    record.into()
}

fn main() {}
