//! What the program carries with it: real data, the venue's margin tiers, a configuration.

use std::collections::BTreeMap;

use anyhow::Context as _;
use autotrading_backtest::BacktestConfiguration;
use autotrading_catalog::{Columns, margin_tiers_from, read_bars_from, read_many_bars_from};
use autotrading_core::read_toml;
use autotrading_domain::MarginTiers;
use autotrading_market_data::{ReadRules, Reading};

/// Hourly bitcoin of Coinbase, 2017-07 to 2019-10; see `data/ATTRIBUTION.md`.
const BARS: &str = include_str!("../data/btcusd_coinbase_1h_2017-07_2019-10.csv");
/// Daily bitcoin, ether and litecoin of Bitstamp, 2014-11 to 2020-01; see `data/ATTRIBUTION.md`.
const COINS: &str = include_str!("../data/bitstamp_btc_eth_ltc_usd_1d_2014-11_2020-01.csv");
/// Margin tiers of Binance USD-M futures; see `data/ATTRIBUTION.md`.
const TIERS: &str = include_str!("../data/binance_usdm_margin_tiers.json");
/// The configuration of the main job.
pub(crate) const CONFIGURATION: &str = include_str!("../data/backtest.toml");
/// Name of the built-in bars in reports.
pub(crate) const BARS_NAME: &str = "btcusd_coinbase_1h_2017-07_2019-10.csv (built in)";

/// The built-in bars.
pub(crate) fn bars() -> anyhow::Result<Reading> {
    Ok(read_bars_from(BARS.as_bytes(), BARS_NAME, &Columns::default(), ReadRules::default())?)
}

/// Name of the built-in bars of several coins in reports.
pub(crate) const COINS_NAME: &str = "bitstamp_btc_eth_ltc_usd_1d_2014-11_2020-01.csv (built in)";

/// The built-in bars of several coins, by symbol.
pub(crate) fn coins() -> anyhow::Result<BTreeMap<String, Reading>> {
    Ok(read_many_bars_from(COINS.as_bytes(), COINS_NAME, ReadRules::default())?)
}

/// The venue's own margin tiers by symbol.
pub(crate) fn tiers() -> anyhow::Result<BTreeMap<String, MarginTiers>> {
    Ok(margin_tiers_from(TIERS, "binance_usdm_margin_tiers.json (built in)")?)
}

/// The built-in configuration.
pub(crate) fn configuration() -> anyhow::Result<BacktestConfiguration> {
    read_toml(CONFIGURATION).context("the built-in configuration")
}
