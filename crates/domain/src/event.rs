//! Everything that can happen to the house, as one word each.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{InstrumentId, MarketEvent, Money, OrderReport, Rate, Timestamp, TradingState};

/// Money that changes hands at a funding time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundingPayment {
    /// On which position.
    pub instrument: InstrumentId,
    /// When.
    pub at: Timestamp,
    /// The rate; longs pay when positive.
    pub rate: Rate,
    /// What we receive; negative when we pay. In settlement currency, booked.
    pub amount: Money,
}

/// A word of the operator. Only such a word loosens the trading state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorCommand {
    /// When it was given.
    pub at: Timestamp,
    /// What is wanted.
    pub action: OperatorAction,
    /// Who gave it.
    pub operator: Cow<'static, str>,
    /// Why; journaled.
    pub reason: Cow<'static, str>,
}

impl OperatorCommand {
    /// Whether somebody stands for it: a name and a reason are given. What loosens takes both.
    pub fn is_signed(&self) -> bool {
        !self.operator.trim().is_empty() && !self.reason.trim().is_empty()
    }
}

/// What an operator may want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorAction {
    /// Set the trading state, tighter or looser.
    SetTradingState(TradingState),
    /// Stop opening and cancel all open orders, those that protect positions too. Nothing is placed again until the
    /// trading state is set.
    Kill {
        /// Close all positions too.
        flatten: bool,
    },
    /// Finish in order: open nothing, close nothing.
    Stop,
}

/// What the edge to a venue says about the connection itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionWord {
    /// It was lost: what happens at the venue is not heard of any more.
    Lost,
    /// Positions and open orders were asked for, told as events, and agree with the books.
    Reconciled,
    /// Whether the venue will cancel our orders should we fall silent.
    DeadMan {
        /// It will.
        armed: bool,
    },
}

/// One thing that happened. The engine sees events one at a time and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The market said something.
    Market(MarketEvent),
    /// The venue said something about one of our orders.
    Order(OrderReport),
    /// The venue traded on its own for our account: liquidation, auto-deleveraging.
    Fill(crate::Fill),
    /// Funding was paid.
    Funding(FundingPayment),
    /// Money came in, or went out when negative.
    Deposit {
        /// When.
        at: Timestamp,
        /// How much, in settlement currency.
        amount: Money,
    },
    /// An operator said something.
    Operator(OperatorCommand),
    /// The connection to the venue said something about itself.
    Connection {
        /// When.
        at: Timestamp,
        /// What.
        word: ConnectionWord,
    },
    /// Time passed.
    Clock(Timestamp),
}

impl Event {
    /// When the house heard of it.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Market(event) => event.ts_received,
            Self::Order(report) => report.ts_received,
            Self::Fill(fill) => fill.at,
            Self::Funding(payment) => payment.at,
            Self::Deposit { at, .. } | Self::Connection { at, .. } | Self::Clock(at) => *at,
            Self::Operator(command) => command.at,
        }
    }
}
