//! A desk for tests: a ledger with money in it, and trades in a trader's words.
#![allow(dead_code, reason = "every test file uses its own part of the desk")]

use autotrading_domain::{
    ClientOrderId, Currency, Fill, FillCause, FundingPayment, Instrument, InstrumentId, InstrumentKind,
    InstrumentSpec, Instruments, Leverage, Liquidity, Money, Price, Quantity, Rate, Side, Timestamp, TradeId,
};
use autotrading_positions::{BookChange, FillBooked, Ledger, LedgerRules, Position};
use rust_decimal::Decimal;

pub(crate) const BTC: InstrumentId = InstrumentId(0);
pub(crate) const ETH: InstrumentId = InstrumentId(1);

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    Money::new(decimal(text))
}

pub(crate) fn price(text: &str) -> Price {
    Price::new(decimal(text)).unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::new(decimal(text)).unwrap()
}

pub(crate) fn five() -> Leverage {
    Leverage::new(5.into()).unwrap()
}

/// What was traded, before the venue gave it a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trade {
    pub(crate) instrument: InstrumentId,
    pub(crate) side: Side,
    pub(crate) quantity: Quantity,
    pub(crate) price: Price,
}

pub(crate) fn buy(amount: &str, at: &str) -> Trade {
    Trade { instrument: BTC, side: Side::Buy, quantity: quantity(amount), price: price(at) }
}

pub(crate) fn sell(amount: &str, at: &str) -> Trade {
    Trade { side: Side::Sell, ..buy(amount, at) }
}

pub(crate) fn perpetual(symbol: &str) -> Instrument {
    Instrument::linear_perpetual("sim", symbol, decimal("0.01"), decimal("0.001")).unwrap()
}

pub(crate) struct Desk {
    pub(crate) instruments: Instruments,
    pub(crate) ledger: Ledger,
    trades: u64,
}

impl Desk {
    /// Ten thousand in an account with so many perpetuals.
    pub(crate) fn new(rules: LedgerRules, instruments: usize) -> Self {
        let symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT"];
        Self::with(rules, symbols.iter().take(instruments).map(|symbol| perpetual(symbol)).collect())
    }

    pub(crate) fn with(rules: LedgerRules, instruments: Vec<Instrument>) -> Self {
        let instruments = Instruments::new(instruments);
        let mut ledger = Ledger::new(&instruments, rules).unwrap();
        ledger.deposit(money("10000"), Timestamp::EPOCH).unwrap();
        Self { instruments, ledger, trades: 0 }
    }

    pub(crate) fn perpetual() -> Self {
        Self::new(LedgerRules::isolated(five()), 1)
    }

    pub(crate) fn spot() -> Self {
        let mut spec = InstrumentSpec::from(perpetual("BTCUSDT"));
        (spec.kind, spec.funding_interval) = (InstrumentKind::Spot, None);
        Self::with(LedgerRules::isolated(Leverage::ONE), vec![Instrument::new(spec).unwrap()])
    }

    /// The fill that the venue would tell next; not yet applied.
    pub(crate) fn next(&mut self, trade: Trade) -> Fill {
        self.trades += 1;
        Fill {
            trade: TradeId(self.trades),
            order: Some(ClientOrderId { run: 1, sequence: 1 }),
            instrument: trade.instrument,
            side: trade.side,
            price: trade.price,
            quantity: trade.quantity,
            fee: Money::ZERO,
            fee_currency: Currency::USDT,
            liquidity: Liquidity::Taker,
            cause: FillCause::Order,
            at: Timestamp::from_secs(self.trades as i64),
        }
    }

    /// Fills without a fee.
    pub(crate) fn fill(&mut self, trade: Trade) -> FillBooked {
        self.fill_with_fee(trade, "0", Currency::USDT)
    }

    pub(crate) fn fill_with_fee(&mut self, trade: Trade, fee: &str, fee_currency: Currency) -> FillBooked {
        let fill = Fill { fee: money(fee), fee_currency, ..self.next(trade) };
        let entry = self.ledger.apply_fill(&fill).unwrap().entry().unwrap();
        self.ledger.check_identities().unwrap();
        match entry.change {
            BookChange::Fill(booked) => booked,
            other => panic!("a fill was booked as {other:?}"),
        }
    }

    pub(crate) fn funding(&mut self, amount: &str) {
        self.trades += 1;
        let at = Timestamp::from_secs(self.trades as i64);
        let payment =
            FundingPayment { instrument: BTC, at, rate: Rate::basis_points(1), amount: money(amount) };
        self.ledger.apply_funding(&payment).unwrap();
        self.ledger.check_identities().unwrap();
    }

    pub(crate) fn position(&self) -> &Position {
        self.ledger.position(BTC).unwrap()
    }
}
