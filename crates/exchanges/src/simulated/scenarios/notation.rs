//! The words of the scripts.

use autotrading_domain::{
    Amendment, Bar, BracketId, ClientOrderId, Event, Fill, InstrumentId, Liquidity, OrderIntent, OrderKind,
    Price, Purpose, Quantity, Rate, ReportKind, Side, Span, TimeInForce, Timestamp, Trigger, TriggerSource,
};
use autotrading_execution::Request;
use rust_decimal::Decimal;

use super::HOUR;

/// A request that owns what it says.
pub(super) enum Ask {
    Place(OrderIntent),
    Amend(Amendment),
    Cancel(ClientOrderId),
    Query(ClientOrderId),
}

impl Ask {
    pub(super) fn as_request(&self, instrument: InstrumentId) -> Request<'_> {
        match self {
            Self::Place(intent) => Request::Place(intent),
            Self::Amend(change) => Request::Amend { change, instrument },
            Self::Cancel(id) => Request::Cancel { id: *id, instrument },
            Self::Query(id) => Request::Query { id: *id, instrument },
        }
    }
}

/// `#1 buy 0.5 limit 99 gtx`, `amend #1 0.4 limit 98`, `cancel #1`, `query #1`.
pub(super) fn request(words: &[&str]) -> Ask {
    match words {
        ["cancel", id] => Ask::Cancel(order(id)),
        ["query", id] => Ask::Query(order(id)),
        ["amend", id, amount, terms @ ..] => {
            let kind = intent(Side::Buy, terms).kind;
            Ask::Amend(Amendment { id: order(id), quantity: quantity(amount), kind })
        }
        [id, side, amount, terms @ ..] => {
            let side = if *side == "buy" { Side::Buy } else { Side::Sell };
            Ask::Place(OrderIntent { id: order(id), quantity: quantity(amount), ..intent(side, terms) })
        }
        _ => panic!("no request: {words:?}"),
    }
}

fn intent(side: Side, terms: &[&str]) -> OrderIntent {
    let mut made = OrderIntent {
        id: ClientOrderId { run: 1, sequence: 0 },
        instrument: InstrumentId(0),
        strategy: None,
        side,
        quantity: Quantity::ZERO,
        kind: OrderKind::Market,
        time_in_force: TimeInForce::Gtc,
        reduce_only: false,
        bracket: None,
        purpose: Purpose::Target,
    };
    let mut rest = terms.iter().copied();
    while let Some(word) = rest.next() {
        let mut next = || rest.next().unwrap();
        match word {
            "market" => made.kind = OrderKind::Market,
            "limit" => made.kind = limited(made.kind, price(next())),
            "stop" => made.kind = OrderKind::StopMarket { trigger: trigger(next()) },
            "take" => made.kind = OrderKind::TakeProfitMarket { trigger: trigger(next()) },
            "trail" => {
                made.kind =
                    OrderKind::TrailingStop { activation: None, distance: Rate::new(decimal(next())) };
            }
            "from" => {
                let OrderKind::TrailingStop { activation, .. } = &mut made.kind else {
                    panic!("trail first")
                };
                *activation = Some(price(next()));
            }
            "ioc" => made.time_in_force = TimeInForce::Ioc,
            "fok" => made.time_in_force = TimeInForce::Fok,
            "gtx" => made.time_in_force = TimeInForce::Gtx,
            "gtd" => made.time_in_force = TimeInForce::Gtd(Timestamp::EPOCH.after(span(next()))),
            "reduce" => made.reduce_only = true,
            "last" => made.kind = by_last(made.kind),
            "bracket" => made.bracket = Some(BracketId(next().parse().unwrap())),
            _ => panic!("not a term: {word}"),
        }
    }
    made
}

/// The trigger just named is that of the last trade.
fn by_last(kind: OrderKind) -> OrderKind {
    let last = |trigger: Trigger| Trigger { source: TriggerSource::Last, ..trigger };
    match kind {
        OrderKind::StopMarket { trigger } => OrderKind::StopMarket { trigger: last(trigger) },
        OrderKind::TakeProfitMarket { trigger } => OrderKind::TakeProfitMarket { trigger: last(trigger) },
        other => other,
    }
}

fn limited(kind: OrderKind, price: Price) -> OrderKind {
    match kind {
        OrderKind::StopMarket { trigger } => OrderKind::StopLimit { trigger, price },
        OrderKind::TakeProfitMarket { trigger } => OrderKind::TakeProfitLimit { trigger, price },
        _ => OrderKind::Limit { price },
    }
}

/// `100 105 99 104 vol 10 for 8h synthetic`; volume 1000 and one hour unless it says otherwise.
pub(super) fn bar(words: &[&str], open_time: Timestamp) -> Bar {
    let number = |place: usize| words[place].parse::<f64>().unwrap();
    let mut bar = Bar {
        open_time,
        interval: HOUR,
        open: number(0),
        high: number(1),
        low: number(2),
        close: number(3),
        volume: 1_000.0,
        closed: true,
        synthetic: words.contains(&"synthetic"),
    };
    for pair in words.windows(2) {
        match pair {
            ["vol", amount] => bar.volume = amount.parse().unwrap(),
            ["for", length] => bar.interval = span(length),
            _ => {}
        }
    }
    bar
}

/// `30m`, `8h`, `5s`.
pub(super) fn span(text: &str) -> Span {
    let (count, unit) = text.split_at(text.len() - 1);
    let unit = match unit {
        "h" => Span::HOUR,
        "s" => Span::SECOND,
        _ => Span::MINUTE,
    };
    unit.times(count.parse().unwrap())
}

/// What an event says; nothing for `accepted`.
pub(super) fn told(event: &Event) -> Option<String> {
    match event {
        Event::Order(report) => {
            let name = format!("#{}", report.order.sequence);
            Some(match &report.kind {
                ReportKind::Accepted => return None,
                ReportKind::Filled(fill) => format!("{name} filled {}", trade(fill)),
                ReportKind::Triggered => format!("{name} triggered"),
                ReportKind::Rejected(reason) => format!("{name} rejected: {reason}"),
                ReportKind::Canceled(reason) => format!("{name} canceled: {reason}"),
                ReportKind::Expired(reason) => format!("{name} expired: {reason}"),
                ReportKind::CancelRefused(reason) => format!("{name} cancel refused: {reason}"),
                ReportKind::AmendRefused(reason) => format!("{name} amend refused: {reason}"),
                ReportKind::Amended { quantity, .. } => format!("{name} amended {quantity}"),
                ReportKind::TimedOut => format!("{name} timed out"),
                ReportKind::Working { filled } => format!("{name} working, filled {filled}"),
                ReportKind::Absent => format!("{name} absent"),
            })
        }
        Event::Fill(fill) => Some(format!("liquidated {} {}", fill.side, trade(fill))),
        Event::Funding(payment) => Some(format!("funding {}", payment.amount.get().normalize())),
        other => panic!("a venue does not say {other:?}"),
    }
}

fn trade(fill: &Fill) -> String {
    let liquidity = if fill.liquidity == Liquidity::Maker { "maker" } else { "taker" };
    let fee = fill.fee.get().normalize();
    let fee = if fee.is_zero() { String::new() } else { format!(" fee {fee}") };
    format!("{} @ {} {liquidity}{fee}", fill.quantity.get().normalize(), fill.price.get().normalize())
}

fn order(name: &str) -> ClientOrderId {
    ClientOrderId { run: 1, sequence: name.trim_start_matches('#').parse().unwrap() }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn quantity(text: &str) -> Quantity {
    Quantity::new(decimal(text)).unwrap()
}

fn price(text: &str) -> Price {
    Price::new(decimal(text)).unwrap()
}

fn trigger(text: &str) -> Trigger {
    Trigger { price: price(text), source: TriggerSource::Mark }
}
