//! The page of regimes as a reader and a second run find it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read back what was written")]

use autotrading_backtest::{RegimeStory, tell_regimes};
use autotrading_domain::{Bar, Span, Timestamp};
use autotrading_market_data::History;
use autotrading_regime::{DetectionMethod, DetectorRules};
use autotrading_report::{regimes_html, write_regimes};

/// Calm rises and wild falls, told by hidden states.
fn story() -> RegimeStory {
    let noise = |t: usize| ((t * t * 7 + t * t * t % 1009) % 1999) as f64 / 999.0 - 1.0;
    let mut close = 100.0;
    let mut bar = |t: usize| {
        let open = close;
        close *=
            1.0 + if (t / 40).is_multiple_of(2) { 0.004 + 0.004 * noise(t) } else { 0.02 * noise(t) - 0.006 };
        let (high, low) = (open.max(close) * 1.001, open.min(close) / 1.001);
        let open_time = Timestamp::from_secs(3600 * t as i64);
        Bar {
            open_time,
            interval: Span::HOUR,
            open,
            high,
            low,
            close,
            volume: 3.0,
            closed: true,
            synthetic: false,
        }
    };
    let history = History::from_bars(Span::HOUR, (0..500).map(&mut bar)).unwrap();
    let (method, warm_up, training_window) = (DetectionMethod::Hmm, 120, 200);
    let rules = DetectorRules { method, warm_up, training_window, states: 2, ..DetectorRules::default() };
    tell_regimes(history.all(), rules).unwrap()
}

#[test]
fn the_page_has_every_chart_and_table_loads_nothing_and_says_what_knows_the_future() {
    let page = regimes_html(&story(), "<b>bars</b>");
    for chart in ["price", "probabilities", "volatility", "hindsight"] {
        assert!(page.contains(&format!("<div id=\"chart-{chart}\" class=\"plot\"")), "{chart}");
    }
    for table in ["labels", "transitions", "trial", "held"] {
        assert!(page.contains(&format!("<table id=\"{table}\"")), "{table}");
    }
    assert!(page.contains("RESEARCH ONLY, KNOWS THE FUTURE"));
    assert!(page.contains("&lt;b&gt;bars") && !page.contains("<b>bars"));
    assert!(!page.contains("<script src") && !page.contains("<link rel=\"stylesheet\""));
}

#[test]
fn the_same_study_is_the_same_bytes_and_has_a_line_for_each_bar() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let read = |folder: &tempfile::TempDir| {
        let written = write_regimes(folder.path(), &story(), "bars").unwrap();
        [written.page, written.figures, written.series].map(|file| std::fs::read_to_string(file).unwrap())
    };
    let [one, two] = [read(&folders[0]), read(&folders[1])];
    assert!(one == two);
    assert_eq!(one[2].lines().count(), 501);
    let figures: serde_json::Value = serde_json::from_str(&one[1]).unwrap();
    assert_eq!(figures["bars"], 500);
    let counted: u64 = figures["transitions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(counted, 499);
}
