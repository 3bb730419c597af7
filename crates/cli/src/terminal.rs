//! Speaking to a terminal, a file or a pipe. A reader that goes away ends the speech, not the program.

use std::io::{ErrorKind, Write as _};

/// Says a text on standard output.
pub(crate) fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        said => said,
    }
}
