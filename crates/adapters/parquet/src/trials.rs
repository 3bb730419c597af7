//! The trials of a search.

use std::path::Path;
use std::sync::Arc;

use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, Float64Array, ListArray, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use autotrading_backtest::laboratory::{DayReturn, JobFigures, JobResult, SweepTable};
use autotrading_domain::Money;

use crate::ParquetError;
use crate::columns::{Columns, amount, amounts, count, measure, measure_or_none, text};
use crate::file::{self, name_of};

/// One trial as a file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialRow {
    /// Its number in the space.
    pub number: u128,
    /// Parameters with their values, as text.
    pub parameters: Vec<(String, String)>,
    /// What came of it.
    pub result: JobResult,
}

/// What stands before the name of a parameter.
const PARAMETER: &str = "parameter.";

/// Writes the trials of a search, one row each: `number`, a column `parameter.<name>` each, the figures (doubles; decimals
/// for money; undefined is null), the name of the `job`, and the lists `days` (since 1970-01-01) and `returns`.
///
/// # Errors
/// [`ParquetError`] with the file; [`ParquetError::Value`] for an amount that does not fit its column.
pub fn write_trials(path: &Path, table: &SweepTable) -> Result<(), ParquetError> {
    let name = name_of(path);
    let schema = Arc::new(schema(table));
    let trials = &table.trials;
    let figures = || trials.iter().map(|trial| &trial.result.figures);
    let mut columns: Vec<Arc<dyn Array>> = vec![words(trials.iter().map(|trial| trial.number.to_string()))];
    for place in 0..table.space.axes().len() {
        let value = |trial: &autotrading_backtest::laboratory::Trial| {
            trial.values.get(place).map(ToString::to_string).unwrap_or_default()
        };
        columns.push(words(trials.iter().map(value)));
    }
    let known: [fn(&JobFigures) -> f64; 3] = [|f| f.total_return, |f| f.max_drawdown, |f| f.periods_per_year];
    let perhaps: [fn(&JobFigures) -> Option<f64>; 3] = [|f| f.annual_return, |f| f.sharpe, |f| f.calmar];
    let counts: [fn(&JobFigures) -> u64; 3] = [|f| f.fills, |f| f.closed_trades, |f| f.findings];
    columns.extend(known.map(|of| Arc::new(Float64Array::from_iter_values(figures().map(of))) as _));
    columns.extend(perhaps.map(|of| Arc::new(figures().map(of).collect::<Float64Array>()) as _));
    columns.extend(counts.map(|of| Arc::new(UInt64Array::from_iter_values(figures().map(of))) as _));
    columns.push(amounts(&name, "fees", figures().map(|f| f.fees.get()))?);
    columns.push(amounts(&name, "final_equity", figures().map(|f| f.final_equity.get()))?);
    columns.push(words(trials.iter().map(|trial| trial.result.id.to_string())));
    let days = || trials.iter().map(|trial| trial.result.days.iter());
    columns.push(Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(
        days().map(|days| Some(days.map(|day| Some(day.day)).collect::<Vec<_>>())),
    )));
    columns.push(Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(
        days().map(|days| Some(days.map(|day| Some(day.value)).collect::<Vec<_>>())),
    )));
    let batch = RecordBatch::try_new(schema.clone(), columns)
        .map_err(|source| ParquetError::Format { file: name, source: source.into() });
    file::write(path, &schema, std::iter::once(batch))
}

fn schema(table: &SweepTable) -> Schema {
    let list = |name, of| Field::new(name, DataType::List(Arc::new(Field::new("item", of, true))), false);
    let mut fields = vec![text("number", false)];
    fields.extend(
        table.space.axes().iter().map(|axis| Field::new(format!("{PARAMETER}{axis}"), DataType::Utf8, false)),
    );
    fields.extend(["total_return", "max_drawdown", "periods_per_year"].map(measure));
    fields.extend(["annual_return", "sharpe", "calmar"].map(measure_or_none));
    fields.extend(["fills", "closed_trades", "findings"].map(count));
    fields.extend(["fees", "final_equity"].map(amount));
    fields.push(text("job", false));
    fields.extend([list("days", DataType::Int32), list("returns", DataType::Float64)]);
    Schema::new(fields)
}

fn words(words: impl Iterator<Item = String>) -> Arc<dyn Array> {
    Arc::new(words.map(Some).collect::<StringArray>())
}

/// Reads the trials of a search.
///
/// # Errors
/// [`ParquetError`] with the file, and with column or row where one offends.
pub fn read_trials(path: &Path) -> Result<Vec<TrialRow>, ParquetError> {
    let name = name_of(path);
    let (schema, mut reader) = file::open(path)?;
    let parameters: Vec<String> = schema
        .fields()
        .iter()
        .filter_map(|field| field.name().strip_prefix(PARAMETER))
        .map(str::to_owned)
        .collect();
    let mut trials = Vec::new();
    while let Some(batch) = file::next(&mut reader, &name)? {
        take(&Columns { file: &name, batch: &batch }, &parameters, &mut trials)?;
    }
    Ok(trials)
}

fn take(
    columns: &Columns<'_>,
    parameters: &[String],
    trials: &mut Vec<TrialRow>,
) -> Result<(), ParquetError> {
    let (numbers, jobs) = (columns.texts("number")?, columns.texts("job")?);
    let mut values = Vec::new();
    for parameter in parameters {
        values.push((parameter, columns.texts_named(&format!("{PARAMETER}{parameter}"))?));
    }
    let measures = ["total_return", "max_drawdown", "periods_per_year"].map(|name| columns.measures(name));
    let [total_return, max_drawdown, periods_per_year] = measures;
    let (total_return, max_drawdown, periods_per_year) = (total_return?, max_drawdown?, periods_per_year?);
    let perhaps = ["annual_return", "sharpe", "calmar"].map(|name| columns.measures_or_none(name));
    let [annual_return, sharpe, calmar] = perhaps;
    let (annual_return, sharpe, calmar) = (annual_return?, sharpe?, calmar?);
    let (fills, closed, findings) =
        (columns.counts("fills")?, columns.counts("closed_trades")?, columns.counts("findings")?);
    let (fees, equity) = (columns.amounts("fees")?, columns.amounts("final_equity")?);
    let (days, returns) = (columns.lists::<Int32Type>("days")?, columns.lists::<Float64Type>("returns")?);
    for place in 0..numbers.len() {
        let row = trials.len() as u64 + 1;
        let wrong = |column, value: &str, expected| ParquetError::Value {
            file: columns.file.to_owned(),
            row,
            column,
            value: value.to_owned(),
            expected,
        };
        let (number, job) = (numbers.value(place), jobs.value(place));
        let at = |values: &[f64]| values.get(place).copied().unwrap_or(f64::NAN);
        let whole = |values: &[u64]| values.get(place).copied().unwrap_or_default();
        let money =
            |values: &[rust_decimal::Decimal]| values.get(place).copied().map(Money::new).unwrap_or_default();
        let figures = JobFigures {
            total_return: at(total_return),
            annual_return: annual_return.get(place).copied().flatten(),
            sharpe: sharpe.get(place).copied().flatten(),
            max_drawdown: at(max_drawdown),
            calmar: calmar.get(place).copied().flatten(),
            periods_per_year: at(periods_per_year),
            fills: whole(fills),
            closed_trades: whole(closed),
            fees: money(&fees),
            final_equity: money(&equity),
            findings: whole(findings),
        };
        let (Some(days), Some(returns)) = (days.get(place), returns.get(place)) else { continue };
        if days.len() != returns.len() {
            return Err(wrong("returns", &format!("{} long", returns.len()), "as long as days"));
        }
        let day = |(day, value): (&i32, &f64)| DayReturn { day: *day, value: *value };
        let id = job.parse().map_err(|_| wrong("job", job, "64 hexadecimal digits"))?;
        trials.push(TrialRow {
            number: number.parse().map_err(|_| wrong("number", number, "a whole number"))?,
            parameters: values
                .iter()
                .map(|(name, of)| ((*name).clone(), of.value(place).to_owned()))
                .collect(),
            result: JobResult { id, figures, days: days.iter().zip(returns).map(day).collect() },
        });
    }
    Ok(())
}
