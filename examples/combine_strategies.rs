//! Four strategies become one opinion: weighed by the regime, tempered by their stage of life, netted by the pipeline.
//!
//! Nothing is traded here. The paper return of a strategy is its lean times the return of the next bar, without costs;
//! it is enough to show how a life goes. In the engine all of this happens on the way of one event.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example combine_strategies
//! ```

use std::error::Error;

use autotrading_catalog::{Columns, read_bars_from};
use autotrading_domain::{Direction, Instrument, InstrumentId, MarketEvent, Span, StrategyId, Timestamp};
use autotrading_market_data::ReadRules;
use autotrading_regime::{Detector, DetectorRules};
use autotrading_strategy::{
    Consensus, Context, LifeCycle, LifeCycleRules, Mandate, Parameters, Pipeline, PipelineSettings, Signals,
    Strategy, StrategyMatrix, Weighing, build,
};

const BITCOIN_BARS: &str = include_str!("../crates/cli/data/btcusd_coinbase_1h_2017-07_2019-10.csv");
const BITCOIN: InstrumentId = InstrumentId(0);
const NAMES: [&str; 4] = ["trend-following", "momentum", "mean-reversion", "range-trading"];

/// A strategy with its life and what it thinks now.
struct Member {
    strategy: Box<dyn Strategy>,
    life: LifeCycle,
    lean: f64,
    /// Paper return of the day so far.
    today: f64,
}

fn members(rules: LifeCycleRules) -> Result<Vec<Member>, Box<dyn Error>> {
    let facts = Instrument::linear_perpetual("paper", "BTCUSDT", "0.01".parse()?, "0.001".parse()?)?;
    let mut members = Vec::new();
    for (number, name) in (0..).zip(NAMES) {
        let mandate = Mandate { strategy: StrategyId(number), instrument: BITCOIN, facts: facts.clone() };
        let strategy = build(name, &Parameters::new(), mandate)?;
        members.push(Member { strategy, life: LifeCycle::new(rules)?, lean: 0.0, today: 0.0 });
    }
    Ok(members)
}

/// Closes the day of every strategy, and tells of those that moved to another stage.
fn close_the_day(members: &mut [Member], at: Timestamp) -> Result<(), Box<dyn Error>> {
    for member in members {
        if let Some(moved) = member.life.observe(std::mem::take(&mut member.today))? {
            println!(
                "  {at}  {:<16} {:?} -> {:?} after {} days: Sharpe {:.1} over the window, {:.1} over all, above zero with {:.1} %",
                member.strategy.name(),
                moved.from,
                moved.to,
                moved.day,
                moved.reading.rolling,
                moved.reading.live,
                moved.reading.above_zero * 100.0,
            );
        }
    }
    Ok(())
}

fn tell(at: Timestamp, weights: &[f64], cash: f64, consensus: &Consensus, pipeline: &Pipeline) {
    let weights: Vec<String> = weights.iter().map(|weight| format!("{weight:.2}")).collect();
    println!(
        "  {at}  weights {} cash {cash:.2}: {} {:.2}, sure {:.2}, agreed {:.2}",
        weights.join(" "),
        consensus.direction,
        consensus.strength,
        consensus.confidence,
        consensus.agreement,
    );
    for voice in pipeline.ancestry() {
        let name = NAMES.get(voice.strategy.index()).copied().unwrap_or_default();
        println!("      {name:<16} leans {:+.2} since {}, weight {:.2}", voice.lean, voice.at, voice.weight);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let source = BITCOIN_BARS.as_bytes();
    let bars = read_bars_from(source, "built in", &Columns::default(), ReadRules::default())?.history;

    let weighing = StrategyMatrix::standard().weighing(&NAMES)?; // funding is not among them: its weight is cash
    let mut detector = Detector::new(DetectorRules::default())?;
    let mut pipeline = Pipeline::new(PipelineSettings::default(), NAMES.len(), 1);
    let mut members = members(LifeCycleRules::default())?;
    let (mut signals, mut weights) = (Signals::new(), [0.0; NAMES.len()]);
    let (mut before, mut course, mut followed) = (f64::NAN, Direction::Flat, 0.0);
    let (mut told, mut day) = (0, Timestamp::EPOCH);

    println!(
        "{} hours of bitcoin. Moves between stages of life, and the first ten turns of the consensus:\n",
        bars.len()
    );
    for bar in bars.iter() {
        let event = MarketEvent::closed_bar(BITCOIN, bar);
        let at = event.ts_event;
        // What was thought until now earns the return of this bar, before anybody thinks anew.
        let change = if before.is_nan() { 0.0 } else { bar.close / before - 1.0 };
        before = bar.close;
        members.iter_mut().for_each(|member| member.today += member.lean * change);
        followed += course.sign() * change;
        if at.floor(Span::DAY) > day {
            day = at.floor(Span::DAY);
            close_the_day(&mut members, at)?;
        }

        detector.observe(&bar)?;
        let context = Context { regime: detector.estimate(), ..Context::BLANK };
        signals.clear();
        for member in &mut members {
            member.strategy.observe(&event, &context, &mut signals)?;
        }
        for signal in &signals {
            pipeline.admit(signal, at, true)?;
            if let Some(member) = members.get_mut(signal.strategy.index()) {
                member.lean = signal.lean();
            }
        }
        weighing.weigh(detector.estimate(), &mut weights);
        let cash = Weighing::temper(&mut weights, members.iter().map(|member| member.life.weight()));
        let consensus = pipeline.consensus(BITCOIN, at, &weights);
        if consensus.direction != course && consensus.direction != Direction::Flat && told < 10 {
            told += 1;
            tell(at, &weights, cash, &consensus, &pipeline);
        }
        course = consensus.direction;
    }

    println!("\n{:<16} {:>11} {:>6} {:>7} {:>11}", "strategy", "stage", "days", "Sharpe", "above zero");
    for member in &members {
        let reading = member.life.reading();
        println!(
            "{:<16} {:>11} {:>6} {:>7} {:>11}",
            member.strategy.name(),
            format!("{:?}", member.life.stage()),
            member.life.record().days(),
            reading.map_or("-".to_owned(), |reading| format!("{:.2}", reading.live)),
            reading.map_or("-".to_owned(), |reading| format!("{:.1} %", reading.above_zero * 100.0)),
        );
    }
    println!(
        "\nThe direction followed, whole and without costs, made {:+.0} % of one stake.",
        followed * 100.0
    );
    println!("A strategy stays in incubation until its days prove more than luck, asked every day.");
    Ok(())
}
