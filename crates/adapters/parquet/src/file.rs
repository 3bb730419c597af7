//! Tables into files, and batches of rows out of them.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::ParquetError;

/// A file and how it is called in messages.
pub(crate) fn name_of(path: &Path) -> String {
    path.display().to_string()
}

/// Writes batches of one schema, over what is there.
pub(crate) fn write(
    path: &Path,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ParquetError>>,
) -> Result<(), ParquetError> {
    let name = name_of(path);
    let broken = |source| ParquetError::Format { file: name.clone(), source };
    let file = File::create(path).map_err(|source| ParquetError::Open { file: name.clone(), source })?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(broken)?;
    for batch in batches {
        writer.write(&batch?).map_err(broken)?;
    }
    writer.close().map_err(broken).map(|_| ())
}

/// Opens a file: its schema, and its rows batch by batch.
pub(crate) fn open(path: &Path) -> Result<(SchemaRef, ParquetRecordBatchReader), ParquetError> {
    let name = name_of(path);
    let file = File::open(path).map_err(|source| ParquetError::Open { file: name.clone(), source })?;
    let broken = |source| ParquetError::Format { file: name.clone(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
    let schema = builder.schema().clone();
    Ok((schema, builder.with_batch_size(1 << 13).build().map_err(broken)?))
}

/// The next batch of a reader.
pub(crate) fn next(
    reader: &mut ParquetRecordBatchReader,
    file: &str,
) -> Result<Option<RecordBatch>, ParquetError> {
    let broken = |source: arrow_schema::ArrowError| ParquetError::Format {
        file: file.to_owned(),
        source: parquet::errors::ParquetError::from(source),
    };
    reader.next().transpose().map_err(broken)
}
