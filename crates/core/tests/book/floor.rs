//! A trading floor that is told, and answers, in the trader's notation.
//!
//! ```text
//! hour  BTC 100  ETH 50 long     an hour closes at these prices; somebody has an opinion on ether
//! rate  BTC 0.001                funding of bitcoin at the next of the hours 0, 8 and 16
//! sent  buy ETH 2.000            we sent this order (or: sent nothing)
//! fill  ETH @ 51                 the venue fills our oldest open order, at this price
//! reject ETH                     the venue refuses it
//! told  drawdown warning         a measure came to this level (or: told nothing)
//! state reduce-only              the trading state
//! books ETH 2                    what is held; the rest is flat
//! resume                         an operator sets trading back to active
//! ```

use autotrading_core::{
    Configuration, Engine, ExecutionRules, MeasureRules, MonitorSettings, Opening, OwnedRecord, Turn,
};
use autotrading_domain::*;
use autotrading_execution::{DeskRules, Request};
use autotrading_portfolio::PortfolioRules;
use autotrading_positions::{ExitRules, LedgerRules};
use autotrading_risk::{Level, RiskLimits};
use autotrading_sizing::{Fixed, SizingRules};
use autotrading_strategy::{Context, PipelineSettings, Signals, Strategy, StrategyError};

pub(crate) const BTC: InstrumentId = InstrumentId(0);
pub(crate) const ETH: InstrumentId = InstrumentId(1);

/// A house that buys two of everything it has an opinion on, without limits of its own; the monitor is off.
pub(crate) fn configuration() -> Configuration {
    Configuration {
        run: 1,
        strategies: Vec::new(),
        regime: None,
        matrix: None,
        life_cycle: None,
        pipeline: PipelineSettings::UNLIMITED,
        portfolio: PortfolioRules {
            rebalance_threshold: 0.0,
            min_interval: Span::ZERO,
            ..PortfolioRules::default()
        },
        sizing: SizingRules { fixed: Some(Fixed { quantity: 2.0 }), ..SizingRules::NONE },
        ledger: LedgerRules::isolated(Leverage::ONE),
        exits: ExitRules::default(),
        risk: RiskLimits::research_wide(),
        monitor: None,
        approval: Default::default(),
        execution: ExecutionRules {
            protect: false,
            retry_after: Span::ZERO,
            desk: DeskRules { answer_within: None, stale_after: None, ..DeskRules::default() },
            ..ExecutionRules::default()
        },
        measures: MeasureRules { enabled: false, ..MeasureRules::default() },
        stale_after: Span::HOUR,
    }
}

/// A monitor of which every limit that the text does not name is off. It measures at every bar.
pub(crate) fn watching(limits: &str) -> Option<MonitorSettings> {
    const ALL: [&str; 8] = [
        "value_at_risk",
        "expected_shortfall",
        "drawdown",
        "daily_loss",
        "concentration",
        "gross_leverage",
        "correlation",
        "liquidation_probability",
    ];
    let off: String =
        ALL.iter().filter(|key| !limits.contains(*key)).map(|key| format!("{key} = \"off\"\n")).collect();
    let limits = autotrading_core::read_toml(&(limits.to_owned() + "\n" + &off)).unwrap();
    Some(MonitorSettings { every: Span::ZERO, limits, ..MonitorSettings::default() })
}

/// Says what the script puts into the volume of a bar: 11 is long, 12 short, 13 flat, all else no word.
#[derive(Debug)]
struct Told(StrategyId, InstrumentId);

impl Strategy for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn warm_up(&self) -> usize {
        0
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        let MarketData::Bar(bar) = &event.data else { return Ok(()) };
        let direction = match bar.volume as i64 {
            11 => Direction::Long,
            12 => Direction::Short,
            13 => Direction::Flat,
            _ => return Ok(()),
        };
        signals.push(Signal {
            strategy: self.0,
            instrument: self.1,
            at: event.ts_event,
            direction,
            strength: if direction == Direction::Flat { 0.0 } else { 1.0 },
            confidence: 1.0,
            stop_distance: None,
            target_distance: None,
            horizon: None,
            reason: "told".into(),
            leg: None,
        });
        Ok(())
    }
}

/// The engine with a script instead of a market and a venue.
pub(crate) struct Floor {
    pub(crate) engine: Engine,
    pub(crate) records: Vec<OwnedRecord>,
    pub(crate) turn: Turn,
    names: Vec<String>,
    hour: i64,
    trades: u64,
    waiting: Vec<OrderIntent>,
    sent: Vec<String>,
    told: Vec<String>,
}

impl Floor {
    /// A house with a hundred thousand to trade these with.
    pub(crate) fn new(names: &str, configuration: Configuration) -> Self {
        let engine = engine(&instruments(names), configuration.clone());
        Self::with_engine(names, configuration, engine)
    }

    /// The same with an engine of the caller's.
    pub(crate) fn with_engine(names: &str, configuration: Configuration, engine: Engine) -> Self {
        let instruments = instruments(names);
        let opening = Opening {
            code_version: "test".to_owned(),
            configuration,
            instruments,
            data_digest: None,
            seed: 1,
        };
        let mut floor = Self {
            engine,
            records: vec![OwnedRecord::Opened(Box::new(opening))],
            turn: Turn::default(),
            names: names.split_whitespace().map(str::to_owned).collect(),
            hour: 0,
            trades: 0,
            waiting: Vec::new(),
            sent: Vec::new(),
            told: Vec::new(),
        };
        floor.hear(Event::Deposit { at: Timestamp::EPOCH, amount: Money::new(100_000.into()) });
        floor
    }

    /// The same moment in a house that begins anew.
    pub(crate) fn restarted(&self, engine: Engine) -> Self {
        Self {
            engine,
            records: Vec::new(),
            turn: Turn::default(),
            names: self.names.clone(),
            hour: self.hour,
            trades: self.trades,
            waiting: self.waiting.clone(),
            sent: Vec::new(),
            told: Vec::new(),
        }
    }

    /// Plays a script, line by line; a line that expects something else than what happened ends the test.
    pub(crate) fn play(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.say(line);
        }
    }

    fn say(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["hour", ref bars @ ..] => self.close_hour(bars, line),
            ["rate", name, rate] => self.tell_rate(name, rate.parse().expect(line)),
            ["fill", name, "@", price] => self.fill(name, price),
            ["reject", name] => self.reject(name),
            ["resume"] => self.resume(),
            ["sent", "nothing"] => assert_eq!(std::mem::take(&mut self.sent), [""; 0], "{line}"),
            ["sent", ref order @ ..] => {
                let place = self.sent.iter().position(|sent| *sent == order.join(" "));
                let Some(place) = place else { panic!("{line}: we sent {:?}", self.sent) };
                self.sent.remove(place);
            }
            ["told", "nothing"] => assert_eq!(std::mem::take(&mut self.told), [""; 0], "{line}"),
            ["told", ref level @ ..] => {
                let place = self.told.iter().position(|told| *told == level.join(" "));
                let Some(place) = place else { panic!("{line}: we were told {:?}", self.told) };
                self.told.remove(place);
            }
            ["state", state] => assert_eq!(self.engine.gate().state().to_string(), state, "{line}"),
            ["books", ref held @ ..] => {
                for (name, id) in self.names.iter().zip((0..).map(InstrumentId)) {
                    let signed = self.engine.ledger().holding(id).unwrap().signed.normalize().to_string();
                    let expected = held.chunks(2).find(|pair| pair[0] == name).map_or("0", |pair| pair[1]);
                    assert_eq!(signed, expected, "{line}: {name}");
                }
            }
            _ => panic!("nobody understands: {line}"),
        }
    }

    fn close_hour(&mut self, bars: &[&str], line: &str) {
        let open_time = self.now();
        self.hour += 1;
        let mut words = bars.iter().peekable();
        while let Some(name) = words.next() {
            let close: f64 = words.next().and_then(|word| word.parse().ok()).expect(line);
            let opinions = [("long", 11.0), ("short", 12.0), ("flat", 13.0)];
            let opinion = words.peek().and_then(|word| opinions.iter().find(|(said, _)| *said == **word));
            if opinion.is_some() {
                words.next();
            }
            let bar = Bar {
                open_time,
                interval: Span::HOUR,
                open: close,
                high: close,
                low: close,
                close,
                volume: opinion.map_or(10.0, |(_, volume)| *volume),
                closed: true,
                synthetic: false,
            };
            self.hear(Event::Market(MarketEvent::closed_bar(self.id(name), bar)));
        }
    }

    fn tell_rate(&mut self, name: &str, rate: f64) {
        let eight = Span::HOUR.times(8);
        let (ts_event, ts_received, next) = (self.now(), self.now(), self.now().floor(eight).after(eight));
        let data = MarketData::FundingRate { rate, next };
        let instrument = self.id(name);
        self.hear(Event::Market(MarketEvent { instrument, ts_event, ts_received, data }));
    }

    fn fill(&mut self, name: &str, price: &str) {
        let intent = self.next_order(name);
        self.trades += 1;
        let fill = Fill {
            trade: TradeId(self.trades),
            order: Some(intent.id),
            instrument: intent.instrument,
            side: intent.side,
            price: Price::new(price.parse().unwrap()).unwrap(),
            quantity: intent.quantity,
            fee: Money::ZERO,
            fee_currency: Currency::USDT,
            liquidity: Liquidity::Taker,
            cause: FillCause::Order,
            at: self.now(),
        };
        self.report(&intent, ReportKind::Filled(fill));
    }

    fn reject(&mut self, name: &str) {
        let intent = self.next_order(name);
        self.report(&intent, ReportKind::Rejected("no".into()));
    }

    pub(crate) fn resume(&mut self) {
        self.hear(Event::Operator(OperatorCommand {
            at: self.now(),
            action: OperatorAction::SetTradingState(TradingState::Active),
            operator: "ann".into(),
            reason: "looked into it".into(),
        }));
    }

    /// Time passes, and nobody says anything.
    pub(crate) fn wait(&mut self, span: Span) {
        self.hear(Event::Clock(self.engine.now().after(span)));
    }

    /// Takes an event, and keeps it with all that it led to as a journal would.
    pub(crate) fn hear(&mut self, event: Event) {
        self.engine.turn(&event, &mut self.turn).unwrap();
        self.engine.ledger().check_identities().unwrap();
        self.records.push(OwnedRecord::Event(event));
        if self.turn.has_news() {
            self.records.push(OwnedRecord::Turn(self.turn.record()));
        }
        for command in self.turn.commands() {
            self.records.push(OwnedRecord::Command(command.into()));
            if let Request::Place(intent) = command.request() {
                let name = &self.names[intent.instrument.index()];
                self.sent.push(format!("{} {name} {}", intent.side, intent.quantity));
                self.waiting.push(*intent);
            }
        }
        let level = |to: Level| to.to_string();
        self.told.extend(
            self.turn.levels().iter().map(|change| format!("{} {}", change.measure, level(change.to))),
        );
    }

    pub(crate) fn report(&mut self, intent: &OrderIntent, kind: ReportKind) {
        let (ts_event, ts_received) = (self.now(), self.now());
        let (order, instrument) = (intent.id, intent.instrument);
        self.hear(Event::Order(OrderReport { order, instrument, ts_event, ts_received, kind }));
    }

    fn next_order(&mut self, name: &str) -> OrderIntent {
        let id = self.id(name);
        let place = self.waiting.iter().position(|intent| intent.instrument == id).expect("an open order");
        self.waiting.remove(place)
    }

    /// Whether an order in this instrument waits for the venue.
    pub(crate) fn waits(&self, id: InstrumentId) -> bool {
        self.waiting.iter().any(|intent| intent.instrument == id)
    }

    fn id(&self, name: &str) -> InstrumentId {
        let place = self.names.iter().position(|known| known == name);
        (0..).map(InstrumentId).nth(place.expect("a known instrument")).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::EPOCH.after(Span::HOUR.times(self.hour))
    }
}

pub(crate) fn instruments(names: &str) -> Instruments {
    let grid = |digits: &str| digits.parse().unwrap();
    let one = |name: &str| {
        let base = name.trim_end_matches("/spot");
        let perpetual =
            Instrument::linear_perpetual("sim", &format!("{base}USDT"), grid("0.01"), grid("0.001")).unwrap();
        if base == name {
            return perpetual;
        }
        let (kind, symbol) = (InstrumentKind::Spot, format!("{base}/USDT"));
        Instrument::new(InstrumentSpec { kind, symbol, funding_interval: None, ..perpetual.spec().clone() })
            .unwrap()
    };
    Instruments::new(names.split_whitespace().map(one).collect())
}

/// An engine with one voice on each instrument.
pub(crate) fn engine(instruments: &Instruments, configuration: Configuration) -> Engine {
    let voices = instruments.iter().zip((0..).map(StrategyId));
    let voices = voices.map(|((id, _), own)| (id, Box::new(Told(own, id)) as Box<dyn Strategy>)).collect();
    Engine::with_strategies(instruments.clone(), configuration, voices).unwrap()
}
