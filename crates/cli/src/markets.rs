//! The markets of a run of several, or of one that is told by more than bars: which file is about which instrument.

use anyhow::anyhow;
use autotrading_backtest::{BacktestConfiguration, InstrumentRules, MarketHistory};
use autotrading_catalog::{BarFile, read_bars, read_funding};
use autotrading_domain::{InstrumentKind, Rate, Timestamp};
use autotrading_market_data::{BarSupply, Chronicle, Findings, History, ReadRules, Tape};

use crate::arguments::{Backtest, Profile};
use crate::built_in;
use crate::failure::Failure;
use crate::market_arguments::{MarketArguments, NamedFile};
use crate::recording::RecordedFiles;
use crate::subject;

/// One market with all that was read of it.
#[derive(Debug)]
pub(crate) struct ReadMarket {
    symbol: String,
    bars: Box<dyn BarSupply>,
    funding: Vec<(Timestamp, Rate)>,
    marks: Option<History>,
    /// What the house hears of the mark price.
    said: Chronicle,
    tape: Option<Tape>,
}

impl ReadMarket {
    /// The market as a run is given it.
    pub(crate) fn history(&self, configuration: &BacktestConfiguration) -> MarketHistory<'_> {
        let market = MarketHistory::new(&self.symbol, self.bars.as_ref())
            .with_funding(&self.funding)
            .with_chronicle(&self.said);
        let market = self.marks.as_ref().map_or(market, |marks| market.with_marks(marks));
        match &self.tape {
            Some(tape) => market.with_tape(tape, configuration.ticks.unwrap_or_default()),
            None => market,
        }
    }

    pub(crate) fn bars(&self) -> usize {
        self.bars.facts().bars
    }
}

/// Reads every market that the configuration lists. A price grid of the command line is written into it.
pub(crate) fn read(
    configuration: &mut BacktestConfiguration,
    arguments: &Backtest,
) -> Result<(Vec<ReadMarket>, String), Failure> {
    let markets = &arguments.markets;
    for rules in std::iter::once(&mut configuration.instrument).chain(&mut configuration.instruments) {
        rules.tick_size = rules.tick_size.or(markets.tick);
    }
    // The research profile has no name of its own for what it trades.
    if arguments.subject.profile == Profile::Research
        && let Some(symbol) = markets.symbols().next()
    {
        symbol.clone_into(&mut configuration.instrument.symbol);
    }
    let listed: Vec<InstrumentRules> =
        configuration.listed().map_err(Failure::usage)?.into_iter().cloned().collect();
    let symbols: Vec<&str> = listed.iter().map(|rules| rules.symbol.as_str()).collect();
    check_names(markets, &symbols)?;
    if markets.streaming && (arguments.subject.from.is_some() || arguments.subject.to.is_some()) {
        return Err(Failure::usage(anyhow!(
            "--streaming reads a file from its first bar to its last: no --from, no --to"
        )));
    }
    let sheet = Sheet::open(arguments, listed.len() > 1)?;
    let read = |rules: &InstrumentRules| market(rules, arguments, &sheet, listed.len() == 1);
    let all = listed.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
    Ok((all, named(arguments, &sheet)))
}

/// Every file must be about an instrument that is listed.
fn check_names(markets: &MarketArguments, symbols: &[&str]) -> Result<(), Failure> {
    for (flag, file) in markets.files() {
        let path = file.path.display();
        let known = symbols.join(", ");
        match &file.symbol {
            Some(symbol) if !symbols.contains(&symbol.as_str()) => {
                return Err(Failure::usage(anyhow!(
                    "{flag} {symbol}={path}: the configuration lists no instrument {symbol}; there are {known}"
                )));
            }
            None if symbols.len() > 1 => {
                return Err(Failure::usage(anyhow!(
                    "{flag} {path}: say which instrument it is about, {flag} SYMBOL={path}; there are {known}"
                )));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// The file that has the bars of all.
#[derive(Debug)]
enum Sheet {
    /// None: each market has its own.
    None,
    Many(Vec<(String, History)>, String),
    One(Box<History>, String),
}

impl Sheet {
    fn open(arguments: &Backtest, several: bool) -> Result<Self, Failure> {
        let (data, markets) = (arguments.subject.data.as_deref(), &arguments.markets);
        let own = markets.streaming || !markets.markets.is_empty() || (data.is_none() && markets.has_ticks());
        if own && data.is_some() && !markets.streaming {
            return Err(Failure::usage(anyhow!("--data and --market both name bars; give one of them")));
        }
        if own {
            return Ok(Self::None);
        }
        if several {
            let (sheet, name) = subject::many_bars(data)?;
            return Ok(Self::Many(sheet, name));
        }
        let (history, name) = subject::bars(data)?;
        Ok(Self::One(Box::new(history), name))
    }

    /// The bars of an instrument, by its symbol or by what is bought and sold.
    fn of(&self, rules: &InstrumentRules) -> Option<&History> {
        match self {
            Self::None => None,
            Self::One(history, _) => Some(history),
            Self::Many(sheet, _) => {
                let by = |wanted: &str| sheet.iter().find(|(symbol, _)| symbol == wanted);
                by(&rules.symbol).or_else(|| by(rules.base.as_str())).map(|(_, history)| history)
            }
        }
    }
}

fn market(
    rules: &InstrumentRules,
    arguments: &Backtest,
    sheet: &Sheet,
    alone: bool,
) -> Result<ReadMarket, Failure> {
    let markets = &arguments.markets;
    let about = |file: &&NamedFile| file.symbol.as_ref().is_none_or(|symbol| *symbol == rules.symbol);
    let of = |files: &'_ Vec<NamedFile>| files.iter().find(about).map(|file| file.path.clone());
    let recorded = RecordedFiles {
        frames: markets.frames.iter().filter(about).collect(),
        trades: markets.trades.iter().filter(about).collect(),
        quotes: markets.quotes.iter().filter(about).collect(),
    };
    let tape = tape(rules, &recorded)?;
    let streamed = arguments.subject.data.clone().filter(|_| markets.streaming && alone);
    let bars: Box<dyn BarSupply> = match (of(&markets.markets).or(streamed), &tape) {
        (Some(path), _) if markets.streaming => {
            let file = BarFile::open(&path, ReadRules::default())?;
            tell(&path.display().to_string(), file.findings());
            Box::new(file)
        }
        (Some(path), _) => {
            let reading = read_bars(&path, ReadRules::default())?;
            tell(&path.display().to_string(), &reading.findings);
            Box::new(window(&reading.history, arguments)?)
        }
        (None, Some(tape)) if sheet.of(rules).is_none() => {
            let facts = rules.instrument_on(0, 1.0).map_err(Failure::usage)?;
            Box::new(window(&tape.bars(facts.ticks(), markets.bar_length)?, arguments)?)
        }
        (None, _) => match sheet.of(rules) {
            Some(history) => Box::new(window(history, arguments)?),
            None => return Err(without_bars(rules, sheet, markets.streaming)),
        },
    };
    let funding = of(&markets.fundings).or_else(|| arguments.subject.funding.clone().filter(|_| alone));
    let funding = match funding {
        None => Vec::new(),
        Some(path) => {
            let series = read_funding(&path)?;
            series.as_slice().iter().map(|point| (point.at, point.rate)).collect()
        }
    };
    let marks = match of(&markets.marks) {
        None => None,
        Some(path) => Some(read_bars(&path, ReadRules::default())?.history),
    };
    let said = marks.as_ref().map_or_else(Chronicle::default, |marks| Chronicle::of_marks(marks.all()));
    // Tick by tick the venue hears the mark price as it is said; only bars are matched against its extremes.
    let marks = marks.filter(|_| tape.is_none());
    Ok(ReadMarket { symbol: rules.symbol.clone(), bars, funding, marks, said, tape })
}

fn tape(rules: &InstrumentRules, recorded: &RecordedFiles<'_>) -> Result<Option<Tape>, Failure> {
    if recorded.is_empty() {
        return Ok(None);
    }
    if rules.tick_size.is_none() {
        return Err(Failure::usage(anyhow!(
            "the price grid of {} must be known to read its book: give --tick, or tick_size under [instrument]",
            rules.symbol
        )));
    }
    recorded.tape(&rules.instrument_on(0, 1.0).map_err(Failure::usage)?).map(Some)
}

fn window(history: &History, arguments: &Backtest) -> Result<History, Failure> {
    let subject = &arguments.subject;
    Ok(subject::between(history, subject.from, subject.to)?.to_history())
}

fn without_bars(rules: &InstrumentRules, sheet: &Sheet, streaming: bool) -> Failure {
    let symbol = &rules.symbol;
    Failure::usage(match sheet {
        Sheet::Many(known, name) => {
            let known: Vec<&str> = known.iter().map(|(symbol, _)| symbol.as_str()).collect();
            anyhow!(
                "{name} has no bars of {symbol} or {}; it has those of {}. Give --market {symbol}=FILE",
                rules.base,
                known.join(", ")
            )
        }
        _ if streaming => anyhow!("--streaming reads one file an instrument: give --market {symbol}=FILE"),
        _ => anyhow!("there are no bars of {symbol}: give --market {symbol}=FILE"),
    })
}

fn tell(name: &str, findings: &Findings) {
    for (kind, count) in findings.counts() {
        eprintln!("note: {name}: {kind}: {count} times; `autotrading data check` lists them");
    }
}

/// What the data of the run are called in its report.
fn named(arguments: &Backtest, sheet: &Sheet) -> String {
    match sheet {
        Sheet::Many(_, name) | Sheet::One(_, name) => return name.clone(),
        Sheet::None => {}
    }
    let markets = &arguments.markets;
    let files = [&markets.markets, &markets.frames, &markets.trades, &markets.quotes];
    let file_name = |path: &std::path::Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<String> =
        files.into_iter().flatten().filter_map(|file| file_name(&file.path)).collect();
    names.extend(arguments.subject.data.as_deref().and_then(file_name));
    names.join(", ")
}

/// The venue's own margin tiers for every instrument that states none.
pub(crate) fn fill_tiers(configuration: &mut BacktestConfiguration) -> Result<(), Failure> {
    let mut tiers = built_in::tiers()?;
    for rules in std::iter::once(&mut configuration.instrument).chain(&mut configuration.instruments) {
        if rules.tiers.is_none() && rules.kind == InstrumentKind::LinearPerpetual {
            rules.tiers = tiers.remove(&rules.symbol);
        }
    }
    Ok(())
}
