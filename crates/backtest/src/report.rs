//! A finished run as plain data: what `report.json` holds and what every page is drawn from.

use autotrading_domain::{Money, RegimeLabel, Span, Timestamp, TradingState, VolatilityLevel};
use autotrading_risk::RiskMonitor;
use autotrading_strategy::Stage;
use serde::{Deserialize, Serialize};

use crate::{
    Benchmark, Breakdown, DrawdownEpisode, LargestBook, MonthReturn, Outlook, Performance, Undefined,
    WalkTable,
};

/// Every figure of a run. Money is exact and written as text; ratios are numbers, undefined is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The few figures that runs are compared by.
    pub summary: Summary,
    /// What was run, on what.
    pub run: RunFacts,
    /// Figures of the equity curve.
    pub performance: Performance,
    /// The same of holding the asset, and how the two go together.
    pub benchmark: Benchmark,
    /// Figures of the run and of the asset that are undefined, with the reason.
    pub undefined: Vec<Undefined>,
    /// Figures of the trades.
    pub trading: TradingFigures,
    /// The round trips by strategy, regime, instrument, side and month.
    pub breakdown: Breakdown,
    /// What trading cost, and what would have been left without and with twice the fees.
    pub costs: Costs,
    /// Return of each month.
    pub months: Vec<MonthReturn>,
    /// The deepest falls, deepest first.
    pub drawdowns: Vec<DrawdownEpisode>,
    /// The run in stretches of sixty days with the twenty that follow each.
    pub walks: WalkTable,
    /// Where equity may be a year later, drawn from the run's own days.
    pub outlook: Outlook,
    /// Time and return by regime.
    pub regimes: Vec<RegimeFigures>,
    /// How often the label of one bar was followed by which at the next; labels that never stood are left out.
    pub regime_transitions: Vec<RegimeTransition>,
    /// What each strategy said, and what came of it.
    pub strategies: Vec<StrategyFigures>,
    /// The net of round trips that no strategy spoke for: with the contributions it is the net of all.
    pub unattributed: Money,
    /// How often each cap, multiplier or minimum decided the size of a position.
    pub bounds: Vec<Tally>,
    /// How often each check of the risk gate said no.
    pub refusals: Vec<Tally>,
    /// How often something odd was found in data, opinions or the venue's words, by kind.
    pub findings: Vec<Tally>,
    /// How much of each limit was used.
    pub limits: Vec<LimitUse>,
    /// The book when it was largest: what it risked, and what the crashes of the past would have done to it. `None`
    /// without a monitor.
    #[serde(default)]
    pub largest_book: Option<LargestBook>,
    /// Whether the 99 % value at risk held, day by day; `None` before the second day that had one.
    #[serde(default)]
    pub value_at_risk_test: Option<ValueAtRiskTest>,
    /// When the trading state changed, and why.
    pub state_changes: Vec<StateChangeNote>,
    /// Measures of risk that came to another level of their limit.
    pub levels: Vec<LevelNote>,
    /// Ends of days that lost more than the largest 99 % value at risk that was measured on them.
    pub beyond_value_at_risk: Vec<Timestamp>,
    /// What a reader must know to read the figures rightly.
    pub notes: Vec<String>,
}

/// The few figures that runs are compared by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Wallet plus unrealized profit at the last mark, in settlement currency.
    pub final_equity: Money,
    /// `final_equity - quantity * mark`, in settlement currency.
    pub cash: Money,
    /// All fees paid, in settlement currency.
    pub fees: Money,
    /// All funding received, negative when paid, in settlement currency.
    pub funding: Money,
    /// Executions, liquidations included.
    pub fills: u64,
    /// Round trips that ended.
    pub closed_trades: u64,
    /// Largest fall of equity from its high, in [0, 1].
    pub max_drawdown: f64,
    /// Sharpe ratio, annualised.
    pub sharpe: Option<f64>,
    /// SHA-256 over the data's checksum, every fill, every funding and every point of equity, in hex.
    pub digest: String,
}

/// What was run, on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// Version of the program.
    pub code_version: String,
    /// Name of the data.
    pub data: String,
    /// Checksum of the data.
    pub data_digest: String,
    /// The instrument.
    pub instrument: String,
    /// Open of the first bar.
    pub from: Timestamp,
    /// Close of the last bar.
    pub to: Timestamp,
    /// How many bars were replayed.
    pub bars: u64,
    /// Length of a bar.
    pub interval: Span,
    /// Seed of everything drawn by chance.
    pub seed: u64,
    /// Money at the start, in settlement currency.
    pub start_cash: Money,
    /// Names of the strategies.
    pub strategies: Vec<String>,
    /// Whether the data were replayed to their end.
    pub complete: bool,
    /// Whether the venue's account and our books agreed to the last digit.
    pub venue_agrees: bool,
}

/// Figures of the trades. Rates are decimal fractions; undefined is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TradingFigures {
    /// Orders that were sent to the venue.
    pub orders: u64,
    /// Orders that our own gate refused.
    pub refused: u64,
    /// Share of round trips that ended with a gain after fees and funding.
    pub win_rate: Option<f64>,
    /// Gains over losses.
    pub profit_factor: Option<f64>,
    /// Mean result of a round trip, in settlement currency.
    pub expectancy: Option<f64>,
    /// Mean gain of the winners, in settlement currency.
    pub average_win: Option<f64>,
    /// Mean loss of the losers, above zero, in settlement currency.
    pub average_loss: Option<f64>,
    /// Mean gain of the winners over mean loss of the losers.
    pub payoff: Option<f64>,
    /// The bet that grows wealth fastest if these odds are the true ones (Kelly); below zero for odds that lose.
    pub kelly: Option<f64>,
    /// Best result of a round trip, in settlement currency.
    pub best: Option<f64>,
    /// Worst result of a round trip, in settlement currency.
    pub worst: Option<f64>,
    /// Most round trips in a row that did not gain.
    pub longest_losing_streak: u64,
    /// Mean of the furthest that prices went against a position (maximum adverse excursion), as a share of its entry price.
    pub mean_adverse: Option<f64>,
    /// Mean of the furthest that prices went for it (maximum favourable excursion).
    pub mean_favourable: Option<f64>,
    /// Mean time in a round trip, in hours.
    pub average_hours: Option<f64>,
    /// Share of the bars with a position.
    pub time_in_market: f64,
    /// Mean gross notional over equity.
    pub average_leverage: f64,
    /// Largest gross notional over equity.
    pub peak_leverage: f64,
    /// Traded notional over mean equity, a year.
    pub annual_turnover: Option<f64>,
    /// Positions that the venue liquidated.
    pub liquidations: u64,
}

/// What trading cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Profit of closed parts before costs, in settlement currency.
    pub realized: Money,
    /// Fees paid.
    pub fees: Money,
    /// Funding received, negative when paid.
    pub funding: Money,
    /// Paid for crossing the spread, already in the fill prices.
    pub spread: Money,
    /// Paid for moving the price, already in the fill prices.
    pub impact: Money,
    /// The same run again with other fees.
    pub scenarios: Vec<FeeScenario>,
}

/// The run again with its fees multiplied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeeScenario {
    /// Fees times this.
    pub multiple: u32,
    /// Equity at the end, in settlement currency.
    pub final_equity: Money,
    /// End over start, minus one.
    pub total_return: f64,
    /// Sharpe ratio, annualised.
    pub sharpe: Option<f64>,
    /// Executions.
    pub fills: u64,
}

/// Time and return by regime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegimeFigures {
    /// The label.
    pub label: RegimeLabel,
    /// Bars under it.
    pub bars: u64,
    /// Share of all bars.
    pub share: f64,
    /// Compounded return of the run under it.
    pub run_return: f64,
    /// Compounded return of the asset under it.
    pub asset_return: f64,
}

/// How often one label was followed by another, from bar to bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegimeTransition {
    /// The label of a bar.
    pub from: RegimeLabel,
    /// The label of the next.
    pub to: RegimeLabel,
    /// How often.
    pub count: u64,
    /// Of all bars with the first label that were followed by one, in [0, 1].
    pub share: f64,
}

/// What one strategy said, how it was weighed, and what came of the trades that it spoke for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyFigures {
    /// Its name.
    pub name: String,
    /// Opinions that it formed, those included that take one back.
    pub opinions: u64,
    /// Bars at whose close it leaned one way.
    pub bars: u64,
    /// Their share of all bars.
    pub share: f64,
    /// Its mean weight at them, 0 to 1.
    pub mean_weight: Option<f64>,
    /// Of them, where the house went one way: the share at which that was its own.
    pub agreement: Option<f64>,
    /// Round trips that it spoke for when they were opened.
    pub round_trips: u64,
    /// Its part in their net, in settlement currency: each is shared among those who spoke for its direction when it was
    /// opened, by weight times lean.
    pub contribution: Money,
    /// How far its life has come; `None` where lives are not followed.
    pub stage: Option<Stage>,
    /// How it came there.
    pub stage_changes: Vec<StageNote>,
}

/// A strategy came to another stage of its life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageNote {
    /// When.
    pub at: Timestamp,
    /// The stage before.
    pub from: Stage,
    /// The stage now.
    pub to: Stage,
}

/// How often something happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// What.
    pub cause: String,
    /// How often.
    pub count: u64,
}

/// How much of a limit was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitUse {
    /// Name of the limit.
    pub name: String,
    /// The limit, in the unit of the name.
    pub limit: f64,
    /// Largest value seen; `None` when it was never measured.
    pub peak: Option<f64>,
    /// Mean value over the bars at which it was measured.
    pub mean: Option<f64>,
}

/// Whether a value at risk held: tests of the days on which it was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueAtRiskTest {
    /// Days that ended with a forecast.
    pub days: usize,
    /// How many of them lost more than it.
    pub beyond: usize,
    /// How many should have, at 99 %.
    pub expected: f64,
    /// Kupiec: how probable a number so far from the expected one is if the forecast is right.
    pub coverage: f64,
    /// Christoffersen: how probable days so close together are if they have nothing to do with each other.
    pub independence: f64,
    /// Both at once.
    pub both: f64,
}

impl ValueAtRiskTest {
    /// The test of a monitor's own forecasts; `None` before the second day that had one.
    pub fn of(monitor: &RiskMonitor) -> Option<Self> {
        let test = monitor.forecast_test().ok()?;
        let days = test.breaches.len();
        Some(Self {
            days,
            beyond: test.count,
            expected: 0.01 * days as f64,
            coverage: test.coverage.p_value,
            independence: test.independence.p_value,
            both: test.conditional_coverage.p_value,
        })
    }
}

/// A measure of risk came nearer to its limit, or went away from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelNote {
    /// When.
    pub at: Timestamp,
    /// What is measured, in words.
    pub measure: String,
    /// The level before: normal, warning (from 70 % of the limit on), critical (90 %) or breached.
    pub from: String,
    /// The level now.
    pub to: String,
    /// The measure; `None` when it could not be taken.
    pub value: Option<f64>,
    /// Its limit.
    pub limit: f64,
}

/// A change of the trading state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateChangeNote {
    /// When.
    pub at: Timestamp,
    /// To which state.
    pub to: TradingState,
    /// Why, in words.
    pub cause: String,
}

/// One point of a run for each bar, in columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Close of the bar.
    pub time: Vec<Timestamp>,
    /// Open, high, low and close of the bar.
    pub price: Vec<[f64; 4]>,
    /// Equity at the close.
    pub equity: Vec<f64>,
    /// Signed notional over equity at the close.
    pub exposure: Vec<f64>,
    /// The regime as it was known at the close.
    pub regime: Vec<RegimeLabel>,
    /// The volatility level as it was known at the close.
    pub volatility: Vec<VolatilityLevel>,
    /// Filtered probabilities of the labels at the close, in the order of [`RegimeLabel::ALL`].
    pub probabilities: Vec<[f32; 4]>,
    /// What each strategy had contributed after each round trip that it spoke for.
    pub contributions: Vec<Contribution>,
    /// Use of each limit, as a share of it: name and one value a bar, `None` where it could not be measured.
    pub limits: Vec<(String, Vec<Option<f64>>)>,
}

/// How the contribution of a strategy grew.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contribution {
    /// Its name.
    pub name: String,
    /// Ends of the round trips that it spoke for.
    pub time: Vec<Timestamp>,
    /// The sum of its parts until then, in settlement currency.
    pub total: Vec<f64>,
}
