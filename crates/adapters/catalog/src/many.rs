//! Bars of several instruments out of one file.

use std::collections::BTreeMap;
use std::{io::Read, path::Path};

use autotrading_market_data::{Intake, IntakeError, ReadRules, Reading};

use crate::bars::Register;
use crate::layout::{Columns, FIGURES, Layout, field_name, synthetic_place};
use crate::source::{self, Record, Rows};
use crate::{CatalogError, HeaderFault};

/// The column that says of which instrument a row is.
const SYMBOL: &str = "symbol";

/// Reads a file with the bars of several instruments, in one of two forms.
///
/// Side by side: the first column is the time (whatever it is called), the others are named `BTC:open`, `BTC:high` and
/// so on, five to an instrument. Where all five of a row are empty the instrument has no bar: before its start that is
/// nothing, later it is a gap.
///
/// Below each other: as [`read_bars`](crate::read_bars) with a further column `symbol`. The rows of each symbol come in
/// the order of their times; how the symbols take turns does not matter.
///
/// ```
/// use autotrading_catalog::read_many_bars_from;
/// use autotrading_market_data::ReadRules;
///
/// let file = ",BTC:open,BTC:high,BTC:low,BTC:close,BTC:volume,ETH:open,ETH:high,ETH:low,ETH:close,ETH:volume\n\
///             2020-01-01,7,8,6,7,1,,,,,\n\
///             2020-01-02,7,9,7,8,1,130,131,129,130,5\n\
///             2020-01-03,8,9,7,8,1,130,133,129,132,5\n";
/// let readings = read_many_bars_from(file.as_bytes(), "coins.csv", ReadRules::default())?;
/// assert_eq!((readings["BTC"].history.len(), readings["ETH"].history.len()), (3, 2));
/// # Ok::<(), autotrading_catalog::CatalogError>(())
/// ```
///
/// # Errors
/// [`CatalogError`] with the file, and with line, column, value and what was expected where a row offends.
pub fn read_many_bars(path: &Path, rules: ReadRules) -> Result<BTreeMap<String, Reading>, CatalogError> {
    let (file, name) = source::open(path)?;
    read_many_bars_from(file, &name, rules)
}

/// Reads the bars of several instruments from any source; `name` is for messages.
///
/// # Errors
/// As [`read_many_bars`].
pub fn read_many_bars_from(
    source: impl Read,
    name: &str,
    rules: ReadRules,
) -> Result<BTreeMap<String, Reading>, CatalogError> {
    let mut rows = Rows::new(source, name);
    let Some(header) = rows.next()? else {
        let expected = format!("a header with {SYMBOL} or SYMBOL:{}", FIGURES.join(", SYMBOL:"));
        return Err(CatalogError::Empty { file: name.to_owned(), expected });
    };
    let mut sheet = Sheet::of(&header, rules, name)?;
    while let Some(record) = rows.next()? {
        sheet.take(&record, name)?;
    }
    let readings = sheet.registers.into_iter().map(|(symbol, register)| match register.judge.finish() {
        Ok(reading) => Ok((symbol, reading)),
        Err(source) => Err(refused(name, &symbol, source)),
    });
    readings.collect()
}

fn refused(file: &str, symbol: &str, source: IntakeError) -> CatalogError {
    CatalogError::Bars { file: format!("{file}, {symbol}"), source }
}

/// A file of several instruments on its way in.
struct Sheet {
    form: Form,
    rules: ReadRules,
    registers: BTreeMap<String, Register>,
}

enum Form {
    SideBySide,
    Below { symbol: usize, synthetic: Option<usize>, layout: Layout<6> },
}

impl Sheet {
    fn of(header: &Record<'_>, rules: ReadRules, file: &str) -> Result<Self, CatalogError> {
        let names: Vec<String> = header.fields().map(field_name).collect();
        if let Some(symbol) = names.iter().position(|name| name == SYMBOL) {
            let layout = Layout::of_bars(header, &Columns::default(), file)?;
            let synthetic = synthetic_place(header);
            let form = Form::Below { symbol, synthetic, layout };
            return Ok(Self { form, rules, registers: BTreeMap::new() });
        }
        let mut registers = BTreeMap::new();
        for name in names.iter().skip(1) {
            let Some((symbol, _)) = name.split_once(':').filter(|(symbol, _)| !symbol.is_empty()) else {
                return Err(unnamed(header, &names, name, file));
            };
            if !registers.contains_key(symbol) {
                let layout = side_by_side(header, symbol, file)?;
                registers.insert(symbol.to_owned(), Register::new(layout, None, Intake::new(rules.clone())));
            }
        }
        if registers.is_empty() {
            return Err(unnamed(header, &names, "", file));
        }
        Ok(Self { form: Form::SideBySide, rules, registers })
    }

    fn take(&mut self, record: &Record<'_>, file: &str) -> Result<(), CatalogError> {
        match &self.form {
            Form::SideBySide => {
                for (symbol, register) in &mut self.registers {
                    register.take_unless_empty(record).map_err(|error| refused(file, symbol, error))?;
                }
                Ok(())
            }
            Form::Below { symbol, synthetic, layout } => {
                let field = record.field(*symbol);
                let symbol = source::shown(field);
                if field.is_empty() {
                    let (file, line) = (file.to_owned(), record.line());
                    let expected = "the instrument of the row".to_owned();
                    return Err(CatalogError::Field { file, line, column: SYMBOL, value: symbol, expected });
                }
                if !self.registers.contains_key(&symbol) {
                    let register = Register::new(layout.clone(), *synthetic, Intake::new(self.rules.clone()));
                    self.registers.insert(symbol.clone(), register);
                }
                let Some(register) = self.registers.get_mut(&symbol) else { return Ok(()) };
                register.take(record).map_err(|error| refused(file, &symbol, error))
            }
        }
    }
}

/// The five columns of one instrument, with the time in the first column of all.
fn side_by_side(header: &Record<'_>, symbol: &str, file: &str) -> Result<Layout<6>, CatalogError> {
    let named = FIGURES.map(|figure| format!("{symbol}:{figure}"));
    let [open, high, low, close, volume] = &named;
    let found = Layout::of_header(header, [open, high, low, close, volume].map(String::as_str), file)?;
    let [open, high, low, close, volume] = found.places;
    Ok(Layout { places: [0, open, high, low, close, volume], width: found.width, has_header: true })
}

fn unnamed(header: &Record<'_>, names: &[String], found: &str, file: &str) -> CatalogError {
    let fault = HeaderFault {
        line: header.line(),
        missing: SYMBOL.to_owned(),
        nearest: Some(found.to_owned()).filter(|found| !found.is_empty()),
        found: names.join(","),
        expected: format!(
            "{SYMBOL} and the columns of bars, or a time and SYMBOL:{}",
            FIGURES.join(",SYMBOL:")
        ),
    };
    CatalogError::Header { file: file.to_owned(), fault: Box::new(fault) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autotrading_market_data::FindingKind;

    fn read(text: &str, rules: ReadRules) -> Result<BTreeMap<String, Reading>, CatalogError> {
        read_many_bars_from(text.as_bytes(), "coins.csv", rules)
    }

    fn message(text: &str) -> String {
        read(text, ReadRules::default()).unwrap_err().to_string()
    }

    const SIDE: &str = "date,A:open,A:high,A:low,A:close,A:volume,B:open,B:high,B:low,B:close,B:volume\n";
    const BELOW: &str = "open_time,symbol,open,high,low,close,volume\n";

    #[test]
    fn both_forms_read_the_same() {
        let side = format!(
            "{SIDE}2020-01-01,1,1,1,1,5,,,,,\n2020-01-02,1,2,1,2,5,9,9,9,9,1\n2020-01-03,2,2,2,2,5,9,9,8,8,1\n"
        );
        let below = format!(
            "{BELOW}2020-01-02,B,9,9,9,9,1\n2020-01-01,A,1,1,1,1,5\n2020-01-03,B,9,9,8,8,1\n2020-01-02,A,1,2,1,2,5\n2020-01-03,A,2,2,2,2,5\n"
        );
        let (side, below) =
            (read(&side, ReadRules::default()).unwrap(), read(&below, ReadRules::default()).unwrap());
        for symbol in ["A", "B"] {
            assert_eq!(side[symbol].history, below[symbol].history);
        }
        assert_eq!(side["B"].history.len(), 2);
    }

    #[test]
    fn an_unsorted_file_is_refused_with_file_symbol_and_line_or_listed_by_policy() {
        let text = format!(
            "{BELOW}2020-01-01,A,1,1,1,1,5\n2020-01-03,A,1,1,1,1,5\n2020-01-01,B,1,1,1,1,5\n2020-01-02,A,1,1,1,1,5\n2020-01-02,B,1,1,1,1,5\n2020-01-04,A,1,1,1,1,5\n2020-01-05,A,1,1,1,1,5\n"
        );
        let error = read(&text, ReadRules::default()).unwrap_err();
        assert_eq!(error.line(), Some(5));
        assert!(
            error.to_string().starts_with("coins.csv, A: line 5 (2020-01-02T00:00:00.000Z): out of order"),
            "{error}"
        );
        let readings = read(&text, ReadRules::inspect()).unwrap();
        assert_eq!(readings["A"].findings.count(FindingKind::OutOfOrder), 1);
        assert_eq!((readings["A"].history.len(), readings["B"].history.len()), (4, 2));
    }

    #[test]
    fn a_time_that_comes_twice_is_refused_with_its_line() {
        let text = format!("{SIDE}2020-01-01,1,1,1,1,5,9,9,9,9,1\n2020-01-01,1,1,1,1,5,9,9,9,9,1\n");
        assert!(
            message(&text).starts_with("coins.csv, A: line 3 (2020-01-01T00:00:00.000Z): duplicate time"),
            "{}",
            message(&text)
        );
    }

    #[test]
    fn fields_missing_in_part_are_unreadable_and_in_whole_a_gap() {
        let text = format!("{SIDE}2020-01-01,1,1,1,1,5,9,9,9,9,1\n2020-01-02,1,1,,1,5,9,9,9,9,1\n");
        assert!(
            message(&text).contains("line 3: unreadable field: low is \"\", expected a number"),
            "{}",
            message(&text)
        );
        let rows = (1..=4).map(|day| {
            let b = if day == 3 { ",,,," } else { "9,9,9,9,1" };
            format!("2020-01-0{day},1,1,1,1,5,{b}\n")
        });
        let readings = read(&format!("{SIDE}{}", rows.collect::<String>()), ReadRules::default()).unwrap();
        assert_eq!(readings["B"].findings.count(FindingKind::Gap), 1);
        assert!(readings["A"].findings.is_empty());
    }

    #[test]
    fn a_header_that_names_no_instrument_is_told_what_to_name() {
        assert!(
            message("date,open,high\n").contains("the header lacks \"symbol\""),
            "{}",
            message("date,open,high\n")
        );
        assert!(message("date,A:open,A:high,A:low,A:close\n").contains("lacks \"A:volume\""));
        assert!(message("").contains("is empty"));
        assert!(message(&format!("{BELOW}2020-01-01,,1,1,1,1,5\n")).contains("line 2: symbol is \"\""));
    }
}
