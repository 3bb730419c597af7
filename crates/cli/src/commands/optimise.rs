//! `autotrading portfolio optimise`: one portfolio, with its certificate.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::anyhow;
use autotrading_domain::{Grid, Money, Price, Span, Timestamp};
use autotrading_market_data::History;
use autotrading_portfolio::{
    CovarianceEstimator, ExpectedReturns, Inputs, LotHolding, LotTrades, Portfolio, PortfolioError, Returns,
    Reward, Risk, ShrinkageTarget, Solution, denoised, lot_trades,
};
use autotrading_statistics::Decay;
use ndarray::Array2;
use rust_decimal::Decimal;
use serde_json::json;

use crate::failure::Failure;
use crate::optimise_arguments::{Aim, Bounded, Estimate, Holdings, Means, PortfolioOptimise};
use crate::subject;
use crate::terminal::say;

/// Finds the portfolio and says why it is right.
pub(crate) fn run(asked: &PortfolioOptimise) -> Result<ExitCode, Failure> {
    let (mut kept, name) = subject::coins(&asked.coins)?;
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    let market = Market::of(&kept, &name)?;
    let inputs = market.inputs(asked).map_err(Failure::usage)?;
    let sentence = sentence(asked, &market)?;
    let answer = sentence.solve(&inputs).map_err(Failure::usage)?;
    let trades = market.trades(asked, &answer)?;
    let told = if asked.json {
        as_json(asked, &market, &answer, trades.as_ref())?
    } else {
        as_table(asked, &market, &answer, trades.as_ref())
    };
    say(&told)?;
    Ok(ExitCode::SUCCESS)
}

/// What was seen of several instruments at the same moments.
struct Market {
    data: String,
    symbols: Vec<String>,
    returns: Returns,
    last: Vec<f64>,
    from: Timestamp,
    to: Timestamp,
    per_year: f64,
}

impl Market {
    fn of(histories: &[(String, History)], data: &str) -> Result<Self, Failure> {
        let symbols: Vec<String> = histories.iter().map(|(symbol, _)| symbol.clone()).collect();
        let mut columns: Vec<_> = histories.iter().map(|(_, history)| history.iter().peekable()).collect();
        let Some(((_, first), others)) = histories.split_first() else {
            return Err(Failure::usage(anyhow!("{data} holds no instrument")));
        };
        let (mut times, mut prices) = (Vec::new(), Vec::new());
        for bar in first.iter() {
            let at = bar.close_time();
            let mut row = Vec::with_capacity(others.len() + 1);
            for column in &mut columns {
                while column.next_if(|bar| bar.close_time() < at).is_some() {}
                row.extend(column.next_if(|bar| bar.close_time() == at).map(|bar| bar.close));
            }
            // Returns over different stretches of time say nothing about each other.
            if row.len() == symbols.len() {
                times.push(at);
                prices.extend(row);
            }
        }
        let table = Array2::from_shape_vec((times.len(), symbols.len()), prices)?;
        let (Some(from), Some(to)) = (times.first(), times.last()) else {
            return Err(Failure::usage(anyhow!("the instruments of {data} have no bar in common")));
        };
        let returns = Returns::from_prices(symbols.clone(), table.view()).map_err(Failure::usage)?;
        let interval = histories.iter().map(|(_, history)| history.interval()).min().unwrap_or_default();
        let per_year = Span::DAY.times(365).in_units_of(interval);
        let last = table.rows().into_iter().next_back().map(|row| row.to_vec()).unwrap_or_default();
        Ok(Self { data: data.to_owned(), symbols, returns, last, from: *from, to: *to, per_year })
    }

    fn inputs(&self, asked: &PortfolioOptimise) -> Result<Inputs, PortfolioError> {
        let fading = Decay::from_half_life(asked.half_life);
        let estimator = match asked.covariance {
            Estimate::Sample | Estimate::Denoised => CovarianceEstimator::Sample,
            Estimate::Fading => CovarianceEstimator::Exponential { decay: fading.clone()? },
            Estimate::LedoitWolf => CovarianceEstimator::LedoitWolf(ShrinkageTarget::Identity),
            Estimate::ConstantCorrelation => {
                CovarianceEstimator::LedoitWolf(ShrinkageTarget::ConstantCorrelation)
            }
            Estimate::Oas => CovarianceEstimator::OracleApproximating,
            Estimate::Gerber => CovarianceEstimator::Gerber { threshold: 0.5 },
        };
        let mut covariance = estimator.estimate(&self.returns)?.matrix;
        if asked.covariance == Estimate::Denoised {
            covariance = denoised(covariance.view(), self.returns.observations())?;
        }
        let means = match asked.means {
            Means::Mean => ExpectedReturns::Mean,
            Means::Fading => ExpectedReturns::Exponential { decay: fading? },
            Means::JamesStein => ExpectedReturns::JamesStein,
        };
        let mut inputs = Inputs::new(self.symbols.clone())?
            .covariance(covariance)?
            .expected(means.estimate(&self.returns)?.to_vec())?
            .scenarios(self.returns.table().to_owned())?;
        for group in &asked.groups {
            let members: Vec<&str> = group.symbols.iter().map(String::as_str).collect();
            inputs = inputs.sector(&group.symbols.join("+"), &members)?;
        }
        Ok(inputs)
    }

    /// Weights by place.
    fn placed(&self, held: &Holdings) -> Result<Vec<f64>, Failure> {
        if let Some(name) = held.keys().find(|name| !self.symbols.contains(name)) {
            let unknown = PortfolioError::Unknown { what: "asset", name: name.clone() };
            return Err(Failure::usage(unknown));
        }
        Ok(self.symbols.iter().map(|symbol| held.get(symbol).copied().unwrap_or(0.0)).collect())
    }

    /// Whole lots towards the weights, at the last prices.
    fn trades(&self, asked: &PortfolioOptimise, answer: &Solution) -> Result<Option<LotTrades>, Failure> {
        let Some(equity) = asked.equity else { return Ok(None) };
        let current = asked
            .current
            .as_ref()
            .map_or_else(|| Ok(vec![0.0; self.symbols.len()]), |held| self.placed(held))?;
        if let Some((name, _)) = asked.lots.iter().find(|(name, _)| !self.symbols.contains(name)) {
            return Err(Failure::usage(PortfolioError::Unknown { what: "asset", name: name.clone() }));
        }
        let mut holdings = Vec::new();
        for (place, symbol) in self.symbols.iter().enumerate() {
            let step = asked.lots.iter().rev().find(|(name, _)| name == symbol).map(|(_, step)| *step);
            let lots = Grid::new(step.unwrap_or(Decimal::new(1, 5))).map_err(Failure::usage)?;
            let price = Price::new(Decimal::try_from(self.last[place])?)?;
            let held = lots_held(current[place], equity, price, lots).ok_or_else(|| {
                Failure::usage(anyhow!("--equity {equity} is too much to hold {symbol} for"))
            })?;
            holdings.push(LotHolding { price, lots, held, weight: answer.weights[place] });
        }
        Ok(Some(lot_trades(&holdings, equity, asked.least_trade).map_err(Failure::usage)?))
    }
}

/// Whole lots that come to a share of the money; `None` where the number does not fit.
fn lots_held(weight: f64, equity: Money, price: Price, lots: Grid) -> Option<Decimal> {
    let value = Decimal::try_from(weight).ok()?.checked_mul(equity.get())?;
    value.checked_div(price.get())?.checked_div(lots.step())?.trunc().checked_mul(lots.step())
}

fn sentence(asked: &PortfolioOptimise, market: &Market) -> Result<Portfolio, Failure> {
    let confidence = asked.confidence;
    let mut sentence = match asked.objective {
        Aim::MinimumVariance => Portfolio::minimise(Risk::Variance),
        Aim::MaximumSharpe => {
            Portfolio::maximise(Reward::Sharpe { risk_free: asked.risk_free / market.per_year })
        }
        Aim::Utility => Portfolio::maximise(Reward::Utility { risk_aversion: asked.risk_aversion }),
        Aim::MaximumReturn => Portfolio::maximise(Reward::Return),
        Aim::MaximumDiversification => Portfolio::maximise(Reward::Diversification),
        Aim::MinimumShortfall => Portfolio::minimise(Risk::ConditionalValueAtRisk { confidence }),
        Aim::MinimumSemivariance => Portfolio::minimise(Risk::Semivariance),
        Aim::Growth => Portfolio::maximise(Reward::Growth),
        Aim::RiskParity => Portfolio::sharing_risk(&vec![1.0; market.symbols.len()]),
    };
    sentence = sentence.cap(asked.cap);
    if !asked.shorts {
        sentence = sentence.long_only();
    }
    if let Some(limit) = asked.gross {
        sentence = sentence.gross(limit);
    }
    for Bounded { symbols, low, high } in &asked.weights {
        let [symbol] = &symbols[..] else {
            return Err(Failure::usage(anyhow!(
                "--weight {} is of one instrument; --group is of several",
                symbols.join("+")
            )));
        };
        sentence = sentence.weight(symbol, (edge(*low), edge(*high)));
    }
    for Bounded { symbols, low, high } in &asked.groups {
        sentence = sentence.sector(&symbols.join("+"), (edge(*low), edge(*high)));
    }
    if let Some(held) = &asked.current {
        let current = market.placed(held)?;
        let hold = asked.hold.unwrap_or(market.per_year);
        if !(hold > 0.0 && hold.is_finite()) {
            return Err(Failure::usage(anyhow!("--hold is {hold}, it must be above zero")));
        }
        if let Some(limit) = asked.turnover {
            sentence = sentence.turnover_from(&current, limit);
        }
        if let Some(rate) = asked.cost {
            sentence = sentence.cost_from(&current, rate / hold);
        }
        if let Some(rate) = asked.impact {
            sentence = sentence.impact_from(&current, rate / hold);
        }
    }
    if let Some(limit) = asked.volatility {
        sentence = sentence.volatility_at_most(limit / market.per_year.sqrt());
    }
    if let Some(floor) = asked.least_return {
        sentence = sentence.return_at_least(floor / market.per_year);
    }
    if let Some(count) = asked.at_most {
        sentence = sentence.at_most_assets(count);
    }
    if let Some(size) = asked.smallest {
        sentence = sentence.smallest_position(size);
    }
    Ok(sentence)
}

fn edge(end: Option<f64>) -> std::ops::Bound<f64> {
    end.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Included)
}

/// What the objective is of, and its value in the unit that a reader expects.
fn objective(asked: &PortfolioOptimise, answer: &Solution, per_year: f64) -> (&'static str, f64) {
    let value = answer.objective;
    match asked.objective {
        Aim::MinimumVariance => ("variance a year", value * per_year),
        Aim::MaximumSharpe => ("Sharpe ratio a year", value * per_year.sqrt()),
        Aim::Utility => ("utility a year", value * per_year),
        Aim::MaximumReturn => ("return a year after costs", value * per_year),
        Aim::MaximumDiversification => ("diversification ratio", value),
        Aim::MinimumShortfall => ("expected shortfall of a bar", value),
        Aim::MinimumSemivariance => ("semivariance a year", value * per_year),
        Aim::Growth => ("logarithmic growth a year", value * per_year),
        Aim::RiskParity => ("distance from the budgets", value),
    }
}

fn as_table(
    asked: &PortfolioOptimise,
    market: &Market,
    answer: &Solution,
    trades: Option<&LotTrades>,
) -> String {
    let mut out = format!(
        "{}, {} returns, {} to {}\n\n",
        market.data,
        market.returns.observations(),
        market.from,
        market.to
    );
    let quantities = trades.map(|trades| &trades.quantities);
    let _ = write!(out, "{:<12}{:>12}{:>20}", "", "weight", "part of the risk");
    out.push_str(if quantities.is_some() { "               trade\n" } else { "\n" });
    for (place, symbol) in market.symbols.iter().enumerate() {
        let part = answer.contributions.as_ref().map_or(f64::NAN, |parts| parts[place]);
        let _ = write!(out, "{symbol:<12}{:>10.2} %{:>18.2} %", answer.weights[place] * 100.0, part * 100.0);
        if let Some(quantity) = quantities.and_then(|all| all.get(place)) {
            let _ = write!(out, "{quantity:>20}");
        }
        out.push('\n');
    }
    let (what, value) = objective(asked, answer, market.per_year);
    out.push('\n');
    let mut line = |name: &str, text: String| {
        let _ = writeln!(out, "{name:<28}{text}");
    };
    line(what, format!("{value:.6}"));
    let year = market.per_year;
    line("expected return a year", percent(answer.expected_return.map(|mean| mean * year)));
    line("volatility a year", percent(answer.volatility.map(|sigma| sigma * year.sqrt())));
    line(
        "held back by",
        if answer.binding.is_empty() { "nothing".to_owned() } else { answer.binding.join("; ") },
    );
    line("condition number", format!("{:.1}", answer.condition_number.unwrap_or(f64::NAN)));
    line("certificate", certificate(answer));
    if let Some(choice) = answer.choice {
        let how =
            if choice.proven { "no other choice is better" } else { "the best that was found, not proven" };
        line("choice of instruments", format!("{how}, {} programs", choice.programs));
    }
    if let Some(trades) = trades {
        line("cash after the trades", format!("{}, {} off the targets in sum", trades.cash, trades.residual));
    }
    out
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.2} %", value * 100.0))
}

fn certificate(answer: &Solution) -> String {
    let r = answer.residuals;
    format!(
        "primal {:.0e}, dual {:.0e}, stationarity {:.0e}, gap {:.0e}; {} iterations, {:?}",
        r.primal, r.dual, r.stationarity, r.gap, answer.iterations, answer.solved_by
    )
}

fn as_json(
    asked: &PortfolioOptimise,
    market: &Market,
    answer: &Solution,
    trades: Option<&LotTrades>,
) -> Result<String, Failure> {
    let (what, value) = objective(asked, answer, market.per_year);
    let by_symbol = |values: &[f64]| -> serde_json::Map<String, serde_json::Value> {
        market.symbols.iter().cloned().zip(values.iter().map(|value| json!(value))).collect()
    };
    let traded = trades.map(|trades| {
        let quantities: serde_json::Map<String, serde_json::Value> = market
            .symbols
            .iter()
            .cloned()
            .zip(trades.quantities.iter().map(|q| json!(q.to_string())))
            .collect();
        json!({ "quantities": quantities, "cash": trades.cash, "residual": trades.residual })
    });
    let told = json!({
        "data": market.data,
        "from": market.from,
        "to": market.to,
        "returns": market.returns.observations(),
        "weights": by_symbol(&answer.weights),
        "contributions": answer.contributions.as_deref().map(by_symbol),
        "objective": { "of": what, "value": value },
        "expected_return": answer.expected_return.map(|mean| mean * market.per_year),
        "volatility": answer.volatility.map(|sigma| sigma * market.per_year.sqrt()),
        "binding": answer.binding,
        "condition_number": answer.condition_number,
        "residuals": {
            "primal": answer.residuals.primal,
            "dual": answer.residuals.dual,
            "stationarity": answer.residuals.stationarity,
            "gap": answer.residuals.gap,
        },
        "iterations": answer.iterations,
        "solved_by": format!("{:?}", answer.solved_by),
        "choice": answer.choice.map(|choice| json!({ "programs": choice.programs, "proven": choice.proven })),
        "trades": traded,
    });
    Ok(serde_json::to_string_pretty(&told)? + "\n")
}
