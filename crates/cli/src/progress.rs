//! Progress on long work, for people: nothing is drawn when nobody looks.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `total` bars of data, on the terminal only.
pub(crate) fn bar(total: usize, what: &'static str) -> ProgressBar {
    counted(total, what, "bars")
}

/// A bar over `total` trials of a search, on the terminal only.
pub(crate) fn trials(total: usize, what: &'static str) -> ProgressBar {
    counted(total, what, "trials")
}

/// A bar over `total` pieces of work called `unit`, on the terminal only.
pub(crate) fn pieces(total: usize, what: &'static str, unit: &str) -> ProgressBar {
    counted(total, what, unit)
}

fn counted(total: usize, what: &'static str, unit: &str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(total as u64), target).with_message(what);
    let style = ProgressStyle::with_template(&format!(
        "{{msg:<12}} [{{bar:40}}] {{human_pos}}/{{human_len}} {unit}  {{eta}} to go"
    ));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "))
}
