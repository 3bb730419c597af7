//! A run that never was: enough of everything to fill a page.
#![allow(clippy::unwrap_used, dead_code, reason = "made for tests; each uses a part")]

use autotrading_backtest::laboratory::{WalkRules, day_returns};
use autotrading_backtest::monte_carlo::{MonteCarlo, MonteCarloRules, ResampledPaths};
use autotrading_backtest::{
    Benchmark, BookView, Breakdown, Contribution, Costs, Excursion, FeeScenario, FillMark, GroupFigures,
    LargestBook, LevelNote, LimitUse, OrderStory, Outlook, Performance, PositionView, RegimeFigures,
    RegimeTransition, Report, RoundTripFigures, RunFacts, Series, Stage, StageNote, StateChangeNote,
    StrategyFigures, StressResult, Summary, Tally, TradeRow, TradingFigures, Undefined, ValueAtRiskTest,
    WalkStretch, WalkTable, drawdown_episodes, monthly_returns,
};
use autotrading_domain::{
    ClientOrderId, Direction, Money, Price, Purpose, Quantity, RegimeLabel, Side, Span, Timestamp, TradeId,
    TradingState, VolatilityLevel,
};
use autotrading_report::Page;

/// Everything that a page borrows.
pub(crate) struct Invented {
    pub(crate) report: Report,
    pub(crate) series: Series,
    pub(crate) fills: Vec<FillMark>,
    pub(crate) trades: Vec<TradeRow>,
    pub(crate) orders: Vec<OrderStory>,
}

impl Invented {
    pub(crate) fn page(&self) -> Page<'_> {
        Page {
            report: &self.report,
            series: &self.series,
            fills: &self.fills,
            trades: &self.trades,
            orders: &self.orders,
            walk_forward: None,
        }
    }
}

/// A long of 150 000 with 100 000 behind it.
fn largest_book() -> LargestBook {
    let held = PositionView {
        instrument: autotrading_domain::InstrumentId(0),
        notional: 150_000.0,
        component: 5_100.0,
        marginal: 0.034,
        without: -5_100.0,
    };
    let crash = StressResult {
        scenario: "2020-03-12 Black Thursday".to_owned(),
        profit: -75_000.0,
        share: -0.75,
        equity_after: 25_000.0,
        by_position: vec![-75_000.0],
    };
    LargestBook {
        at: "2018-02-01T00:00:00Z".parse().unwrap(),
        leverage: 1.5,
        view: BookView {
            equity: 100_000.0,
            value_at_risk: 5_230.0,
            expected_shortfall: 8_040.0,
            normal_value_at_risk: 5_100.0,
            positions: vec![held],
            herfindahl: 1.0,
            stress: vec![crash],
        },
        symbols: vec!["BTC<USDT>".to_owned()],
    }
}

/// Noise in [-1, 1] that is the same every time.
fn noise(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn money(value: f64) -> Money {
    Money::new(format!("{value:.4}").parse().unwrap())
}

fn price(value: f64) -> Price {
    Price::new(format!("{value:.2}").parse().unwrap()).unwrap()
}

fn quantity(value: f64) -> Quantity {
    Quantity::new(format!("{value:.3}").parse().unwrap()).unwrap()
}

fn series(bars: usize, interval: Span) -> Series {
    let start: Timestamp = "2017-07-01T00:00:00Z".parse().unwrap();
    let mut seed = 7;
    let mut series = Series::default();
    let (mut asset, mut equity, mut drift) = (2500.0_f64, 100_000.0_f64, 0.0);
    let hours = interval.in_units_of(Span::HOUR);
    let mut shares = vec![Vec::new(), Vec::new(), Vec::new()];
    for bar in 0..bars {
        if bar % 700 == 0 {
            drift = (noise(&mut seed) * 0.0006 + 0.00012) * hours;
        }
        let open = asset;
        asset *= 1.0 + drift + 0.008 * hours.sqrt() * noise(&mut seed);
        let exposure = if bar / 90 % 3 == 0 { 0.0 } else { (drift / hours * 2500.0).clamp(-1.6, 1.8) };
        equity *= 1.0 + exposure * (asset / open - 1.0) * 0.35;
        series.time.push(start.after(interval.times(bar as i64 + 1)));
        series.price.push([open, open.max(asset) * 1.002, open.min(asset) * 0.998, asset]);
        series.equity.push(equity);
        series.exposure.push(exposure);
        series.regime.push(RegimeLabel::ALL[(bar / 350 + usize::from(drift < 0.0)) % 4]);
        series.probabilities.push([0.25; 4]);
        series.volatility.push(if bar % 5 == 0 { VolatilityLevel::High } else { VolatilityLevel::Normal });
        for (place, share) in shares.iter_mut().enumerate() {
            let used = (exposure.abs() / (2.0 + place as f64)).min(1.02) + 0.02 * noise(&mut seed).abs();
            share.push((bar >= 30 || place < 2).then_some(used));
        }
    }
    let names = ["gross leverage", "concentration", "daily loss"].map(str::to_owned);
    let ends = [bars / 3, bars / 2].map(|bar| series.time.get(bar).copied().unwrap_or_default());
    let course = |name: &str, total: [f64; 2]| Contribution {
        name: name.to_owned(),
        time: ends.to_vec(),
        total: total.to_vec(),
    };
    series.contributions =
        vec![course("trend-following", [-50.0, 1200.5]), course("mean-reversion", [100.0, -340.25])];
    series.limits = names.into_iter().zip(shares).collect();
    series
}

fn fill(series: &Series, bar: usize, number: u32, side: Side) -> FillMark {
    let venue = number % 40 == 39;
    let purposes = [Purpose::Target, Purpose::StopLoss, Purpose::TakeProfit];
    FillMark {
        at: series.time[bar],
        trade: TradeId(u64::from(number)),
        order: (!venue).then_some(ClientOrderId { run: 1, sequence: number }),
        side,
        price: price(series.price[bar][3]),
        quantity: quantity(0.5 + f64::from(number % 7)),
        fee: money(1.25),
        purpose: (!venue).then_some(purposes[number as usize % 3]),
        reason: if venue { "liquidated by the venue" } else { "market order at the open" }.to_owned(),
    }
}

/// A run over hourly bars.
pub(crate) fn run(bars: usize) -> Invented {
    run_of(bars, Span::HOUR, 37)
}

/// A run with a fill every `pace` bars.
pub(crate) fn run_of(bars: usize, interval: Span, pace: usize) -> Invented {
    let series = series(bars, interval);
    let closes: Vec<f64> = series.price.iter().map(|[.., close]| *close).collect();
    let mut fills = Vec::new();
    let mut trades = Vec::new();
    let mut orders = Vec::new();
    for (number, bar) in (1u32..).zip((pace..bars).step_by(pace)) {
        let side = if number % 2 == 1 { Side::Buy } else { Side::Sell };
        let mark = fill(&series, bar, number, side);
        orders.push(OrderStory {
            at: mark.at,
            order: mark.order,
            direction: Direction::built_by(side),
            quantity: mark.quantity,
            bound: ["liquidation distance", "concentration", "Kelly", "leverage"][number as usize % 4]
                .to_owned(),
            outcome: if number % 9 == 0 { "refused: <daily loss> & more" } else { "sent" }.to_owned(),
        });
        if let (true, Some(entry)) = (number % 2 == 0, fills.last()) {
            let entry: &FillMark = entry;
            let gain = (mark.price.to_f64() - entry.price.to_f64()) * entry.quantity.to_f64();
            trades.push(TradeRow {
                number: u64::from(number) / 2,
                direction: Direction::Long,
                opened_at: entry.at,
                closed_at: mark.at,
                quantity: entry.quantity,
                entry: entry.price,
                exit: mark.price,
                realized: money(gain),
                fees: money(2.5),
                funding: money(-0.75),
                net: money(gain - 3.25),
                spread: Some(money(1.5)),
                impact: Some(money(0.25)),
                regime: Some(RegimeLabel::Bull),
                strategy: Some("trend-following".into()),
                excursion: Some(Excursion { adverse: 0.0123, favourable: 0.0345 }),
                notional: Some(2000.0),
            });
        }
        fills.push(mark);
    }
    let report = report(&series, &closes, &trades, fills.len(), interval);
    Invented { report, series, fills, trades, orders }
}

fn report(series: &Series, closes: &[f64], trades: &[TradeRow], fills: usize, interval: Span) -> Report {
    let performance = Performance::of(&series.time, &series.equity);
    let last = series.equity.last().copied().unwrap_or(100_000.0);
    let realized: f64 = trades.iter().map(|trade| trade.realized.to_f64()).sum();
    let (fees, funding) = (money(4210.55), money(-812.3));
    let mut drawdowns = drawdown_episodes(&series.time, &series.equity);
    drawdowns.sort_by(|a, b| b.depth.total_cmp(&a.depth));
    drawdowns.truncate(10);
    let start = series.time.first().copied().unwrap_or_default();
    let scenario = |multiple: u32| FeeScenario {
        multiple,
        final_equity: money(last + 4000.0 * (1.0 - f64::from(multiple))),
        total_return: (last + 4000.0 * (1.0 - f64::from(multiple))) / 100_000.0 - 1.0,
        sharpe: performance.sharpe.map(|ratio| ratio - 0.1 * f64::from(multiple)),
        fills: fills as u64,
    };
    Report {
        largest_book: Some(largest_book()),
        value_at_risk_test: Some(ValueAtRiskTest {
            days: 250,
            beyond: 6,
            expected: 2.5,
            coverage: 0.059,
            independence: 0.58,
            both: 0.14,
        }),
        summary: Summary {
            final_equity: money(last),
            cash: money(last),
            fees,
            funding,
            fills: fills as u64,
            closed_trades: trades.len() as u64,
            max_drawdown: performance.max_drawdown,
            sharpe: performance.sharpe,
            digest: "7f3a".repeat(16),
        },
        run: run_facts(series, start, interval),
        benchmark: Benchmark::of(&series.time, &series.equity, closes),
        trading: TradingFigures {
            orders: fills as u64,
            refused: 31,
            win_rate: Some(0.46),
            profit_factor: Some(1.31),
            expectancy: Some(84.2),
            average_hours: Some(37.0),
            payoff: Some(1.57),
            kelly: Some(0.116),
            mean_adverse: Some(0.0123),
            mean_favourable: Some(0.0345),
            longest_losing_streak: 7,
            time_in_market: 0.66,
            average_leverage: 0.81,
            peak_leverage: 1.83,
            annual_turnover: Some(64.0),
            liquidations: 3,
            ..TradingFigures::default()
        },
        costs: Costs {
            realized: money(realized),
            fees,
            funding,
            spread: money(912.0),
            impact: money(340.25),
            scenarios: vec![scenario(0), scenario(1), scenario(2)],
        },
        months: monthly_returns(&series.time, &series.equity),
        undefined: vec![Undefined {
            figure: "benchmark.performance.omega".into(),
            reason: "no return was a <loss>".into(),
        }],
        breakdown: breakdown(trades),
        walks: walks(start),
        outlook: outlook(series),
        drawdowns,
        regimes: RegimeLabel::ALL
            .map(|label| RegimeFigures {
                label,
                bars: 5000,
                share: 0.25,
                run_return: 0.12,
                asset_return: -0.07,
            })
            .into(),
        regime_transitions: transitions(),
        strategies: strategies(start),
        unattributed: money(12.5),
        bounds: tallies(&[
            ("liquidation distance", 410),
            ("concentration", 288),
            ("Kelly", 150),
            ("leverage", 34),
        ]),
        refusals: tallies(&[("daily loss", 17), ("rate <limit>", 9), ("stale data", 5)]),
        findings: Vec::new(),
        limits: vec![
            LimitUse { name: "gross leverage".into(), limit: 2.0, peak: Some(1.83), mean: Some(0.81) },
            LimitUse { name: "daily loss".into(), limit: 0.05, peak: Some(0.051), mean: Some(0.004) },
            LimitUse { name: "correlation".into(), limit: 0.7, peak: None, mean: None },
        ],
        state_changes: vec![StateChangeNote {
            at: start,
            to: TradingState::ReduceOnly,
            cause: "DailyLoss at 0.0512, limit 0.0500".into(),
        }],
        levels: vec![LevelNote {
            at: start,
            measure: "value at risk".into(),
            from: "normal".into(),
            to: "warning".into(),
            value: Some(0.0123),
            limit: 0.0175,
        }],
        beyond_value_at_risk: vec![start],
        notes: vec![
            "The data are spot prices; they are traded here as a linear perpetual.".into(),
            "Liquidation is checked on the high and low of every bar.".into(),
        ],
        performance,
    }
}

/// Two labels that stood.
fn transitions() -> Vec<RegimeTransition> {
    let (bull, bear) = (RegimeLabel::Bull, RegimeLabel::Bear);
    let rows = [(bull, bull, 97, 0.97), (bull, bear, 3, 0.03), (bear, bull, 4, 0.04), (bear, bear, 96, 0.96)];
    rows.map(|(from, to, count, share)| RegimeTransition { from, to, count, share }).into()
}

fn strategies(at: Timestamp) -> Vec<StrategyFigures> {
    let own = |name: &str, contribution: f64, stage: Stage| StrategyFigures {
        name: name.to_owned(),
        opinions: 420,
        bars: 300,
        share: 0.35,
        mean_weight: Some(0.421),
        agreement: Some(0.612),
        round_trips: 17,
        contribution: money(contribution),
        stage: Some(stage),
        stage_changes: Vec::new(),
    };
    let grown = vec![StageNote { at, from: Stage::Incubation, to: Stage::Growth }];
    vec![
        StrategyFigures { stage_changes: grown, ..own("trend-following", 1200.5, Stage::Growth) },
        own("mean-reversion", -340.25, Stage::Incubation),
    ]
}

fn run_facts(series: &Series, from: Timestamp, interval: Span) -> RunFacts {
    RunFacts {
        code_version: "0.1.0".into(),
        data: "invented.csv".into(),
        data_digest: "ab12".repeat(16),
        instrument: "BTCUSD".into(),
        from,
        to: series.time.last().copied().unwrap_or_default(),
        bars: series.time.len() as u64,
        interval,
        seed: 42,
        start_cash: money(100_000.0),
        strategies: vec!["trend-following".into(), "mean-reversion".into()],
        complete: true,
        venue_agrees: true,
    }
}

fn tallies(counts: &[(&str, u64)]) -> Vec<Tally> {
    counts.iter().map(|(cause, count)| Tally { cause: (*cause).to_owned(), count: *count }).collect()
}

fn breakdown(trades: &[TradeRow]) -> Breakdown {
    let group = |name: &str| GroupFigures {
        name: name.to_owned(),
        round_trips: RoundTripFigures::of(trades.iter().map(|trade| trade.net.to_f64())),
        exposure: 0.41,
        annual_turnover: Some(12.0),
        mean_adverse: Some(0.0123),
        mean_favourable: None,
        realized: money(100.0),
        fees: money(25.0),
        funding: money(-7.5),
        spread: money(15.0),
        impact: money(2.5),
        net: money(67.5),
    };
    Breakdown {
        strategies: vec![group("trend-following"), group("nobody")],
        regimes: vec![group("bull")],
        instruments: vec![group("BTCUSD")],
        sides: vec![group("long"), group("short")],
        months: vec![group("2017-07")],
    }
}

fn walks(start: Timestamp) -> WalkTable {
    let rules = WalkRules { least_walks: 1, ..WalkRules::default() };
    let stretch = |walk| WalkStretch {
        walk,
        first_return: 0.071,
        first_sharpe: Some(2.25),
        next_return: -0.033,
        next_sharpe: None,
        next_drawdown: 0.045,
    };
    let walks = rules.walks(start, start.after(Span::DAY.times(150))).unwrap();
    WalkTable { rules, walks: walks.into_iter().map(stretch).collect(), consistency: Some(0.0), reason: None }
}

fn outlook(series: &Series) -> Outlook {
    let days = day_returns(&series.time, &series.equity);
    let returns: Vec<f64> = days.iter().map(|day| day.value).chain([0.01, -0.01]).collect();
    let maker = ResampledPaths::new(&returns, Some(2.0)).unwrap();
    let rules = MonteCarloRules { paths: 50, horizon: 60, ..MonteCarloRules::default() };
    let mut futures = MonteCarlo::new(&maker, rules).unwrap().run().unwrap();
    futures.terminals.clear();
    Outlook { futures: Some(futures), mean_block: Some(2.0), ruin: 0.5, reason: None }
}
