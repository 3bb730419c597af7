//! A backtest as one page of HTML, as JSON and as tables.
