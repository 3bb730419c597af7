//! `autotrading backtest` of several markets on one account, and of one that is told by trades, quotes or books.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow};
use autotrading_backtest::{
    BacktestConfiguration, Detail, MarketHistory, PortfolioBacktest, PortfolioFinished, PortfolioOutcome,
    PortfolioTrade, Step, TradeRow,
};
use autotrading_core::{Journal, Unrecorded};
use autotrading_journal::{DiskJournal, JournalRules};
use autotrading_report::{
    MARKET_TRADES_HEADER, market_equity_csv, market_fills_csv, market_trade_line, market_trades_csv,
    markets_html,
};

use super::backtest::STRIDE;
use crate::arguments::Backtest;
use crate::failure::{Failure, interrupted};
use crate::markets::{self, ReadMarket};
use crate::run_folder::RunFolder;
use crate::terminal::say;
use crate::{progress, subject, summary};

/// Trades several markets of the past on one account and writes what came of it.
pub(crate) fn run(
    arguments: &Backtest,
    mut configuration: BacktestConfiguration,
) -> Result<ExitCode, Failure> {
    if arguments.walk_forward.is_some() {
        return Err(Failure::usage(anyhow!("--walk-forward belongs to the page of one market in bars")));
    }
    let (read, name) = markets::read(&mut configuration, arguments)?;
    let folder = RunFolder::prepare(&arguments.out, arguments.force)?;
    let stop = subject::interrupt_flag()?;
    let streaming = arguments.markets.streaming;
    let histories: Vec<MarketHistory<'_>> =
        read.iter().map(|market| market.history(&configuration)).collect();
    let detail = if streaming { Detail::Summary } else { Detail::Full };
    let backtest =
        PortfolioBacktest { configuration: &configuration, markets: &histories, data: &name, detail };
    let bars = read.iter().map(ReadMarket::bars).sum();
    let finished = if streaming {
        let told = TradeFile::create(folder.path().join("trades.csv"), &histories)?;
        replay(&backtest, Unrecorded, bars, &stop, Some(told))?.0
    } else if arguments.bare {
        replay(&backtest, Unrecorded, bars, &stop, None)?.0
    } else {
        let journal = DiskJournal::create(&folder.journal(), JournalRules::repeatable())?;
        let (finished, journal) = replay(&backtest, journal, bars, &stop, None)?;
        journal.close()?;
        finished
    };
    let complete = finished.is_complete();
    let outcome = finished.outcome(&backtest)?;
    let written = write(arguments, &folder, &outcome)?;
    let paths: Vec<_> = written.iter().map(PathBuf::as_path).collect();
    say(&if arguments.json {
        serde_json::to_string_pretty(&outcome.report)? + "\n"
    } else {
        summary::of_markets(&outcome.report, &paths)
    })?;
    Ok(if complete { ExitCode::SUCCESS } else { interrupted() })
}

fn replay<J: Journal>(
    backtest: &PortfolioBacktest<'_>,
    journal: J,
    bars: usize,
    stop: &AtomicBool,
    mut told: Option<TradeFile>,
) -> Result<(PortfolioFinished, J), Failure> {
    let bar = progress::bar(bars, "trading");
    let mut failed = None;
    let done = backtest.run(journal, |step| {
        if let Some(file) = &mut told
            && let Err(failure) = file.see(&step)
        {
            failed = Some(failure);
            return ControlFlow::Break(());
        }
        if step.bars.is_multiple_of(STRIDE) {
            bar.set_position(step.bars as u64);
            if stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    if let Some(failure) = failed {
        return Err(failure);
    }
    if let Some(file) = told {
        file.close()?;
    }
    Ok(done?)
}

/// Round trips, written as they end.
struct TradeFile {
    path: PathBuf,
    out: BufWriter<File>,
    symbols: Vec<String>,
    count: u64,
}

impl TradeFile {
    fn create(path: PathBuf, markets: &[MarketHistory<'_>]) -> Result<Self, Failure> {
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut out = BufWriter::new(file);
        out.write_all(MARKET_TRADES_HEADER.as_bytes())?;
        let symbols = markets.iter().map(|market| market.symbol.to_owned()).collect();
        Ok(Self { path, out, symbols, count: 0 })
    }

    fn see(&mut self, step: &Step<'_>) -> Result<(), Failure> {
        for trade in step.turn.bookings().iter().filter_map(|entry| entry.closed_trade()) {
            self.count += 1;
            let symbol = self.symbols.get(trade.instrument.index()).cloned().unwrap_or_default();
            let row = PortfolioTrade { symbol, trade: TradeRow::of(trade, self.count)? };
            let written = self.out.write_all(market_trade_line(&row).as_bytes());
            written.with_context(|| format!("cannot write {}", self.path.display()))?;
        }
        Ok(())
    }

    fn close(mut self) -> Result<(), Failure> {
        Ok(self.out.flush().with_context(|| format!("cannot write {}", self.path.display()))?)
    }
}

fn write(
    arguments: &Backtest,
    folder: &RunFolder,
    outcome: &PortfolioOutcome,
) -> Result<Vec<PathBuf>, Failure> {
    let PortfolioOutcome { report, series, fills, trades } = outcome;
    let mut written = Vec::new();
    let mut put = |name: &str, text: String| -> Result<(), Failure> {
        let path = folder.path().join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        written.push(path);
        Ok(())
    };
    let streaming = arguments.markets.streaming;
    if !streaming && !arguments.bare {
        put("report.html", markets_html(report, series, trades, fills))?;
    }
    put("report.json", serde_json::to_string_pretty(report)? + "\n")?;
    put("equity.csv", market_equity_csv(report, series))?;
    if !streaming {
        put("trades.csv", market_trades_csv(trades))?;
        put("fills.csv", market_fills_csv(fills))?;
    }
    if streaming {
        written.push(folder.path().join("trades.csv"));
    } else if !arguments.bare {
        written.push(folder.journal());
    }
    Ok(written)
}
