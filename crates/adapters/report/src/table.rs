//! Tables: short ones as HTML, long ones as rows that the page shows as they are scrolled to.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::markup::escape;

/// Whether a cell tells a gain, a loss, or neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Gain,
    Loss,
}

impl Tone {
    pub(crate) fn of(value: f64) -> Self {
        match value {
            v if v > 0.0 => Self::Gain,
            v if v < 0.0 => Self::Loss,
            _ => Self::Plain,
        }
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gain => "gain",
            Self::Loss => "loss",
        }
    }
}

/// What stands in one place of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    /// How strongly the place is coloured, in [0, 1].
    pub(crate) heat: Option<f64>,
}

impl Cell {
    pub(crate) fn toned(text: String, value: f64) -> Self {
        Self { text, tone: Tone::of(value), heat: None }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// Words: from the left.
    Words,
    /// Numbers: from the right.
    Numbers,
}

/// A table with what it is called and its columns.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) id: &'static str,
    pub(crate) caption: String,
    pub(crate) columns: Vec<(&'static str, Set)>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The whole table.
    pub(crate) fn html(&self) -> String {
        let mut out = format!(
            "<div class=\"scroll\"><table id=\"{}\"><caption>{}</caption><thead><tr>",
            self.id,
            escape(&self.caption)
        );
        for (title, set) in &self.columns {
            let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class_of(*set, ""), escape(title));
        }
        out.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            self.row(&mut out, row);
        }
        if self.rows.is_empty() {
            let _ = write!(
                out,
                "<tr><td class=\"none\" colspan=\"{}\">There is nothing to list.</td></tr>",
                self.columns.len()
            );
        }
        out.push_str("</tbody></table></div>");
        out
    }

    fn row(&self, out: &mut String, row: &[Cell]) {
        out.push_str("<tr>");
        for (place, (cell, (_, set))) in row.iter().zip(&self.columns).enumerate() {
            let class = match cell.heat {
                Some(_) => class_of(*set, &format!("heat {}", cell.tone.class())),
                None => class_of(*set, cell.tone.class()),
            };
            let style = cell.heat.map(|heat| format!(" style=\"--heat:{heat:.3}\"")).unwrap_or_default();
            let text = escape(&cell.text);
            let _ = if place == 0 {
                write!(out, "<th scope=\"row\"{class}{style}>{text}</th>")
            } else {
                write!(out, "<td{class}{style}>{text}</td>")
            };
        }
        out.push_str("</tr>");
    }

    /// The frame of a long table; its rows come from [`Table::rows_for_script`] as they are scrolled to.
    pub(crate) fn frame(&self) -> String {
        let mut out = format!(
            "<div class=\"find\"><input type=\"search\" placeholder=\"Find\" aria-label=\"Find in the table\" data-find=\"{id}\">\
             <output data-count=\"{id}\"></output></div>\
             <div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table id=\"{id}\" data-long>\
             <caption>{caption}</caption><thead><tr>",
            id = self.id,
            caption = escape(&self.caption)
        );
        for (title, set) in &self.columns {
            let _ = write!(
                out,
                "<th scope=\"col\" aria-sort=\"none\"{}><button type=\"button\">{}</button></th>",
                class_of(*set, ""),
                escape(title)
            );
        }
        out.push_str("</tr></thead><tbody></tbody></table></div>");
        out
    }

    /// Rows for the script of the page: texts, and which column tells by its colour whether money was made.
    pub(crate) fn rows_for_script(&self) -> Value {
        let numbers: Vec<bool> = self.columns.iter().map(|(_, set)| *set == Set::Numbers).collect();
        let toned: Vec<bool> = (0..self.columns.len())
            .map(|column| {
                self.rows.iter().any(|row| row.get(column).is_some_and(|cell| cell.tone != Tone::Plain))
            })
            .collect();
        let rows: Vec<Vec<&str>> =
            self.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect();
        json!({ "id": self.id, "numbers": numbers, "toned": toned, "rows": rows })
    }
}

fn class_of(set: Set, tone: &str) -> String {
    let number = if set == Set::Numbers { "num" } else { "" };
    match (number, tone) {
        ("", "") => String::new(),
        (one, "") | ("", one) => format!(" class=\"{}\"", one.trim()),
        (number, tone) => format!(" class=\"{number} {}\"", tone.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_without_a_row_says_so() {
        let table = Table { id: "t", caption: "c".into(), columns: vec![("a", Set::Words)], rows: vec![] };
        assert!(table.html().contains("nothing to list"));
    }

    #[test]
    fn text_in_a_table_is_escaped() {
        let rows = vec![vec![Cell::from("<b>&\"'")]];
        let table = Table { id: "t", caption: "<i>".into(), columns: vec![("a", Set::Words)], rows };
        assert!(table.html().contains("&lt;b&gt;&amp;&quot;&#39;"));
        assert!(table.html().contains("<caption>&lt;i&gt;</caption>"));
    }

    #[test]
    fn gains_and_losses_are_told_apart() {
        assert_eq!((Tone::of(1.0), Tone::of(-1.0)), (Tone::Gain, Tone::Loss));
        assert_eq!((Tone::of(0.0), Tone::of(f64::NAN)), (Tone::Plain, Tone::Plain));
    }
}
