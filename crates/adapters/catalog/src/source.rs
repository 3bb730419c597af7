//! Opening a file and walking along its rows, one line a row.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use csv_core::{ReadRecordResult, Reader};

use crate::CatalogError;

/// No honest row is longer. A file without line ends must not fill the memory before it is refused.
const LONGEST_LINE: u64 = 1 << 20;

/// Opens a file; gives its name for messages too.
pub(crate) fn open(path: &Path) -> Result<(File, String), CatalogError> {
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => Ok((file, name)),
        Err(source) => Err(CatalogError::Open { file: name, source }),
    }
}

/// The rows of a CSV file. Each line is parsed alone, so that line numbers are exact and a stray quote harms its own row
/// only. Blank lines are not rows.
#[derive(Debug)]
pub(crate) struct Rows<R> {
    input: BufReader<R>,
    name: String,
    line: Vec<u8>,
    number: u64,
    parser: Reader,
    content: Vec<u8>,
    ends: Vec<usize>,
}

/// One row: its fields and its line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    line: u64,
    content: &'a [u8],
    ends: &'a [usize],
}

impl<R: Read> Rows<R> {
    pub(crate) fn new(source: R, name: &str) -> Self {
        Self {
            input: BufReader::with_capacity(1 << 16, source),
            name: name.to_owned(),
            line: Vec::new(),
            number: 0,
            parser: Reader::new(),
            content: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The next row, or nothing at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Record<'_>>, CatalogError> {
        loop {
            self.line.clear();
            match (&mut self.input).take(LONGEST_LINE).read_until(b'\n', &mut self.line) {
                Ok(0) => return Ok(None),
                Ok(length) if length as u64 == LONGEST_LINE => return Err(self.endless()),
                Ok(_) => self.number += 1,
                Err(source) => return Err(CatalogError::Read { file: self.name.clone(), source }),
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(self.parse()));
            }
        }
    }

    #[inline]
    fn parse(&mut self) -> Record<'_> {
        // A row never has more content than its line, nor more fields than bytes plus one.
        if self.content.len() < self.line.len() {
            self.content.resize(self.line.len(), 0);
            self.ends.resize(self.line.len() + 1, 0);
        }
        self.parser.reset();
        let (result, _, mut written, mut fields) =
            self.parser.read_record(&self.line, &mut self.content, &mut self.ends);
        if result == ReadRecordResult::InputEmpty {
            // The last line of a file may end without a line end; so does one inside of a quote.
            let rest = (self.content.get_mut(written..), self.ends.get_mut(fields..));
            if let (Some(content), Some(ends)) = rest {
                let (_, _, more_written, more_fields) = self.parser.read_record(&[], content, ends);
                (written, fields) = (written + more_written, fields + more_fields);
            }
        }
        Record {
            line: self.number,
            content: self.content.get(..written).unwrap_or_default(),
            ends: self.ends.get(..fields).unwrap_or_default(),
        }
    }

    #[cold]
    fn endless(&self) -> CatalogError {
        let message = format!("line {} is longer than {LONGEST_LINE} bytes", self.number + 1);
        CatalogError::Read {
            file: self.name.clone(),
            source: io::Error::new(io::ErrorKind::InvalidData, message),
        }
    }
}

impl<'a> Record<'a> {
    /// Line of the file, from 1.
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    /// How many fields there are.
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field; empty where there is none.
    #[inline]
    pub(crate) fn field(&self, place: usize) -> &'a [u8] {
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let end = self.ends.get(place).copied();
        start.zip(end).and_then(|(start, end)| self.content.get(start..end)).unwrap_or_default()
    }

    /// All fields in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'a [u8]> {
        let record = *self;
        (0..record.len()).map(move |place| record.field(place))
    }
}

/// A field without the byte order mark that some programs put before the first one.
pub(crate) fn without_mark(field: &[u8]) -> &[u8] {
    field.strip_prefix("\u{feff}".as_bytes()).unwrap_or(field)
}

/// A field as it can be shown.
pub(crate) fn shown(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field);
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut rows = Rows::new(text.as_bytes(), "file");
        let mut all = Vec::new();
        while let Some(record) = rows.next().unwrap() {
            all.push((record.line(), record.fields().map(shown).collect()));
        }
        all
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let expected = [row(1, &["a", "b"]), row(3, &["", "c d"]), row(5, &["e"])];
        assert_eq!(read("a,b\n\n,c d\n \ne"), expected);
        assert_eq!(read("a,b\r\n\r\n,c d\r\n\r\ne\r\n"), expected);
    }

    #[test]
    fn a_stray_quote_harms_its_own_row_only() {
        assert_eq!(
            read("\"a\",\"b,c\"\n\"d,e\nf,\"g\"\n"),
            [row(1, &["a", "b,c"]), row(2, &["d,e\n"]), row(3, &["f", "g"])]
        );
    }

    #[test]
    fn a_file_without_line_ends_is_refused() {
        let endless = vec![b'1'; 2 << 20];
        assert!(Rows::new(endless.as_slice(), "file").next().is_err());
    }
}
