//! What the regimes of a run amount to: time and return under each, and how they followed one another.

use autotrading_domain::RegimeLabel;

use crate::{RegimeFigures, RegimeTransition, Series};

/// Of each regime that stood, by the label that was known before a bar.
pub(crate) fn regime_figures(series: &Series) -> Vec<RegimeFigures> {
    let bars = series.regime.len();
    let of = |label: RegimeLabel| {
        let mut figures = RegimeFigures { label, bars: 0, share: 0.0, run_return: 1.0, asset_return: 1.0 };
        for place in 1..bars {
            // The return of a bar counts to the regime that was known before it.
            let (Some(known), Some(pair), Some(prices)) = (
                series.regime.get(place - 1),
                series.equity.get(place - 1..=place),
                series.price.get(place - 1..=place),
            ) else {
                continue;
            };
            if let (true, [before, after], [[.., first], [.., last]]) = (*known == label, pair, prices) {
                figures.bars += 1;
                figures.run_return *= after / before;
                figures.asset_return *= last / first;
            }
        }
        figures.share = figures.bars as f64 / (bars.max(2) - 1) as f64;
        figures.run_return -= 1.0;
        figures.asset_return -= 1.0;
        figures
    };
    RegimeLabel::ALL.into_iter().map(of).filter(|figures| figures.bars > 0).collect()
}

/// Row by row; a label that was followed by none has no row.
pub(crate) fn regime_transitions(labels: &[RegimeLabel]) -> Vec<RegimeTransition> {
    let mut counts = [[0u64; 4]; 4];
    for (before, after) in labels.iter().zip(labels.iter().skip(1)) {
        if let Some(count) = counts.get_mut(before.index()).and_then(|row| row.get_mut(after.index())) {
            *count += 1;
        }
    }
    let row = |(from, row): (RegimeLabel, [u64; 4])| {
        let all: u64 = row.iter().sum();
        let cell = move |(to, count)| RegimeTransition { from, to, count, share: count as f64 / all as f64 };
        RegimeLabel::ALL.into_iter().zip(row).filter(move |_| all > 0).map(cell)
    };
    RegimeLabel::ALL.into_iter().zip(counts).flat_map(row).collect()
}
