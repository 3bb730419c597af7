//! A sizing decision as a person reads it.

use std::{borrow::Cow, fmt};

use crate::{Bound, CapReading, Ceiling, Minimum, MultiplierReading, SizingDecision};

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cap { name } | Self::Multiplier { name } => name.fmt(f),
            Self::BelowMinimum { minimum: Minimum::Quantity } => f.write_str("below the minimum quantity"),
            Self::BelowMinimum { minimum: Minimum::Notional } => f.write_str("below the minimum notional"),
            Self::MaxQuantity => f.write_str("the largest order"),
            Self::Request { refusal } => refusal.fmt(f),
            Self::NoCeiling => f.write_str("no cap gave a ceiling"),
        }
    }
}

impl fmt::Display for SizingDecision {
    /// One line of result, then one line a cap and multiplier; the tightest cap is starred.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, quantity, bound, held, target, .. } = self;
        writeln!(f, "{side} {quantity}: from {} toward {}, bound by {bound}", short(*held), short(*target))?;
        writeln!(f, "  {:<22} {:>14} {:>14}", "constraint", "ceiling", "room")?;
        for reading in &self.caps {
            let star = if self.tightest.as_ref() == Some(&reading.name) { '*' } else { ' ' };
            cap_line(f, star, reading, *held)?;
        }
        self.multipliers.iter().try_for_each(|reading| multiplier_line(f, reading))
    }
}

fn cap_line(f: &mut fmt::Formatter<'_>, star: char, reading: &CapReading, held: f64) -> fmt::Result {
    let number =
        |figure: Option<f64>| figure.map_or(Cow::Borrowed("unlimited"), |figure| short(figure).into());
    let note = match &reading.ceiling {
        Ceiling::Unlimited => Cow::Borrowed(""),
        Ceiling::At { note, .. } => Cow::Borrowed(note.as_ref()),
        Ceiling::Zero { refusal } => Cow::Owned(refusal.to_string()),
    };
    let (ceiling, room) = (number(reading.ceiling.quantity()), number(reading.room(held)));
    let line = format!("{star} {:<22} {ceiling:>14} {room:>14}  {note}", reading.name);
    writeln!(f, "{}", line.trim_end())
}

fn multiplier_line(f: &mut fmt::Formatter<'_>, reading: &MultiplierReading) -> fmt::Result {
    let note = reading.refusal.as_ref().map(ToString::to_string).unwrap_or_default();
    let factor = format!("x {}", short(reading.factor));
    let line = format!("  {:<22} {factor:>14} {:>14}  {note}", reading.name, "");
    writeln!(f, "{}", line.trim_end())
}

/// Eight decimals at most, without trailing zeros.
fn short(figure: f64) -> String {
    let text = format!("{figure:.8}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(short(0.125), "0.125");
        assert_eq!(short(100.0), "100");
        assert_eq!(short(0.0), "0");
        assert_eq!(short(-2.5), "-2.5");
    }
}
