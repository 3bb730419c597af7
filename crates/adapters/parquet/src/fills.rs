//! Executions.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use autotrading_backtest::FillMark;
use autotrading_domain::{Money, Price, Quantity, Timestamp, TradeId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::ParquetError;
use crate::columns::{Columns, amount, amounts, text, time, times};
use crate::file::{self, name_of};

/// Writes executions: `at` (nanoseconds, UTC), `trade`, `order` (empty when the venue acted), `side`, `price`,
/// `quantity`, `fee` (decimals), `purpose`, `reason`.
///
/// # Errors
/// [`ParquetError`] with the file; [`ParquetError::Value`] for an amount that does not fit its column.
pub fn write_fills(path: &Path, fills: &[FillMark]) -> Result<(), ParquetError> {
    let schema = Arc::new(Schema::new(vec![
        time("at"),
        Field::new("trade", DataType::UInt64, false),
        text("order", true),
        text("side", false),
        amount("price"),
        amount("quantity"),
        amount("fee"),
        text("purpose", true),
        text("reason", false),
    ]));
    let name = name_of(path);
    let words = |of: fn(&FillMark) -> Option<String>| {
        Arc::new(fills.iter().map(of).collect::<StringArray>()) as Arc<dyn Array>
    };
    let columns = vec![
        times(fills.iter().map(|fill| fill.at.nanos()).collect()),
        Arc::new(UInt64Array::from_iter_values(fills.iter().map(|fill| fill.trade.0))),
        words(|fill| fill.order.map(|order| order.to_string())),
        words(|fill| word(&fill.side)),
        amounts(&name, "price", fills.iter().map(|fill| fill.price.get()))?,
        amounts(&name, "quantity", fills.iter().map(|fill| fill.quantity.get()))?,
        amounts(&name, "fee", fills.iter().map(|fill| fill.fee.get()))?,
        words(|fill| word(&fill.purpose?)),
        words(|fill| Some(fill.reason.clone())),
    ];
    let batch = RecordBatch::try_new(schema.clone(), columns)
        .map_err(|source| ParquetError::Format { file: name, source: source.into() });
    file::write(path, &schema, std::iter::once(batch))
}

/// Reads executions.
///
/// # Errors
/// [`ParquetError`] with the file, and with column or row where one offends.
pub fn read_fills(path: &Path) -> Result<Vec<FillMark>, ParquetError> {
    let name = name_of(path);
    let (_, mut reader) = file::open(path)?;
    let mut fills = Vec::new();
    while let Some(batch) = file::next(&mut reader, &name)? {
        let columns = Columns { file: &name, batch: &batch };
        take(&columns, &mut fills)?;
    }
    Ok(fills)
}

fn take(columns: &Columns<'_>, fills: &mut Vec<FillMark>) -> Result<(), ParquetError> {
    let amounts = columns.amounts("price")?.into_iter().zip(columns.amounts("quantity")?);
    let amounts = amounts.zip(columns.amounts("fee")?);
    let trades = columns.times("at")?.iter().zip(columns.counts("trade")?).zip(amounts);
    let [order, side, purpose, reason] =
        ["order", "side", "purpose", "reason"].map(|column| columns.texts(column));
    let (order, side, purpose, reason) = (order?, side?, purpose?, reason?);
    for (place, ((at, trade), ((price, quantity), fee))) in trades.enumerate() {
        let row = fills.len() as u64 + 1;
        let wrong = |column, value: String, expected| ParquetError::Value {
            file: columns.file.to_owned(),
            row,
            column,
            value,
            expected,
        };
        let said = |words: &StringArray| words.is_valid(place).then(|| words.value(place).to_owned());
        let (our_order, why, way) = (said(order), said(purpose), said(side).unwrap_or_default());
        fills.push(FillMark {
            at: Timestamp::from_nanos(*at),
            trade: TradeId(*trade),
            order: our_order
                .map(|text| text.parse().map_err(|_| wrong("order", text, "run-sequence")))
                .transpose()?,
            side: meant(&way).ok_or_else(|| wrong("side", way, "buy or sell"))?,
            price: Price::new(price).map_err(|_| wrong("price", price.to_string(), "above zero"))?,
            quantity: Quantity::new(quantity)
                .map_err(|_| wrong("quantity", quantity.to_string(), "not below zero"))?,
            fee: Money::new(fee),
            purpose: why
                .map(|text| meant(&text).ok_or_else(|| wrong("purpose", text, "why an order exists")))
                .transpose()?,
            reason: said(reason).unwrap_or_default(),
        });
    }
    Ok(())
}

/// A variant as the journal writes it.
fn word(variant: &impl Serialize) -> Option<String> {
    match serde_json::to_value(variant) {
        Ok(Value::String(word)) => Some(word),
        _ => None,
    }
}

fn meant<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::String(word.to_owned())).ok()
}
