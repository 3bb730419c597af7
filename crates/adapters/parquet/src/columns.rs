//! Columns: what they are called, what they hold, and how exact amounts go in and come out.

use std::sync::Arc;

use arrow_array::types::{Decimal128Type, Float64Type, TimestampNanosecondType, UInt64Type};
use arrow_array::{
    Array, ArrowPrimitiveType, BooleanArray, Decimal128Array, ListArray, PrimitiveArray, RecordBatch,
    StringArray, TimestampNanosecondArray,
};
use arrow_schema::{DataType, Field, TimeUnit};
use rust_decimal::Decimal;

use crate::ParquetError;

/// Places of an exact amount, and the digits it has in all.
pub(crate) const PLACES: i8 = 18;
pub(crate) const DIGITS: u8 = 38;

pub(crate) fn time(name: &'static str) -> Field {
    Field::new(name, DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), false)
}

pub(crate) fn measure(name: &'static str) -> Field {
    Field::new(name, DataType::Float64, false)
}

/// A measurement that may be undefined.
pub(crate) fn measure_or_none(name: &'static str) -> Field {
    Field::new(name, DataType::Float64, true)
}

pub(crate) fn count(name: &'static str) -> Field {
    Field::new(name, DataType::UInt64, false)
}

pub(crate) fn amount(name: &'static str) -> Field {
    Field::new(name, DataType::Decimal128(DIGITS, PLACES), false)
}

pub(crate) fn text(name: &'static str, nullable: bool) -> Field {
    Field::new(name, DataType::Utf8, nullable)
}

pub(crate) fn times(nanos: Vec<i64>) -> Arc<dyn Array> {
    Arc::new(TimestampNanosecondArray::from(nanos).with_timezone("UTC"))
}

/// Exact amounts as whole numbers of their last place.
pub(crate) fn amounts(
    file: &str,
    column: &'static str,
    values: impl Iterator<Item = Decimal>,
) -> Result<Arc<dyn Array>, ParquetError> {
    let whole = values.zip(1..).map(|(value, row)| {
        scaled(value).ok_or_else(|| ParquetError::Value {
            file: file.to_owned(),
            row,
            column,
            value: value.to_string(),
            expected: "at most 18 places and 20 digits before them",
        })
    });
    let array: Decimal128Array = whole.collect::<Result<Vec<_>, _>>()?.into();
    let broken = |source| ParquetError::Format {
        file: file.to_owned(),
        source: parquet::errors::ParquetError::from(source),
    };
    Ok(Arc::new(array.with_precision_and_scale(DIGITS, PLACES).map_err(broken)?))
}

fn scaled(value: Decimal) -> Option<i128> {
    let value = value.normalize();
    let missing = u32::try_from(PLACES).ok()?.checked_sub(value.scale())?;
    let whole = value.mantissa().checked_mul(10_i128.checked_pow(missing)?)?;
    (whole.unsigned_abs() < 10_u128.pow(DIGITS.into())).then_some(whole)
}

/// The columns of a batch, by name.
pub(crate) struct Columns<'b> {
    pub(crate) file: &'b str,
    pub(crate) batch: &'b RecordBatch,
}

impl<'b> Columns<'b> {
    pub(crate) fn times(&self, column: &'static str) -> Result<&'b [i64], ParquetError> {
        Ok(self.whole::<TimestampNanosecondType>(column)?.values())
    }

    pub(crate) fn measures(&self, column: &'static str) -> Result<&'b [f64], ParquetError> {
        Ok(self.whole::<Float64Type>(column)?.values())
    }

    /// Measurements that may be undefined.
    pub(crate) fn measures_or_none(&self, column: &'static str) -> Result<Vec<Option<f64>>, ParquetError> {
        let array: &PrimitiveArray<Float64Type> = self.cast(column, self.column(column)?)?;
        Ok(array.iter().collect())
    }

    /// Lists of numbers, one a row.
    pub(crate) fn lists<T: ArrowPrimitiveType>(
        &self,
        column: &'static str,
    ) -> Result<Vec<Vec<T::Native>>, ParquetError> {
        let lists: &ListArray = self.cast(column, self.column(column)?)?;
        let list = |list: Option<Arc<dyn Array>>| {
            let list =
                list.ok_or_else(|| self.unexpected(column, "empty".to_owned(), "a list in each row"))?;
            Ok(self.cast::<PrimitiveArray<T>>(column, list.as_ref())?.values().to_vec())
        };
        lists.iter().map(list).collect()
    }

    pub(crate) fn counts(&self, column: &'static str) -> Result<&'b [u64], ParquetError> {
        Ok(self.whole::<UInt64Type>(column)?.values())
    }

    pub(crate) fn amounts(&self, column: &'static str) -> Result<Vec<Decimal>, ParquetError> {
        let array = self.whole::<Decimal128Type>(column)?;
        let scale = u32::try_from(array.scale()).unwrap_or(u32::MAX);
        let values = array.values().iter().zip(1..).map(|(whole, row)| {
            Decimal::try_from_i128_with_scale(*whole, scale)
                .or_else(|_| slimmed(*whole, scale).ok_or(()))
                .map_err(|()| ParquetError::Value {
                    file: self.file.to_owned(),
                    row,
                    column,
                    value: format!("{whole}e-{scale}"),
                    expected: "a decimal of 96 bits",
                })
        });
        values.collect()
    }

    pub(crate) fn flags(&self, column: &'static str) -> Result<Option<&'b BooleanArray>, ParquetError> {
        self.batch.column_by_name(column).map(|found| self.cast(column, found.as_ref())).transpose()
    }

    pub(crate) fn texts(&self, column: &'static str) -> Result<&'b StringArray, ParquetError> {
        self.cast(column, self.column(column)?)
    }

    /// Texts of a column whose name is known when the file is read.
    pub(crate) fn texts_named(&self, column: &str) -> Result<&'b StringArray, ParquetError> {
        let found = self.batch.column_by_name(column).and_then(|found| found.as_any().downcast_ref());
        found
            .ok_or_else(|| self.unexpected("a parameter", format!("no text ({column})"), "a column of texts"))
    }

    fn whole<T: ArrowPrimitiveType>(
        &self,
        column: &'static str,
    ) -> Result<&'b PrimitiveArray<T>, ParquetError> {
        let array: &PrimitiveArray<T> = self.cast(column, self.column(column)?)?;
        if array.null_count() > 0 {
            return Err(self.unexpected(
                column,
                format!("empty in {} rows", array.null_count()),
                "a value in each row",
            ));
        }
        Ok(array)
    }

    fn column(&self, column: &'static str) -> Result<&'b dyn Array, ParquetError> {
        match self.batch.column_by_name(column) {
            Some(found) => Ok(found.as_ref()),
            None => Err(self.unexpected(column, "missing".to_owned(), "there")),
        }
    }

    fn cast<A: Array + 'static>(
        &self,
        column: &'static str,
        found: &'b dyn Array,
    ) -> Result<&'b A, ParquetError> {
        found.as_any().downcast_ref::<A>().ok_or_else(|| {
            self.unexpected(column, format!("of the type {}", found.data_type()), std::any::type_name::<A>())
        })
    }

    fn unexpected(&self, column: &'static str, found: String, expected: &str) -> ParquetError {
        let (file, expected) = (self.file.to_owned(), expected.to_owned());
        ParquetError::Column { file, column, found, expected }
    }
}

/// A whole number without the zeros at its end, where it is too long for a decimal with them.
fn slimmed(mut whole: i128, mut scale: u32) -> Option<Decimal> {
    while scale > 0 && whole % 10 == 0 {
        whole /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(whole, scale).ok()
}
