//! What a reader sees first: the header that stays, the main figures, what was run and what is not modelled.

use autotrading_backtest::Report;

use crate::markup::{card, escape};
use crate::number::{count, day, minute, or_dash, percent, plain, signed_percent};
use crate::table::Tone;

const MENU: [(&str, &str); 11] = [
    ("run", "The run"),
    ("market", "Price and equity"),
    ("limits", "Limits"),
    ("returns", "Returns"),
    ("groups", "Taken apart"),
    ("outlook", "Outlook"),
    ("decisions", "Decisions"),
    ("costs", "Costs"),
    ("regimes", "Regimes"),
    ("strategies", "Strategies"),
    ("trades", "Trades"),
];

pub(super) fn header(report: &Report) -> String {
    let run = &report.run;
    let performance = &report.performance;
    let fact = |name: &str, text: String, tone: Tone| {
        format!("<div><dt>{name}</dt><dd class=\"{}\">{}</dd></div>", tone.class(), escape(&text))
    };
    let facts = [
        fact("Return", signed_percent(performance.total_return), Tone::of(performance.total_return)),
        fact("Sharpe", or_dash(performance.sharpe, |v| plain(v, 2)), Tone::Plain),
        fact("Max drawdown", percent(performance.max_drawdown), Tone::Plain),
        fact("Equity", plain(report.summary.final_equity.to_f64(), 0), Tone::Plain),
    ]
    .concat();
    let menu: String =
        MENU.iter().map(|(id, name)| format!("<a href=\"#{id}\">{}</a>", escape(name))).collect();
    format!(
        "<header><div class=\"bar\"><div class=\"name\"><h1>{}</h1><p>{} to {}, bars of {}</p></div>\
         <dl class=\"brief\">{facts}</dl></div><nav aria-label=\"Parts of the report\">{menu}</nav></header>\n",
        escape(&run.instrument),
        day(run.from),
        day(run.to),
        run.interval
    )
}

struct Tile {
    name: &'static str,
    value: String,
    tone: Tone,
    note: String,
}

pub(super) fn tiles(report: &Report) -> String {
    let (own, held, trading) = (&report.performance, &report.benchmark.performance, &report.trading);
    let ratio = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    let tiles = [
        Tile {
            name: "Total return",
            value: signed_percent(own.total_return),
            tone: Tone::of(own.total_return),
            note: format!(
                "{} a year; holding {}",
                or_dash(own.annual_return, signed_percent),
                signed_percent(held.total_return)
            ),
        },
        Tile {
            name: "Final equity",
            value: plain(report.summary.final_equity.to_f64(), 2),
            tone: Tone::Plain,
            note: format!("from {}", plain(report.run.start_cash.to_f64(), 2)),
        },
        Tile {
            name: "Sharpe ratio",
            value: ratio(own.sharpe),
            tone: Tone::Plain,
            note: format!("± {}; holding {}", ratio(own.sharpe_standard_error), ratio(held.sharpe)),
        },
        Tile {
            name: "Largest drawdown",
            value: percent(own.max_drawdown),
            tone: Tone::Plain,
            note: format!(
                "longest {} days; holding {}",
                plain(own.longest_drawdown_days, 0),
                percent(held.max_drawdown)
            ),
        },
        Tile {
            name: "Volatility a year",
            value: or_dash(own.annual_volatility, percent),
            tone: Tone::Plain,
            note: format!("holding {}", or_dash(held.annual_volatility, percent)),
        },
        Tile {
            name: "Round trips",
            value: count(report.summary.closed_trades),
            tone: Tone::Plain,
            note: format!(
                "{} won; profit factor {}",
                or_dash(trading.win_rate, percent),
                ratio(trading.profit_factor)
            ),
        },
        Tile {
            name: "Time in the market",
            value: percent(trading.time_in_market),
            tone: Tone::Plain,
            note: format!(
                "leverage {} × mean, {} × peak",
                plain(trading.average_leverage, 2),
                plain(trading.peak_leverage, 2)
            ),
        },
        Tile {
            name: "Orders",
            value: count(trading.orders),
            tone: Tone::Plain,
            note: format!("{} refused, {} liquidations", count(trading.refused), count(trading.liquidations)),
        },
    ];
    let tile = |tile: &Tile| {
        format!(
            "<div class=\"tile\"><dt>{}</dt><dd class=\"{}\">{}</dd><dd class=\"note\">{}</dd></div>",
            escape(tile.name),
            tile.tone.class(),
            escape(&tile.value),
            escape(&tile.note)
        )
    };
    format!("<dl class=\"tiles\">{}</dl>", tiles.iter().map(tile).collect::<String>())
}

/// What was run, and what is not modelled.
pub(super) fn facts(report: &Report) -> String {
    let run = &report.run;
    let rows = [
        ("Strategies", run.strategies.join(", "), true),
        ("Data", run.data.clone(), true),
        ("Instrument", run.instrument.clone(), false),
        ("From (UTC)", minute(run.from), false),
        ("To (UTC)", minute(run.to), false),
        ("Bars", format!("{} of {}", count(run.bars), run.interval), false),
        ("Cash at the start", plain(run.start_cash.to_f64(), 2), false),
        ("Seed, program", format!("{}, autotrading {}", run.seed, run.code_version), false),
    ];
    let row = |(name, text, long): &(&str, String, bool)| {
        let class = if *long { " class=\"long\"" } else { "" };
        format!("<div{class}><dt>{name}</dt><dd>{}</dd></div>", escape(text))
    };
    let rows: String = rows.iter().map(row).collect();
    let mark = |good: bool, yes: &str, no: &str| {
        let (class, text) = if good { ("badge good", yes) } else { ("badge bad", no) };
        format!("<span class=\"{class}\">{}</span>", escape(text))
    };
    let marks = mark(run.complete, "Replayed to the end of the data", "Stopped before the end of the data")
        + &mark(
            run.venue_agrees,
            "Venue and books agree to the last digit",
            "Venue and books do not agree: do not trust these figures",
        );
    let notes: String = report.notes.iter().map(|note| format!("<li>{}</li>", escape(note))).collect();
    let notes = if notes.is_empty() {
        "<p class=\"none\">Nothing is noted.</p>".to_owned()
    } else {
        format!("<ul>{notes}</ul>")
    };
    format!(
        "<section id=\"run\" aria-label=\"The run\"><div class=\"grid\">{}{}</div></section>",
        card("", "What was run", &format!("<p class=\"badges\">{marks}</p><dl class=\"facts\">{rows}</dl>")),
        card("notes", "What is modelled, and what is not", &notes)
    )
}

/// What a run is recognised by.
pub(super) fn footer(report: &Report) -> String {
    format!(
        "<footer><p>Digest of the run <code>{}</code></p><p>Data <code>{}</code></p>\
         <p>A backtest tells what would have happened, not what will.</p></footer>\n",
        escape(&report.summary.digest),
        escape(&report.run.data_digest)
    )
}
