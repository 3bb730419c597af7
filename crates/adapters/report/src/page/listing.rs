//! The long lists: every round trip, every decision that asked for an order.

use autotrading_backtest::{OrderStory, TradeRow};
use autotrading_domain::{Money, Span};
use serde_json::Value;

use crate::markup::card;
use crate::number::{DASH, count, grouped, minute, or_dash, percent, plain, signed};
use crate::table::{Cell, Set, Table, Tone};
use crate::word::{apart, regime};

/// More rows than this are left to the files.
const MOST_ROWS: usize = 30_000;

/// A table whose rows are shown as they are scrolled to.
#[derive(Debug)]
pub(super) struct List(Table);

impl List {
    pub(super) fn card(&self, title: &str) -> String {
        card("wide", title, &self.0.frame())
    }

    pub(super) fn rows_for_script(&self) -> Value {
        self.0.rows_for_script()
    }
}

pub(super) fn trades(trades: &[TradeRow]) -> List {
    let money = |money: Money| Cell::from(signed(money.to_f64(), 2));
    let paid = |paid: Option<Money>| Cell::from(or_dash(paid.map(|paid| paid.to_f64()), |v| plain(v, 2)));
    let row = |trade: &TradeRow| {
        let net = trade.net.to_f64();
        vec![
            trade.number.to_string().into(),
            trade.direction.to_string().into(),
            minute(trade.opened_at).into(),
            minute(trade.closed_at).into(),
            plain(trade.closed_at.since(trade.opened_at).in_units_of(Span::HOUR), 1).into(),
            grouped(&trade.quantity.to_string()).into(),
            price(&trade.entry.to_string()).into(),
            price(&trade.exit.to_string()).into(),
            money(trade.realized),
            plain(trade.fees.to_f64(), 2).into(),
            money(trade.funding),
            paid(trade.spread),
            paid(trade.impact),
            or_dash(trade.excursion.map(|seen| seen.adverse), percent).into(),
            or_dash(trade.excursion.map(|seen| seen.favourable), percent).into(),
            trade.regime.map_or(DASH, regime).into(),
            trade.strategy.as_deref().unwrap_or(DASH).into(),
            Cell { text: signed(net, 2), tone: Tone::of(net), heat: None },
        ]
    };
    List(Table {
        id: "trade-list",
        caption: format!(
            "Every round trip; spread and impact are in the prices already, against and for are the furthest that the price went{}",
            cut(trades.len(), "every one is in trades.csv")
        ),
        columns: vec![
            ("No.", Set::Numbers),
            ("Side", Set::Words),
            ("Opened", Set::Words),
            ("Closed", Set::Words),
            ("Hours", Set::Numbers),
            ("Quantity", Set::Numbers),
            ("Entry", Set::Numbers),
            ("Exit", Set::Numbers),
            ("Realized", Set::Numbers),
            ("Fees", Set::Numbers),
            ("Funding", Set::Numbers),
            ("Spread", Set::Numbers),
            ("Impact", Set::Numbers),
            ("Against", Set::Numbers),
            ("For", Set::Numbers),
            ("Regime", Set::Words),
            ("Strategy", Set::Words),
            ("Net", Set::Numbers),
        ],
        rows: trades.iter().take(MOST_ROWS).map(row).collect(),
    })
}

pub(super) fn orders(orders: &[OrderStory]) -> List {
    let row = |order: &OrderStory| {
        vec![
            minute(order.at).into(),
            order.order.map_or_else(|| DASH.to_owned(), |id| id.to_string()).into(),
            order.direction.to_string().into(),
            grouped(&order.quantity.to_string()).into(),
            apart(&order.bound).into(),
            order.outcome.as_str().into(),
        ]
    };
    List(Table {
        id: "order-list",
        caption: format!(
            "Every decision that asked for an order, with what bound its size{}",
            cut(orders.len(), "every one is in the journal")
        ),
        columns: vec![
            ("Time (UTC)", Set::Words),
            ("Order", Set::Words),
            ("Side", Set::Words),
            ("Quantity", Set::Numbers),
            ("Bound by", Set::Words),
            ("What became of it", Set::Words),
        ],
        rows: orders.iter().take(MOST_ROWS).map(row).collect(),
    })
}

fn cut(rows: usize, rest: &str) -> String {
    if rows <= MOST_ROWS {
        ".".to_owned()
    } else {
        format!(": the first {} of {}; {rest}.", count(MOST_ROWS as u64), count(rows as u64))
    }
}

/// A price with at most four decimals: an average may have eight.
fn price(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.len() > 4 => {
            let value: f64 = text.parse().unwrap_or(f64::NAN);
            let small = whole.trim_start_matches('-') == "0";
            plain(value, if small { 8 } else { 2 })
        }
        _ => grouped(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_price_is_rounded_and_a_small_one_is_not_lost() {
        assert_eq!(price("6543.21987654"), "6,543.22");
        assert_eq!(price("0.00001234"), "0.00001234");
        assert_eq!(price("27123.4"), "27,123.4");
    }

    #[test]
    fn a_list_that_is_cut_says_so() {
        assert_eq!(cut(5, "x"), ".");
        assert_eq!(
            cut(30_001, "every one is in trades.csv"),
            ": the first 30,000 of 30,001; every one is in trades.csv."
        );
    }
}
