//! The page of a study of regimes, its figures as JSON and its series as a table.

mod tables;
mod writing;

use autotrading_backtest::RegimeStory;
use serde_json::{Value, json};

use crate::charts::{Figure, regimes::figures};
use crate::markup::{escape, island, section};
use crate::number::{count, day, percent};
use crate::page::{SCRIPT, head, library};

pub use writing::{WrittenRegimes, write_regimes};

const MENU: [(&str, &str); 4] = [
    ("market", "Price by regime"),
    ("figures", "Time and returns"),
    ("volatility-part", "Volatility"),
    ("hindsight-part", "Hindsight"),
];

/// The page as text: one HTML document with its style, its script, the library that draws, and its data. `data` is what
/// the bars are called.
pub fn regimes_html(story: &RegimeStory, data: &str) -> String {
    let charts = figures(story);
    let drawn = charts.iter().filter(|figure| !figure.is_empty()).map(Figure::for_script);
    let island = island(&json!({ "figures": drawn.collect::<Vec<Value>>(), "tables": [] }));
    let [price, probabilities, volatility, hindsight] = &charts;
    let parts = [
        section(
            "market",
            "Price by regime",
            "What the detector said at each bar. Drag to zoom: the charts over time follow; double-click to see all.",
            &(price.html() + &probabilities.html()),
        ),
        section(
            "figures",
            "Time and returns",
            "Returns are those of the bar after the label, held without any cost.",
            &(tables::labels(story) + &tables::transitions(story)),
        ),
        section(
            "volatility-part",
            "Volatility",
            "A forecast is worth what the bars after it say.",
            &(volatility.html() + &tables::volatility(story) + &tables::detector(story)),
        ),
        section(
            "hindsight-part",
            "Research only: this knows the future",
            "Why no decision may see a smoothed probability.",
            &(hindsight.html() + &tables::hindsight(story)),
        ),
    ];
    [
        head(&format!("{data}: regimes")),
        header(story, data),
        "<main>".to_owned(),
        parts.concat(),
        "</main>".to_owned(),
        "<footer><p>Times are UTC. A regime is an opinion about the past, not a promise.</p></footer>\n"
            .to_owned(),
        library(),
        format!("<script type=\"application/json\" id=\"data\">{island}</script>\n"),
        format!("<script>\n{SCRIPT}</script>\n</body>\n</html>\n"),
    ]
    .concat()
}

fn header(story: &RegimeStory, data: &str) -> String {
    let fact = |name: &str, text: &str| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(text));
    let shares: String =
        story.labels.iter().map(|row| fact(tables::titled(row.label), &percent(row.share))).collect();
    let menu: String =
        MENU.iter().map(|(id, name)| format!("<a href=\"#{id}\">{}</a>", escape(name))).collect();
    format!(
        "<header><div class=\"bar\"><div class=\"name\"><h1>{}</h1><p>{} to {}, {} bars of {}</p></div>\
         <dl class=\"brief\">{shares}</dl></div><nav aria-label=\"Parts of the page\">{menu}</nav></header>\n",
        escape(data),
        day(story.from),
        day(story.to),
        count(story.bars as u64),
        story.interval
    )
}
