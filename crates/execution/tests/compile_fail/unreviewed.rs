//! The desk takes no order that the risk gate has not seen.

use autotrading_domain::{OrderIntent, Timestamp};
use autotrading_execution::{OrderCommand, OrderDesk};

fn place(desk: &mut OrderDesk, intent: OrderIntent) -> OrderCommand {
    desk.place(intent, Timestamp::EPOCH).unwrap()
}

fn main() {}
