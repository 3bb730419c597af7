//! Bars.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, BooleanArray, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use autotrading_domain::{Span, Timestamp};
use autotrading_market_data::{Intake, ReadRules, Reading, Row, Window};

use crate::ParquetError;
use crate::columns::{Columns, measure, time, times};
use crate::file::{self, name_of};

/// What a bar file says of itself, beside its columns.
const INTERVAL: &str = "autotrading.interval_ns";
const DECIMALS: &str = "autotrading.price_decimals";
/// Rows that go out at once.
const BATCH: usize = 1 << 16;

fn schema(bars: &Window<'_>) -> SchemaRef {
    let figures = ["open", "high", "low", "close", "volume"].map(measure);
    let fields: Vec<Field> = std::iter::once(time("open_time"))
        .chain(figures)
        .chain([Field::new("synthetic", DataType::Boolean, false)])
        .collect();
    let said = [
        (INTERVAL.to_owned(), bars.interval().nanos().to_string()),
        (DECIMALS.to_owned(), bars.price_decimals().to_string()),
    ];
    Arc::new(Schema::new(fields).with_metadata(HashMap::from(said)))
}

/// Writes bars: `open_time` (nanoseconds, UTC), `open`, `high`, `low`, `close`, `volume` (doubles), `synthetic`. The
/// interval and the decimals of the prices are in the file's metadata.
///
/// # Errors
/// [`ParquetError`] with the file.
pub fn write_bars(path: &Path, bars: Window<'_>) -> Result<(), ParquetError> {
    let schema = schema(&bars);
    let name = name_of(path);
    let starts = (0..bars.len()).step_by(BATCH);
    let batches = starts.map(|start| {
        let part = bars.slice(start, start + BATCH);
        let measures = |values: &[f64]| Arc::new(Float64Array::from(values.to_vec())) as Arc<dyn Array>;
        let synthetic: Vec<bool> = (0..part.len()).map(|place| part.is_synthetic(place)).collect();
        let columns = vec![
            times(part.open_time().to_vec()),
            measures(part.open()),
            measures(part.high()),
            measures(part.low()),
            measures(part.close()),
            measures(part.volume()),
            Arc::new(BooleanArray::from(synthetic)),
        ];
        RecordBatch::try_new(schema.clone(), columns)
            .map_err(|source| ParquetError::Format { file: name.clone(), source: source.into() })
    });
    file::write(path, &schema, batches)
}

/// Reads bars. `synthetic` may be missing; so may the metadata of a file that another program wrote: the interval then
/// is the most frequent step. Rows are judged as those of any source; lines of findings are rows, from 1.
///
/// # Errors
/// [`ParquetError`] with the file, and with column or row where one offends.
pub fn read_bars(path: &Path, rules: ReadRules) -> Result<Reading, ParquetError> {
    let name = name_of(path);
    let (schema, mut reader) = file::open(path)?;
    let said = |key| schema.metadata().get(key).and_then(|value| value.parse::<i64>().ok());
    let stated = rules.interval.or_else(|| said(INTERVAL).map(Span::from_nanos));
    let price_decimals = said(DECIMALS).and_then(|decimals| u32::try_from(decimals).ok()).unwrap_or(0);
    let mut intake = Intake::new(ReadRules { interval: stated, ..rules });
    let mut line = 0;
    let refused = |source| ParquetError::Bars { file: name.clone(), source };
    while let Some(batch) = file::next(&mut reader, &name)? {
        let columns = Columns { file: &name, batch: &batch };
        let (open_time, synthetic) = (columns.times("open_time")?, columns.flags("synthetic")?);
        let prices = columns.measures("open")?.iter().zip(columns.measures("high")?);
        let prices = prices.zip(columns.measures("low")?).zip(columns.measures("close")?);
        let figures = prices.zip(columns.measures("volume")?);
        for (place, (nanos, ((((open, high), low), close), volume))) in
            open_time.iter().zip(figures).enumerate()
        {
            line += 1;
            let row = Row {
                open_time: Timestamp::from_nanos(*nanos),
                open: *open,
                high: *high,
                low: *low,
                close: *close,
                volume: *volume,
                synthetic: synthetic.is_some_and(|marks| marks.is_valid(place) && marks.value(place)),
                price_decimals,
            };
            intake.take(line, &row).map_err(refused)?;
        }
    }
    intake.finish().map_err(refused)
}
