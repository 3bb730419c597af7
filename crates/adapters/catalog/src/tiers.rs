//! Margin tiers from JSON.

use std::{collections::BTreeMap, fmt, io::Read, path::Path};

use autotrading_domain::{Leverage, MarginTier, MarginTiers, Money, Rate};
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

use crate::{CatalogError, source};

/// Reads margin tiers by symbol: an object of symbols, each a list of `notional_floor`, `notional_cap`,
/// `maintenance_margin_rate`, `maintenance_amount` (decimals as strings) and `max_leverage` (a whole number).
///
/// # Errors
/// [`CatalogError::Open`], [`CatalogError::Json`] with line and column, [`CatalogError::Tiers`] with the symbol.
pub fn read_margin_tiers(path: &Path) -> Result<BTreeMap<String, MarginTiers>, CatalogError> {
    let (mut file, name) = source::open(path)?;
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) => margin_tiers_from(&text, &name),
        Err(source) => Err(CatalogError::Read { file: name, source }),
    }
}

/// Reads margin tiers out of a text; `name` is for messages.
///
/// ```
/// let text = r#"{"BTCUSDT": [{"notional_floor": "0", "notional_cap": "300000",
///     "maintenance_margin_rate": "0.004", "maintenance_amount": "0", "max_leverage": 150}]}"#;
/// let tiers = autotrading_catalog::margin_tiers_from(text, "tiers.json")?;
/// assert_eq!(tiers["BTCUSDT"].as_slice()[0].max_leverage.to_string(), "150");
/// # Ok::<(), autotrading_catalog::CatalogError>(())
/// ```
///
/// # Errors
/// [`CatalogError::Json`] with line and column, [`CatalogError::Tiers`] with the symbol.
pub fn margin_tiers_from(text: &str, name: &str) -> Result<BTreeMap<String, MarginTiers>, CatalogError> {
    let symbols: Symbols =
        serde_json::from_str(text).map_err(|source| CatalogError::Json { file: name.to_owned(), source })?;
    symbols
        .0
        .into_iter()
        .map(|(symbol, brackets)| {
            match MarginTiers::new(brackets.into_iter().map(MarginTier::from).collect()) {
                Ok(tiers) => Ok((symbol, tiers)),
                Err(source) => Err(CatalogError::Tiers { file: name.to_owned(), symbol, source }),
            }
        })
        .collect()
}

/// A tier as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bracket {
    notional_floor: Money,
    notional_cap: Money,
    maintenance_margin_rate: Rate,
    maintenance_amount: Money,
    #[serde(deserialize_with = "whole_leverage")]
    max_leverage: Leverage,
}

fn whole_leverage<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Leverage, D::Error> {
    let whole = u32::deserialize(deserializer)?;
    Leverage::new(Decimal::from(whole)).map_err(D::Error::custom)
}

impl From<Bracket> for MarginTier {
    fn from(bracket: Bracket) -> Self {
        let Bracket {
            notional_floor,
            notional_cap,
            maintenance_margin_rate,
            maintenance_amount,
            max_leverage,
        } = bracket;
        Self { notional_floor, notional_cap, maintenance_margin_rate, maintenance_amount, max_leverage }
    }
}

/// An object that may name each symbol once.
struct Symbols(BTreeMap<String, Vec<Bracket>>);

impl<'de> Deserialize<'de> for Symbols {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SymbolsVisitor)
    }
}

struct SymbolsVisitor;

impl<'de> Visitor<'de> for SymbolsVisitor {
    type Value = Symbols;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of symbols, each with its list of margin tiers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Symbols, A::Error> {
        let mut symbols = BTreeMap::new();
        while let Some((symbol, brackets)) = map.next_entry::<String, Vec<Bracket>>()? {
            if symbols.contains_key(&symbol) {
                return Err(A::Error::custom(format!("the symbol {symbol:?} is named twice")));
            }
            symbols.insert(symbol, brackets);
        }
        Ok(Symbols(symbols))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bracket(floor: &str, cap: &str, rate: &str, amount: &str, leverage: &str) -> String {
        format!(
            "{{\"notional_floor\": \"{floor}\", \"notional_cap\": \"{cap}\", \"maintenance_margin_rate\": \
             \"{rate}\", \"maintenance_amount\": \"{amount}\", \"max_leverage\": {leverage}}}"
        )
    }

    fn message(text: &str) -> String {
        margin_tiers_from(text, "tiers.json").unwrap_err().to_string()
    }

    #[test]
    fn the_venue_s_own_figures_are_read_exactly() {
        let first = bracket("0", "300000", "0.004", "0.0", "150");
        let second = bracket("300000", "800000", "0.005", "300.0", "100");
        let tiers =
            margin_tiers_from(&format!("{{\"BTCUSDT\": [{first}, {second}]}}"), "tiers.json").unwrap();
        let maintenance = tiers["BTCUSDT"].maintenance(Money::new(Decimal::from(500_000))).unwrap();
        assert_eq!(maintenance.get(), Decimal::from(2_200));
    }

    #[test]
    fn faults_say_where() {
        assert!(message("{").starts_with("tiers.json: ") && message("{").ends_with("at line 1 column 1"));
        let off = bracket("5", "300000", "0.004", "0", "150");
        assert_eq!(
            message(&format!("{{\"X\": [{off}]}}")),
            "tiers.json: X: margin tier 0 starts at 5, expected 0"
        );
        assert!(message(&format!("{{\"X\": [{}]}}", bracket("0", "1", "0", "0", "0"))).contains("leverage"));
        let fine = bracket("0", "1", "0", "0", "1");
        assert!(message(&format!("{{\"X\": [{fine}], \"X\": [{fine}]}}")).contains("named twice"));
        assert!(message("{\"X\": []}").contains("no margin tier"));
    }
}
