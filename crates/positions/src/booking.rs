//! What a fill does to a position: pure arithmetic, everything checked before anything changes.

use autotrading_domain::{Direction, Fill, Money, Quantity};

use crate::{FillBooked, LedgerError, Position, RoundTrip, precise};

/// A fill split at zero: what it closes of the old position and what it opens of the new one.
#[derive(Clone, Copy, Debug)]
struct Split {
    closed: Quantity,
    opened: Quantity,
    released_cost: Money,
    added_cost: Money,
    exit_value: Money,
    realized: Money,
    fee: Money,
    fee_of_close: Money,
    fee_of_open: Money,
}

/// Books a fill: the effects and the position afterwards. The fee counts to the books when `fee_settles` says that it is
/// in settlement currency; in another currency it is only told.
pub(crate) fn book(
    position: &Position,
    fill: &Fill,
    leg: Option<Direction>,
    fee_settles: bool,
) -> Result<(FillBooked, Position), LedgerError> {
    let split = split(position, fill, fee_settles)?;
    let (mut after, mut closed_trade, mut began) = (position.clone(), None, false);
    if !split.closed.is_zero() {
        closed_trade = close(&mut after, fill, &split)?;
    }
    if !split.opened.is_zero() {
        began = open(&mut after, fill, &split)?;
    }
    let settled_fee = precise::sum(split.fee_of_close, split.fee_of_open)?;
    after.fees = precise::sum(after.fees, settled_fee)?;
    after.realized = precise::sum(after.realized, split.realized)?;
    let booked = FillBooked {
        fill: *fill,
        leg,
        before: position.signed(),
        after: after.signed(),
        closed: split.closed,
        opened: split.opened,
        released_cost: split.released_cost,
        added_cost: split.added_cost,
        realized: split.realized,
        fee: split.fee,
        fee_of_close: split.fee_of_close,
        fee_of_open: split.fee_of_open,
        open_cost: after.open_cost,
        began,
        closed_trade,
        inferred: false,
        replaced: Quantity::ZERO,
        retold: Vec::new(),
    };
    Ok((booked, after))
}

fn split(position: &Position, fill: &Fill, fee_settles: bool) -> Result<Split, LedgerError> {
    let against = !position.is_flat() && position.direction.opening_side() == Some(fill.side.opposite());
    let closed = if against { fill.quantity.min(position.quantity) } else { Quantity::ZERO };
    let opened = fill.quantity.less(closed);
    let released_cost = if closed.is_zero() {
        Money::ZERO
    } else {
        precise::share(position.open_cost, closed, position.quantity)?
    };
    let exit_value = precise::cost(fill.price, closed)?;
    let realized = match position.direction {
        Direction::Long => precise::difference(exit_value, released_cost)?,
        Direction::Short => precise::difference(released_cost, exit_value)?,
        Direction::Flat => Money::ZERO,
    }
    .booked();
    let fee = fill.fee.booked();
    let settled = if fee_settles { fee } else { Money::ZERO };
    // One amount for the fill: the closed part carries its rounded share, the opened part the exact rest.
    let fee_of_close =
        if closed.is_zero() { Money::ZERO } else { precise::share(settled, closed, fill.quantity)? };
    Ok(Split {
        closed,
        opened,
        released_cost,
        added_cost: precise::cost(fill.price, opened)?,
        exit_value,
        realized,
        fee,
        fee_of_close,
        fee_of_open: precise::difference(settled, fee_of_close)?,
    })
}

/// Takes the closed part off; the record of the round trip when nothing is left.
fn close(
    position: &mut Position,
    fill: &Fill,
    split: &Split,
) -> Result<Option<crate::ClosedTrade>, LedgerError> {
    position.quantity = position.quantity.minus(split.closed)?;
    position.open_cost = precise::difference(position.open_cost, split.released_cost)?;
    position.trip = position
        .trip
        .map(|trip| trip.reduced(split.closed, split.exit_value, split.realized, split.fee_of_close))
        .transpose()?;
    if !position.quantity.is_zero() {
        return Ok(None);
    }
    position.direction = Direction::Flat;
    position.quantity = Quantity::ZERO;
    position.open_cost = Money::ZERO;
    let trip = position.trip.take();
    trip.map(|trip| trip.ended(position.instrument, fill.at, fill.cause)).transpose()
}

/// Adds the opened part; whether a round trip began with it.
fn open(position: &mut Position, fill: &Fill, split: &Split) -> Result<bool, LedgerError> {
    let began = position.is_flat();
    if began {
        position.direction = Direction::built_by(fill.side);
    }
    position.quantity = precise::quantity_sum(position.quantity, split.opened)?;
    position.open_cost = precise::sum(position.open_cost, split.added_cost)?;
    let trip = position.trip.unwrap_or_else(|| RoundTrip::begin(position.direction, fill.at));
    position.trip = Some(trip.added(split.opened, split.added_cost, split.fee_of_open, position.quantity)?);
    Ok(began)
}
