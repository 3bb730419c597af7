//! Files: the page, the figures as JSON, what was said at each bar as a table.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use autotrading_backtest::RegimeStory;

use super::regimes_html;
use crate::ReportError;
use crate::word;
use crate::writing::{folder, json, write};

/// Where the parts of a study are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRegimes {
    /// The page, to be looked at.
    pub page: PathBuf,
    /// Every figure, to be read by programs.
    pub figures: PathBuf,
    /// One line a bar.
    pub series: PathBuf,
}

/// Writes `regimes.html`, `regimes.json` and `regimes.csv` into a folder, which is made when it is not there. Files of
/// these names are replaced. The same study gives the same bytes.
///
/// # Errors
/// [`ReportError`] with the file and what the system says.
pub fn write_regimes(path: &Path, story: &RegimeStory, data: &str) -> Result<WrittenRegimes, ReportError> {
    folder(path)?;
    let written = WrittenRegimes {
        page: path.join("regimes.html"),
        figures: path.join("regimes.json"),
        series: path.join("regimes.csv"),
    };
    let (page, table, figures) = (regimes_html(story, data), table(story), json(story)?);
    write(&written.page, |sink| std::io::Write::write_all(sink, page.as_bytes()))?;
    write(&written.figures, |sink| std::io::Write::write_all(sink, figures.as_bytes()))?;
    write(&written.series, |sink| std::io::Write::write_all(sink, table.as_bytes()))?;
    Ok(written)
}

/// One line a bar; what is not there yet is left empty.
fn table(story: &RegimeStory) -> String {
    let series = &story.series;
    let mut text =
        "time,close,regime,p_bull,p_bear,p_sideways,p_neutral,volatility_forecast,volatility_level\n"
            .to_owned();
    let bars = series.time.iter().zip(&series.close).zip(&series.label).zip(&series.probabilities);
    for ((((time, close), label), [bull, bear, sideways, neutral]), (forecast, level)) in
        bars.zip(series.forecast.iter().zip(&series.level))
    {
        let forecast = if forecast.is_finite() { forecast.to_string() } else { String::new() };
        let (label, level) = (word::regime(*label), word::volatility(*level));
        // Writing to a text cannot fail.
        let _ =
            writeln!(text, "{time},{close},{label},{bull},{bear},{sideways},{neutral},{forecast},{level}");
    }
    text
}
