//! The equity curve of a run.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{Float64Array, RecordBatch};
use arrow_schema::Schema;
use autotrading_domain::Timestamp;

use crate::ParquetError;
use crate::columns::{Columns, measure, time, times};
use crate::file::{self, name_of};

/// Writes an equity curve: `time` (nanoseconds, UTC) and `equity` (double, settlement currency).
///
/// # Errors
/// [`ParquetError`] with the file; [`ParquetError::Lengths`] unless there is one value for each moment.
pub fn write_equity(path: &Path, moments: &[Timestamp], equity: &[f64]) -> Result<(), ParquetError> {
    let name = name_of(path);
    if moments.len() != equity.len() {
        return Err(ParquetError::Lengths { file: name, times: moments.len(), values: equity.len() });
    }
    let schema = Arc::new(Schema::new(vec![time("time"), measure("equity")]));
    let nanos = moments.iter().map(|moment| moment.nanos()).collect();
    let columns = vec![times(nanos), Arc::new(Float64Array::from(equity.to_vec())) as _];
    let batch = RecordBatch::try_new(schema.clone(), columns)
        .map_err(|source| ParquetError::Format { file: name, source: source.into() });
    file::write(path, &schema, std::iter::once(batch))
}

/// Reads an equity curve: moments and values.
///
/// # Errors
/// [`ParquetError`] with the file, and with the column that offends.
pub fn read_equity(path: &Path) -> Result<(Vec<Timestamp>, Vec<f64>), ParquetError> {
    let name = name_of(path);
    let (_, mut reader) = file::open(path)?;
    let (mut moments, mut equity) = (Vec::new(), Vec::new());
    while let Some(batch) = file::next(&mut reader, &name)? {
        let columns = Columns { file: &name, batch: &batch };
        moments.extend(columns.times("time")?.iter().copied().map(Timestamp::from_nanos));
        equity.extend_from_slice(columns.measures("equity")?);
    }
    Ok((moments, equity))
}
