//! The page that compares ways of sharing capital.

use autotrading_backtest::{
    BreakdownFigures, ComparisonReport, ComparisonSeries, CorrelationFigures, MethodFigures, MethodSeries,
    drawdowns,
};
use autotrading_domain::Timestamp;
use serde_json::{Value, json};

use super::chart::over_time;
use super::frame::{Part, Study};
use crate::charts::Figure;
use crate::charts::line::{axis, drawn, layout, line, named, time_axis, value_axis};
use crate::markup::card;
use crate::number::{count, day, or_dash, percent, plain, signed_percent};
use crate::table::{Cell, Set, Table, Tone};

/// One colour for each method, and one for each instrument.
const COLOURS: [&str; 6] = ["@own", "@sell", "@green", "@purple", "@sky", "@price"];
/// Places in the page for the weights of each method.
const PLACES: [&str; 6] = ["weights-1", "weights-2", "weights-3", "weights-4", "weights-5", "weights-6"];

/// The page as text.
pub fn portfolio_html(report: &ComparisonReport, series: &ComparisonSeries) -> String {
    let by = |figure: fn(&MethodFigures) -> f64| {
        report.methods.iter().max_by(|a, b| figure(a).total_cmp(&figure(b)))
    };
    let best = by(|m| m.performance.sharpe.unwrap_or(f64::NEG_INFINITY));
    let calmest = by(|m| -m.performance.annual_volatility.unwrap_or(f64::INFINITY));
    let name =
        |found: Option<&MethodFigures>| found.map_or_else(|| "–".to_owned(), |m| m.method.title().to_owned());
    let agree = report.methods.iter().all(|m| m.venue_agrees);
    let ratio = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    let held = &report.held;
    Study {
        title: format!("How to share capital among {}", report.symbols.join(", ")),
        about: format!("{}, {} to {}", report.data, day(report.from), day(report.to)),
        brief: vec![
            ("Best Sharpe", name(best), Tone::Plain),
            ("Calmest", name(calmest), Tone::Plain),
            ("Just holding", signed_percent(held.total_return), Tone::of(held.total_return)),
        ],
        verdict: None,
        tiles: vec![
            (
                "Best Sharpe ratio",
                ratio(best.and_then(|m| m.performance.sharpe)),
                Tone::Plain,
                format!("{}; just holding {}", name(best), ratio(held.sharpe)),
            ),
            (
                "Lowest volatility",
                or_dash(calmest.and_then(|m| m.performance.annual_volatility), percent),
                Tone::Plain,
                format!("{}; just holding {}", name(calmest), or_dash(held.annual_volatility, percent)),
            ),
            (
                "Methods",
                count(report.methods.len() as u64),
                Tone::Plain,
                format!("each with {} at the start", report.start_cash),
            ),
            (
                "Venue and books",
                if agree { "agree".to_owned() } else { "DISAGREE".to_owned() },
                if agree { Tone::Plain } else { Tone::Loss },
                "to the last digit, in every run".to_owned(),
            ),
        ],
        parts: vec![equity(report, series), weights(report, series), risk(report), together(report, series)],
        footer: report.notes.join(" "),
    }
    .html()
}

/// `portfolio.csv`: one line a method, every digit kept, undefined an empty field.
pub fn portfolio_csv(report: &ComparisonReport) -> String {
    let mut out = String::from(
        "method,final_equity,total_return,annual_return,annual_volatility,sharpe,max_drawdown,calmar,turnover_a_year,fees,orders,fills",
    );
    for what in ["mean_weight", "last_weight", "risk"] {
        report.symbols.iter().for_each(|symbol| out.push_str(&format!(",{what}_{symbol}")));
    }
    out.push('\n');
    let field =
        |value: Option<f64>| value.filter(|v| v.is_finite()).map_or_else(String::new, |v| v.to_string());
    for row in &report.methods {
        let (figures, summary) = (&row.performance, &row.summary);
        let mut cells = vec![
            row.method.name().to_owned(),
            summary.final_equity.to_string(),
            field(Some(figures.total_return)),
            field(figures.annual_return),
            field(figures.annual_volatility),
            field(figures.sharpe),
            field(Some(figures.max_drawdown)),
            field(figures.calmar),
            field(Some(row.turnover_a_year)),
            summary.fees.to_string(),
            row.orders.to_string(),
            summary.fills.to_string(),
        ];
        cells.extend(row.mean_weights.iter().chain(&row.last_weights).map(|w| field(Some(*w))));
        let parts = row.contributions.as_ref();
        cells.extend((0..report.symbols.len()).map(|place| field(parts.and_then(|p| p.get(place)).copied())));
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

/// `portfolio-weights.csv`: one line a moment and method: equity and the weight of each instrument.
pub fn portfolio_weights_csv(report: &ComparisonReport, series: &ComparisonSeries) -> String {
    let mut out = format!("time,method,equity,{}\n", report.symbols.join(","));
    for (place, time) in series.time.iter().enumerate() {
        for method in &series.methods {
            let at = |column: &Vec<f64>| column.get(place).map_or_else(String::new, f64::to_string);
            let weights: Vec<String> = method.weights.iter().map(at).collect();
            out.push_str(&format!(
                "{time},{},{},{}\n",
                method.method.name(),
                at(&method.equity),
                weights.join(",")
            ));
        }
    }
    out
}

fn colour(place: usize) -> &'static str {
    COLOURS.get(place % COLOURS.len()).copied().unwrap_or("@own")
}

fn equity(report: &ComparisonReport, series: &ComparisonSeries) -> Part {
    let styled = |place: usize, hover: &str| json!({ "line": { "color": colour(place), "width": 1.6 }, "hovertemplate": hover });
    let growth = |(place, method): (usize, &MethodSeries)| {
        let first = method.equity.first().copied().unwrap_or(1.0);
        let levels: Vec<f64> = method.equity.iter().map(|equity| equity / first).collect();
        line(
            method.method.title(),
            &series.time,
            &levels,
            styled(place, "%{y:.3f}<extra>%{fullData.name}</extra>"),
        )
    };
    let falls = |(place, method): (usize, &MethodSeries)| {
        let depths: Vec<f64> = drawdowns(&method.equity).map(|depth| -depth.abs()).collect();
        line(
            method.method.title(),
            &series.time,
            &depths,
            styled(place, "%{y:.1%}<extra>%{fullData.name}</extra>"),
        )
    };
    let mut levels: Vec<Value> = series.methods.iter().enumerate().map(growth).collect();
    levels.push(line(
        "Just holding",
        &series.time,
        &series.held,
        json!({ "line": { "color": "@held", "width": 1.4, "dash": "dot" }, "hovertemplate": "%{y:.3f}<extra>%{fullData.name}</extra>" }),
    ));
    Part {
        id: "growth",
        title: "Growth",
        lead: "The same instruments, all wanted all the time; only how much of each is held differs.",
        figures: vec![
            over_time(
                (
                    "growth-lines",
                    "Growth of one unit",
                    "After fees, spread and impact. Dotted: equal shares bought once and left alone, at no cost.",
                ),
                ("Growth of one unit", ".2f"),
                400,
                levels,
            ),
            over_time(
                ("drawdowns", "Drawdowns", "How far below its own highest equity each method stood."),
                ("Below the high", ".0%"),
                400,
                series.methods.iter().enumerate().map(falls).collect(),
            ),
        ],
        cards: card("wide", "Side by side", &side_by_side(report).html()),
        lists: Vec::new(),
    }
}

fn side_by_side(report: &ComparisonReport) -> Table {
    let ratio = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for row in &report.methods {
        let figures = &row.performance;
        rows.push(vec![
            row.method.title().into(),
            Cell::toned(signed_percent(figures.total_return), figures.total_return),
            or_dash(figures.annual_return, signed_percent).into(),
            or_dash(figures.annual_volatility, percent).into(),
            ratio(figures.sharpe).into(),
            percent(figures.max_drawdown).into(),
            ratio(figures.calmar).into(),
            plain(row.turnover_a_year, 2).into(),
            plain(row.summary.fees.to_f64(), 0).into(),
            count(row.orders).into(),
        ]);
    }
    let held = &report.held;
    rows.push(vec![
        "Just holding".into(),
        Cell::toned(signed_percent(held.total_return), held.total_return),
        or_dash(held.annual_return, signed_percent).into(),
        or_dash(held.annual_volatility, percent).into(),
        ratio(held.sharpe).into(),
        percent(held.max_drawdown).into(),
        ratio(held.calmar).into(),
        "–".into(),
        "–".into(),
        "–".into(),
    ]);
    Table {
        id: "side-by-side",
        caption: "Sharpe and Calmar ratios against a rate of zero; turnover is traded value a year over mean equity."
            .to_owned(),
        columns: vec![
            ("Method", Set::Words),
            ("Return", Set::Numbers),
            ("A year", Set::Numbers),
            ("Volatility", Set::Numbers),
            ("Sharpe", Set::Numbers),
            ("Drawdown", Set::Numbers),
            ("Calmar", Set::Numbers),
            ("Turnover", Set::Numbers),
            ("Fees", Set::Numbers),
            ("Orders", Set::Numbers),
        ],
        rows,
    }
}

fn weights(report: &ComparisonReport, series: &ComparisonSeries) -> Part {
    let figure = |(method, id): (&MethodSeries, &&'static str)| {
        let band = |(place, (symbol, column)): (usize, (&String, &Vec<f64>))| {
            stacked(symbol, &series.time, column, place)
        };
        Figure {
            id,
            title: method.method.title(),
            about: String::from("Share of the equity in each instrument; what is missing to one is cash."),
            height: 260,
            empty: "There is nothing to draw.",
            wide: false,
            timed: true,
            fitted: Vec::new(),
            traces: report.symbols.iter().zip(&method.weights).enumerate().map(band).collect(),
            layout: layout(named([
                ("xaxis", time_axis(Value::Null)),
                ("yaxis", value_axis("Weight", json!({ "tickformat": ".0%", "range": [0, 1.02] }))),
            ])),
        }
    };
    let share = |weights: &[f64]| weights.iter().map(|w| percent(*w)).collect::<Vec<_>>().join(" / ");
    let row = |row: &MethodFigures| {
        vec![
            row.method.title().into(),
            share(&row.mean_weights).into(),
            share(&row.last_weights).into(),
            or_dash(row.diversification, |ratio| plain(ratio, 3)).into(),
        ]
    };
    let table = Table {
        id: "weights",
        caption: format!(
            "{}, in this order. Diversification: mean volatility over that of the whole, for the mean weights.",
            report.symbols.join(" / ")
        ),
        columns: vec![
            ("Method", Set::Words),
            ("Mean weights", Set::Numbers),
            ("At the end", Set::Numbers),
            ("Diversification", Set::Numbers),
        ],
        rows: report.methods.iter().map(row).collect(),
    };
    Part {
        id: "shares",
        title: "Weights",
        lead: "How the capital was shared, day by day.",
        figures: series.methods.iter().zip(&PLACES).map(figure).collect(),
        cards: card("wide", "Weights on average and at the end", &table.html()),
        lists: Vec::new(),
    }
}

fn stacked(symbol: &str, times: &[Timestamp], weights: &[f64], place: usize) -> Value {
    const MOST: usize = 1200;
    // Stacked bands must share their moments, so all are thinned alike.
    let stride = times.len().div_ceil(MOST).max(1);
    let times: Vec<Timestamp> = times.iter().copied().step_by(stride).collect();
    let weights: Vec<f64> = weights.iter().copied().step_by(stride).collect();
    line(
        symbol,
        &times,
        &weights,
        json!({ "stackgroup": "one", "line": { "color": colour(place), "width": 0.6 },
                "hovertemplate": "%{y:.1%}<extra>%{fullData.name}</extra>" }),
    )
}

fn risk(report: &ComparisonReport) -> Part {
    Part {
        id: "risk",
        title: "Risk",
        lead: "Who brought the risk, and what would have been best had it been known.",
        figures: vec![frontier(report), contributions(report)],
        cards: String::new(),
        lists: Vec::new(),
    }
}

fn frontier(report: &ComparisonReport) -> Figure {
    let mut traces = vec![json!({
        "type": "scatter", "mode": "lines", "name": "efficient, in hindsight",
        "x": report.frontier.iter().map(|p| drawn(p.volatility)).collect::<Vec<_>>(),
        "y": report.frontier.iter().map(|p| drawn(p.mean_return)).collect::<Vec<_>>(),
        "text": report.frontier.iter().map(|p| mix(&report.symbols, &p.weights)).collect::<Vec<_>>(),
        "line": { "color": "@held", "width": 1.6 },
        "hovertemplate": "%{text}<br>volatility %{x:.1%}, mean return %{y:.1%}<extra></extra>",
    })];
    let dot = |name: &str, x: f64, y: f64, colour: &str, symbol: &str| {
        json!({
            "type": "scatter", "mode": "markers", "name": name, "x": [drawn(x)], "y": [drawn(y)],
            "marker": { "color": colour, "size": 10, "symbol": symbol },
            "hovertemplate": format!("{name}: volatility %{{x:.1%}}, mean return %{{y:.1%}}<extra></extra>"),
        })
    };
    for (place, row) in report.methods.iter().enumerate() {
        let volatility = row.performance.annual_volatility.unwrap_or(f64::NAN);
        traces.push(dot(row.method.title(), volatility, row.mean_return, colour(place), "circle"));
    }
    for asset in &report.assets {
        traces.push(dot(&asset.symbol, asset.volatility, asset.mean_return, "@ink", "diamond-open"));
    }
    Figure {
        id: "frontier",
        title: "Efficient frontier",
        about: "The line is drawn from the whole time, which nobody knew then; circles are what the methods came to after costs, diamonds the instruments alone. Circles may lie beyond the line: their weights moved."
            .to_owned(),
        height: 440,
        empty: "There is nothing to draw.",
        wide: true,
        timed: false,
        fitted: Vec::new(),
        traces,
        layout: layout(named([
            ("hovermode", json!("closest")),
            ("margin", json!({ "t": 84 })),
            ("xaxis", axis("Volatility a year", json!({ "tickformat": ".0%" }))),
            ("yaxis", axis("Mean return a year", json!({ "tickformat": ".0%" }))),
        ])),
    }
}

fn mix(symbols: &[String], weights: &[f64]) -> String {
    let part = |(symbol, weight): (&String, &f64)| format!("{symbol} {}", percent(*weight));
    symbols.iter().zip(weights).map(part).collect::<Vec<_>>().join(", ")
}

fn contributions(report: &ComparisonReport) -> Figure {
    let part = |(place, symbol): (usize, &String)| {
        let of = |row: &MethodFigures| {
            row.contributions
                .as_ref()
                .and_then(|parts| parts.get(place))
                .map_or(Value::Null, |part| drawn(*part))
        };
        json!({
            "type": "bar", "name": symbol,
            "x": report.methods.iter().map(|row| row.method.title()).collect::<Vec<_>>(),
            "y": report.methods.iter().map(of).collect::<Vec<_>>(),
            "marker": { "color": colour(place) },
            "hovertemplate": "%{y:.1%} of the risk<extra>%{fullData.name}</extra>",
        })
    };
    Figure {
        id: "contributions",
        title: "Risk contributions",
        about: "Part of the variance of each method that came from each instrument, as it happened; parts sum to one."
            .to_owned(),
        height: 360,
        empty: "There is nothing to draw.",
        wide: true,
        timed: false,
        fitted: Vec::new(),
        traces: report.symbols.iter().enumerate().map(part).collect(),
        layout: layout(named([
            ("barmode", json!("stack")),
            ("hovermode", json!("closest")),
            ("xaxis", axis("", json!({ "type": "category" }))),
            ("yaxis", axis("Part of the variance", json!({ "tickformat": ".0%", "fixedrange": true }))),
        ])),
    }
}

fn together(report: &ComparisonReport, series: &ComparisonSeries) -> Part {
    let cards = report.correlation.as_ref().map_or_else(String::new, |figures| {
        card("", "Correlations", &pairs(&report.symbols, figures).html())
            + &card("", "When what was usual ended", &breakdowns(figures).html())
    });
    Part {
        id: "together",
        title: "Together",
        lead: "How alike the instruments moved: the less, the more there is to gain from sharing.",
        figures: vec![correlation(report, series)],
        cards,
        lists: Vec::new(),
    }
}

fn correlation(report: &ComparisonReport, series: &ComparisonSeries) -> Figure {
    let known = series.time.iter().zip(&series.correlation).filter_map(|(at, mean)| Some((*at, (*mean)?)));
    let (times, means): (Vec<Timestamp>, Vec<f64>) = known.unzip();
    let mut traces = Vec::new();
    if !times.is_empty() {
        let style =
            json!({ "line": { "color": "@own", "width": 1.6 }, "hovertemplate": "%{y:.2f}<extra></extra>" });
        traces.push(line("Mean correlation", &times, &means, style));
    }
    let broken = report.correlation.as_ref().map_or(&[][..], |figures| &figures.breakdowns);
    if !broken.is_empty() {
        let (times, recent): (Vec<Timestamp>, Vec<f64>) = broken.iter().map(|b| (b.at, b.recent)).unzip();
        let style = json!({
            "mode": "markers",
            "marker": { "color": "@sell", "size": 11, "symbol": "triangle-down" },
            "hovertemplate": "the alarm rings at %{y:.2f}<extra></extra>",
        });
        traces.push(line("The alarm rings", &times, &recent, style));
    }
    let window = report.correlation.as_ref().map_or(0, |figures| figures.window);
    Figure {
        about: format!(
            "Mean over all pairs, of the last {window} bars. Marked: where it left what was usual by three standard errors."
        ),
        height: 320,
        fitted: Vec::new(),
        layout: layout(named([
            ("xaxis", time_axis(Value::Null)),
            ("yaxis", value_axis("Correlation", json!({ "tickformat": ".1f", "range": [-1.02, 1.02] }))),
        ])),
        ..over_time(("correlation", "Rolling correlation", ""), ("", ""), 400, traces)
    }
}

fn pairs(symbols: &[String], figures: &CorrelationFigures) -> Table {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (one, (whole, fading)) in figures.whole.iter().zip(&figures.fading).enumerate() {
        for (other, (whole, fading)) in whole.iter().zip(fading).enumerate().skip(one + 1) {
            let name = |place: usize| symbols.get(place).map_or("–", String::as_str);
            let alike = figures.clusters.get(one) == figures.clusters.get(other);
            rows.push(vec![
                format!("{} and {}", name(one), name(other)).into(),
                plain(*whole, 2).into(),
                plain(*fading, 2).into(),
                if alike { "yes" } else { "no" }.into(),
            ]);
        }
    }
    Table {
        id: "pairs",
        caption: "Lately: in the fading memory that shares are estimated with. Groups by average linkage, half as many as instruments."
            .to_owned(),
        columns: vec![
            ("Pair", Set::Words),
            ("Whole time", Set::Numbers),
            ("Lately", Set::Numbers),
            ("One group", Set::Words),
        ],
        rows,
    }
}

fn breakdowns(figures: &CorrelationFigures) -> Table {
    let row = |found: &BreakdownFigures| {
        vec![
            day(found.at).into(),
            plain(found.usual, 2).into(),
            plain(found.recent, 2).into(),
            plain(found.score, 1).into(),
        ]
    };
    Table {
        id: "breakdowns",
        caption: format!(
            "Mean correlation of {} bars against all before them, in standard errors; seen afterwards, traded on by no method.",
            figures.window
        ),
        columns: vec![
            ("Seen", Set::Words),
            ("Usual", Set::Numbers),
            ("Then", Set::Numbers),
            ("Standard errors", Set::Numbers),
        ],
        rows: figures.breakdowns.iter().map(row).collect(),
    }
}
