//! Nobody but the desk makes a command out of an order, or changes one.

use autotrading_domain::{OrderIntent, Timestamp};
use autotrading_execution::OrderCommand;

fn by_maker(intent: OrderIntent) -> OrderCommand {
    OrderCommand::place(intent, Timestamp::EPOCH)
}

fn from_intent(intent: OrderIntent) -> OrderCommand {
    intent.into()
}

fn later(command: &mut OrderCommand) {
    command.at = Timestamp::MAX;
}

fn main() {}
