//! The page of one run of many markets, and its tables.

use std::fmt::Write as _;

use autotrading_backtest::{
    InstrumentFigures, PortfolioFill, PortfolioReport, PortfolioSeries, PortfolioTrade, drawdowns,
};
use serde_json::json;

use super::chart::over_time;
use super::frame::{Part, Study};
use crate::charts::line::line;
use crate::markup::card;
use crate::number::{count, day, grouped, minute, or_dash, percent, plain, signed, signed_percent};
use crate::table::{Cell, Set, Table, Tone};

/// One colour for each instrument, over and over.
const COLOURS: [&str; 6] = ["@own", "@sell", "@green", "@purple", "@sky", "@price"];
/// More rows than this are left to the files.
const MOST_ROWS: usize = 20_000;

/// The page as text.
pub fn markets_html(
    report: &PortfolioReport,
    series: &PortfolioSeries,
    trades: &[PortfolioTrade],
    fills: &[PortfolioFill],
) -> String {
    let (own, held) = (&report.performance, &report.benchmark.performance);
    let ratio = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    let symbols: Vec<&str> = report.instruments.iter().map(|row| row.symbol.as_str()).collect();
    let equity = report.summary.final_equity.to_f64();
    Study {
        title: format!("{} on one account", symbols.join(", ")),
        about: format!("{}, {} to {}", report.data, day(report.from), day(report.to)),
        brief: vec![
            ("Return", signed_percent(own.total_return), Tone::of(own.total_return)),
            ("Sharpe", ratio(report.summary.sharpe), Tone::Plain),
            ("Max drawdown", percent(report.summary.max_drawdown), Tone::Plain),
        ],
        verdict: (!report.complete)
            .then(|| (false, "interrupted: the data were not replayed to their end".to_owned())),
        tiles: vec![
            (
                "Equity",
                plain(equity, 2),
                Tone::of(equity - report.start_cash.to_f64()),
                format!("{} at the start", plain(report.start_cash.to_f64(), 2)),
            ),
            (
                "Return a year",
                or_dash(own.annual_return, signed_percent),
                Tone::of(own.annual_return.unwrap_or(0.0)),
                format!("just holding {}", or_dash(held.annual_return, signed_percent)),
            ),
            (
                "Fees and funding",
                plain(report.summary.fees.to_f64(), 2),
                Tone::Plain,
                format!("funding received {}", signed(report.summary.funding.to_f64(), 2)),
            ),
            (
                "Venue and books",
                if report.venue_agrees { "agree".to_owned() } else { "DISAGREE".to_owned() },
                if report.venue_agrees { Tone::Plain } else { Tone::Loss },
                format!("{} fills, to the last digit", count(report.summary.fills)),
            ),
        ],
        parts: vec![growth(report, series), instruments(report, series), lists(trades, fills)],
        footer: report.notes.join(" "),
    }
    .html()
}

fn growth(report: &PortfolioReport, series: &PortfolioSeries) -> Part {
    let start = report.start_cash.to_f64();
    let held: Vec<f64> = series.held.iter().map(|level| level * start).collect();
    let falls: Vec<f64> = drawdowns(&series.equity).map(|depth| -depth.abs()).collect();
    let style = |colour: &str, dash: &str, hover: &str| {
        json!({ "line": { "color": colour, "width": 1.5, "dash": dash },
                "hovertemplate": format!("%{{y:{hover}}}<extra>%{{fullData.name}}</extra>") })
    };
    let equity = vec![
        line("Equity", &series.time, &series.equity, style("@own", "solid", ",.2f")),
        line("Just holding", &series.time, &held, style("@held", "dot", ",.2f")),
    ];
    let under = vec![line("Drawdown", &series.time, &falls, style("@loss", "solid", ".2%"))];
    let about =
        "After all costs. Dotted: equal shares of the start in all instruments, bought once, at no cost.";
    Part {
        id: "growth",
        title: "Equity",
        lead: "What became of the account.",
        figures: vec![
            over_time(("equity", "Equity", about), ("Settlement currency", ",.0f"), 360, equity),
            over_time(
                ("drawdown", "Drawdown", "How far below its own highest point the account stood."),
                ("Below the high", ".2~%"),
                360,
                under,
            ),
        ],
        cards: String::new(),
        lists: Vec::new(),
    }
}

fn instruments(report: &PortfolioReport, series: &PortfolioSeries) -> Part {
    let trace = |(place, (row, weights)): (usize, (&InstrumentFigures, &Vec<f64>))| {
        let colour = COLOURS.get(place % COLOURS.len()).copied().unwrap_or("@own");
        let more = json!({ "line": { "color": colour, "width": 1.2, "shape": "hv" },
                           "hovertemplate": "%{y:.1%}<extra>%{fullData.name}</extra>" });
        line(&row.symbol, &series.time, weights, more)
    };
    let traces = report.instruments.iter().zip(&series.weights).enumerate().map(trace).collect();
    let row = |row: &InstrumentFigures| {
        let net = row.net.to_f64();
        vec![
            row.symbol.as_str().into(),
            count(row.bars).into(),
            row.interval.to_string().into(),
            count(row.orders).into(),
            count(row.refused).into(),
            count(row.fills).into(),
            count(row.closed_trades).into(),
            or_dash(row.win_rate, percent).into(),
            count(row.liquidations).into(),
            signed(row.realized.to_f64(), 2).into(),
            plain(row.fees.to_f64(), 2).into(),
            signed(row.funding.to_f64(), 2).into(),
            Cell { text: signed(net, 2), tone: Tone::of(net), heat: None },
            grouped(&row.held.to_string()).into(),
            percent(row.time_in_market).into(),
        ]
    };
    let columns = ["Bars", "Of", "Orders", "Refused", "Fills", "Trades", "Won", "Liquidated"];
    let money = ["Realized", "Fees", "Funding", "Net", "Held", "In market"];
    let numbers = columns.into_iter().chain(money).map(|name| (name, Set::Numbers));
    let table = Table {
        id: "instruments",
        caption: "Realized less fees plus funding is net: what each instrument did to the wallet.".to_owned(),
        columns: std::iter::once(("Instrument", Set::Words)).chain(numbers).collect(),
        rows: report.instruments.iter().map(row).collect(),
    };
    Part {
        id: "instruments-part",
        title: "Instruments",
        lead: "Who brought what.",
        figures: vec![over_time(
            ("weights", "Weights", "Signed notional over equity; what is missing to one is cash."),
            ("Weight", ".0%"),
            360,
            traces,
        )],
        cards: card("wide", "Side by side", &table.html()),
        lists: Vec::new(),
    }
}

fn lists(trades: &[PortfolioTrade], fills: &[PortfolioFill]) -> Part {
    let trade = |entry: &PortfolioTrade| {
        let (row, net) = (&entry.trade, entry.trade.net.to_f64());
        vec![
            entry.symbol.as_str().into(),
            row.direction.to_string().into(),
            minute(row.opened_at).into(),
            minute(row.closed_at).into(),
            grouped(&row.quantity.to_string()).into(),
            grouped(&row.entry.to_string()).into(),
            grouped(&row.exit.to_string()).into(),
            plain(row.fees.to_f64(), 2).into(),
            signed(row.funding.to_f64(), 2).into(),
            Cell { text: signed(net, 2), tone: Tone::of(net), heat: None },
        ]
    };
    let fill = |entry: &PortfolioFill| {
        let row = &entry.fill;
        vec![
            entry.symbol.as_str().into(),
            minute(row.at).into(),
            row.order.map_or_else(|| "venue".to_owned(), |id| id.to_string()).into(),
            row.side.to_string().into(),
            grouped(&row.quantity.to_string()).into(),
            grouped(&row.price.to_string()).into(),
            row.fee.to_string().into(),
            row.reason.as_str().into(),
        ]
    };
    let round_trips = Table {
        id: "trade-list",
        caption: format!("{} round trips; all of them are in trades.csv.", count(trades.len() as u64)),
        columns: vec![
            ("Instrument", Set::Words),
            ("Side", Set::Words),
            ("Opened", Set::Words),
            ("Closed", Set::Words),
            ("Quantity", Set::Numbers),
            ("Entry", Set::Numbers),
            ("Exit", Set::Numbers),
            ("Fees", Set::Numbers),
            ("Funding", Set::Numbers),
            ("Net", Set::Numbers),
        ],
        rows: trades.iter().take(MOST_ROWS).map(trade).collect(),
    };
    let executions = Table {
        id: "fill-list",
        caption: format!("{} fills; all of them are in fills.csv.", count(fills.len() as u64)),
        columns: vec![
            ("Instrument", Set::Words),
            ("Time", Set::Words),
            ("Order", Set::Words),
            ("Side", Set::Words),
            ("Quantity", Set::Numbers),
            ("Price", Set::Numbers),
            ("Fee", Set::Numbers),
            ("Why", Set::Words),
        ],
        rows: fills.iter().take(MOST_ROWS).map(fill).collect(),
    };
    Part {
        id: "lists",
        title: "Trades and fills",
        lead: "Every round trip, and every fill with what in the market brought it about.",
        figures: Vec::new(),
        cards: String::new(),
        lists: vec![("Round trips", round_trips), ("Fills", executions)],
    }
}

/// Header of [`market_trades_csv`].
pub const MARKET_TRADES_HEADER: &str =
    "symbol,number,direction,opened_at,closed_at,quantity,entry,exit,realized,fees,funding,net\n";

/// `trades.csv`: one line a round trip, every digit kept.
pub fn market_trades_csv(trades: &[PortfolioTrade]) -> String {
    trades.iter().fold(MARKET_TRADES_HEADER.to_owned(), |out, trade| out + &market_trade_line(trade))
}

/// One line of [`market_trades_csv`]: for a run that keeps no trades but tells them as they end.
pub fn market_trade_line(trade: &PortfolioTrade) -> String {
    let row = &trade.trade;
    format!(
        "{},{},{},{},{},{},{},{},{},{},{},{}\n",
        trade.symbol,
        row.number,
        row.direction,
        row.opened_at,
        row.closed_at,
        row.quantity,
        row.entry,
        row.exit,
        row.realized,
        row.fees,
        row.funding,
        row.net
    )
}

/// `fills.csv`: one line a fill, with what brought it about.
pub fn market_fills_csv(fills: &[PortfolioFill]) -> String {
    let mut out = String::from("symbol,time,trade,order,side,quantity,price,fee,reason\n");
    for entry in fills {
        let fill = &entry.fill;
        let order = fill.order.map_or_else(String::new, |id| id.to_string());
        let _ = writeln!(
            out,
            "{},{},{},{order},{},{},{},{},{}",
            entry.symbol, fill.at, fill.trade.0, fill.side, fill.quantity, fill.price, fill.fee, fill.reason
        );
    }
    out
}

/// `equity.csv`: one line a moment: equity, what holding would have become of one, and the weight of each instrument.
pub fn market_equity_csv(report: &PortfolioReport, series: &PortfolioSeries) -> String {
    let mut out = String::from("time,equity,holding");
    let kept = report.instruments.iter().zip(&series.weights);
    kept.clone().for_each(|(row, _)| out.push_str(&format!(",weight_{}", row.symbol)));
    out.push('\n');
    let at = |column: &[f64], place: usize| {
        column.get(place).filter(|value| value.is_finite()).map_or_else(String::new, f64::to_string)
    };
    for (place, time) in series.time.iter().enumerate() {
        let _ = write!(out, "{time},{},{}", at(&series.equity, place), at(&series.held, place));
        kept.clone().for_each(|(_, weights)| out.push_str(&format!(",{}", at(weights, place))));
        out.push('\n');
    }
    out
}
