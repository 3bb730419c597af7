//! The books, from fills alone: a position is opened, added to, paid funding on, halved and turned around.
//!
//! ```text
//! cargo run -p autotrading-examples --example keep_the_books
//! ```

use std::error::Error;

use autotrading_domain::{
    Currency, Fill, FillCause, FundingPayment, Instrument, InstrumentId, Instruments, Leverage, Liquidation,
    Liquidity, Money, Price, Quantity, Rate, Side, Span, Timestamp, TradeId,
};
use autotrading_positions::{Applied, Ledger, LedgerRules};

const BITCOIN: InstrumentId = InstrumentId(0);

/// A taker's fill at 0.05 %, `hour` hours into the year.
fn fill(trade: u64, hour: i64, side: Side, quantity: &str, price: &str) -> Result<Fill, Box<dyn Error>> {
    let (quantity, price) = (Quantity::new(quantity.parse()?)?, Price::new(price.parse()?)?);
    let fee = price.times(quantity)?.times(Rate::basis_points(5))?;
    Ok(Fill {
        trade: TradeId(trade),
        order: None,
        instrument: BITCOIN,
        side,
        price,
        quantity,
        fee,
        fee_currency: Currency::USDT,
        liquidity: Liquidity::Taker,
        cause: FillCause::Order,
        at: "2024-01-01".parse::<Timestamp>()?.after(Span::HOUR.times(hour)),
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("binance", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let rules = LedgerRules::isolated(Leverage::new(5.into())?);
    let mut books = Ledger::new(&Instruments::new(vec![bitcoin]), rules)?;
    let start: Timestamp = "2024-01-01".parse()?;
    books.deposit(Money::new(10_000.into()), start)?;

    println!("{:<26} {:>9} {:>12} {:>12} {:>14}", "", "position", "entry", "realized", "wallet");
    let history = [
        fill(1, 1, Side::Buy, "0.4", "25000")?,
        fill(2, 2, Side::Buy, "0.2", "25600")?,
        fill(2, 2, Side::Buy, "0.2", "25600")?, // the venue said it twice
        fill(3, 9, Side::Sell, "0.3", "26500")?,
        fill(4, 12, Side::Sell, "0.5", "26200")?,
    ];
    for fill in history {
        if fill.trade == TradeId(3) {
            let amount = Money::new("-1.53".parse()?);
            let at = start.after(Span::HOUR.times(8));
            books.apply_funding(&FundingPayment {
                instrument: BITCOIN,
                at,
                rate: Rate::basis_points(1),
                amount,
            })?;
            line("funding at 08:00", &books)?;
        }
        let what = format!("{} {} at {}", fill.side, fill.quantity, fill.price);
        let applied = books.apply_fill(&fill)?;
        match &applied {
            Applied::Duplicate => println!("{what:<26} known already, nothing changes"),
            Applied::Booked(_) => line(&what, &books)?,
        }
        if let Some(trade) = applied.entry().as_ref().and_then(|entry| entry.closed_trade()) {
            println!(
                "  closed: {} {} from {} to {}, net {} after {} of fees and {} of funding",
                trade.direction,
                trade.quantity,
                trade.average_entry.get().round_dp(2),
                trade.average_exit.get().round_dp(2),
                trade.net()?,
                trade.fees,
                trade.funding
            );
        }
    }

    println!("\nMarks are measurements and touch no decimal:");
    for mark in [26_200.0, 25_000.0, 28_000.0] {
        books.mark(BITCOIN, mark);
        println!("  at {mark}: equity {:.2}", books.equity_f64());
    }
    let mark = Price::new(26_200.into())?;
    if let Liquidation::At(price) = books.liquidation(BITCOIN, mark, |_| Some(mark))? {
        println!("The short is liquidated at {}.", price.get().round_dp(1));
    }
    books.check_identities()?;
    println!("wallet = deposits + realized - fees + funding, to the last digit.");
    Ok(())
}

fn line(what: &str, books: &Ledger) -> Result<(), Box<dyn Error>> {
    let position = books.position(BITCOIN)?;
    let entry = position.average_entry().map_or("-".to_owned(), |price| price.get().round_dp(2).to_string());
    let totals = books.totals();
    println!(
        "{what:<26} {:>9} {entry:>12} {:>12} {:>14}",
        position.signed().to_string(),
        totals.realized.to_string(),
        totals.wallet.to_string()
    );
    Ok(())
}
