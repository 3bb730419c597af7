//! Recorded frames of a venue's feed: one line a frame, the recorder's own time in front of it.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use autotrading_domain::Timestamp;
use flate2::read::MultiGzDecoder;

/// No honest frame is longer; a snapshot of a thousand levels a side has 60 000 bytes.
const LONGEST_LINE: u64 = 1 << 22;

/// What two first bytes tell a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a file of frames cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The file cannot be opened.
    #[error("{file}: {source}")]
    Open {
        /// Which file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be read on: it is cut off, damaged, or a line has no end.
    #[error("{file}, after line {line}: {source}")]
    Read {
        /// Which file.
        file: String,
        /// The last line that was read, from 1.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A line does not begin with a time.
    #[error("{file}, line {line}: begins with {got:?}, expected nanoseconds since 1970 and a space")]
    Time {
        /// Which file.
        file: String,
        /// Which line, from 1.
        line: u64,
        /// What stands there.
        got: String,
    },
}

/// One recorded frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Line of the file, from 1.
    pub line: u64,
    /// When the recorder received it, by the recorder's clock.
    pub received: Timestamp,
    /// What the venue sent, byte for byte.
    pub content: &'a [u8],
}

/// Reads recorded frames, from plain text or gzip, one at a time: a file of any length needs the memory of one frame.
///
/// ```
/// use autotrading_catalog::Frames;
///
/// let recorded = "1723161255030314667 {\"e\":\"trade\"}\n1723161255088169167 {}\n";
/// let mut frames = Frames::of(recorded.as_bytes(), "recorded")?;
/// let first = frames.next_frame()?.ok_or("a frame")?;
/// assert_eq!((first.line, first.received.nanos()), (1, 1_723_161_255_030_314_667));
/// assert_eq!(first.content, b"{\"e\":\"trade\"}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Frames<'r> {
    input: BufReader<Box<dyn Read + 'r>>,
    name: String,
    line: Vec<u8>,
    number: u64,
}

impl Frames<'static> {
    /// Opens a file.
    ///
    /// # Errors
    /// [`FrameError::Open`], or [`FrameError::Read`] when not even its first bytes can be read.
    pub fn open(path: &Path) -> Result<Self, FrameError> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::of(file, &name),
            Err(source) => Err(FrameError::Open { file: name, source }),
        }
    }
}

impl<'r> Frames<'r> {
    /// Reads from any source; the name is for messages.
    ///
    /// # Errors
    /// [`FrameError::Read`] when not even its first bytes can be read.
    pub fn of(source: impl Read + 'r, name: &str) -> Result<Self, FrameError> {
        let mut raw = BufReader::with_capacity(1 << 16, source);
        let zipped = match raw.fill_buf() {
            Ok(first) => first.starts_with(&GZIP),
            Err(source) => return Err(FrameError::Read { file: name.to_owned(), line: 0, source }),
        };
        let input: Box<dyn Read + 'r> =
            if zipped { Box::new(MultiGzDecoder::new(raw)) } else { Box::new(raw) };
        let input = BufReader::with_capacity(1 << 16, input);
        Ok(Self { input, name: name.to_owned(), line: Vec::new(), number: 0 })
    }

    /// The next frame, or nothing at the end. Blank lines are no frames.
    ///
    /// # Errors
    /// A damaged file, a line without a time in front.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, FrameError> {
        loop {
            self.line.clear();
            match (&mut self.input).take(LONGEST_LINE).read_until(b'\n', &mut self.line) {
                Ok(0) => return Ok(None),
                Ok(length) if length as u64 == LONGEST_LINE => {
                    let message = format!("a line is longer than {LONGEST_LINE} bytes");
                    return Err(self.unread(io::Error::new(io::ErrorKind::InvalidData, message)));
                }
                Ok(_) => self.number += 1,
                Err(source) => return Err(self.unread(source)),
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return self.split().map(Some);
            }
        }
    }

    fn split(&self) -> Result<Frame<'_>, FrameError> {
        let line = self.line.trim_ascii();
        let space = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let (time, content) = line.split_at_checked(space).unwrap_or((line, &[]));
        let nanos = std::str::from_utf8(time).ok().and_then(|time| time.parse().ok());
        match nanos {
            Some(nanos) => Ok(Frame {
                line: self.number,
                received: Timestamp::from_nanos(nanos),
                content: content.trim_ascii_start(),
            }),
            None => {
                let shown = time.get(..time.len().min(40)).unwrap_or_default();
                let got = String::from_utf8_lossy(shown).into_owned();
                Err(FrameError::Time { file: self.name.clone(), line: self.number, got })
            }
        }
    }

    fn unread(&self, source: io::Error) -> FrameError {
        FrameError::Read { file: self.name.clone(), line: self.number, source }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn zipped(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn all(source: &[u8]) -> Result<Vec<(u64, i64, String)>, FrameError> {
        let mut frames = Frames::of(source, "recorded")?;
        let mut read = Vec::new();
        while let Some(frame) = frames.next_frame()? {
            let content = String::from_utf8_lossy(frame.content).into_owned();
            read.push((frame.line, frame.received.nanos(), content));
        }
        Ok(read)
    }

    #[test]
    fn plain_and_zipped_files_read_alike_and_two_zipped_parts_are_one_file() {
        let plain = all(b"1 {}\n\n2 {\"a\": 1}").unwrap();
        assert_eq!(plain, [(1, 1, "{}".to_owned()), (3, 2, "{\"a\": 1}".to_owned())]);
        assert_eq!(all(&zipped("1 {}\n\n2 {\"a\": 1}")).unwrap(), plain);
        let parts = [zipped("1 {}\n\n"), zipped("2 {\"a\": 1}")].concat();
        assert_eq!(all(&parts).unwrap(), plain);
    }

    #[test]
    fn a_file_that_is_cut_off_is_an_error_and_not_an_end() {
        let mut bytes = zipped(&"1 {}\n".repeat(1_000));
        bytes.truncate(bytes.len() - 9);
        let error = all(&bytes).unwrap_err();
        assert!(matches!(error, FrameError::Read { .. }), "{error}");
    }

    #[test]
    fn a_line_without_a_time_is_named() {
        let error = all(b"1 {}\n{\"e\":1} 3\n").unwrap_err();
        let expected =
            "recorded, line 2: begins with \"{\\\"e\\\":1}\", expected nanoseconds since 1970 and a space";
        assert_eq!(error.to_string(), expected);
    }
}
