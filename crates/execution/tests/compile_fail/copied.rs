//! One approval, one command: a command cannot be copied.

use autotrading_execution::OrderCommand;

fn twice(command: &OrderCommand) -> OrderCommand {
    Clone::clone(command)
}

fn main() {}
