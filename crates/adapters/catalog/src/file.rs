//! Bars that stay in their file: read in pieces, as often as wanted.

use std::fs::File;
use std::path::{Path, PathBuf};

use autotrading_domain::Bar;
use autotrading_market_data::{
    BarFacts, BarSupply, BarWalk, Findings, History, ReadRules, SupplyError, Survey,
};

use crate::CatalogError;
use crate::bars::Register;
use crate::layout::Columns;
use crate::source::{self, Rows};

/// How many rows are read before the bars of them are handed on: a few megabytes at any length of the file.
const PIECE: usize = 1 << 15;

/// A file of bars, in the form that [`read_bars`](crate::read_bars) reads, of which only a piece is in memory at a time.
///
/// Opening it reads it through once, and a second time when it has gaps to be listed: the rules judge every row then.
/// Each walk judges them again, so that a file that was changed meanwhile is found out.
#[derive(Debug)]
pub struct BarFile {
    path: PathBuf,
    columns: Columns,
    rules: ReadRules,
    facts: BarFacts,
    findings: Findings,
}

impl BarFile {
    /// Opens a file and looks it through.
    ///
    /// # Errors
    /// [`CatalogError`] with the file, and with line, column, value and what was expected where a row offends.
    pub fn open(path: &Path, rules: ReadRules) -> Result<Self, CatalogError> {
        Self::open_with(path, Columns::default(), rules)
    }

    /// Opens a file with columns of other names.
    ///
    /// # Errors
    /// As [`BarFile::open`].
    pub fn open_with(path: &Path, columns: Columns, rules: ReadRules) -> Result<Self, CatalogError> {
        let stated = rules.interval.is_some();
        let (facts, findings) = survey(path, &columns, rules.clone())?;
        let rules = ReadRules { interval: Some(facts.interval), ..rules };
        // Where bars are missing is known only now that the interval is.
        let even = facts.start.zip(facts.end).is_some_and(|(start, end)| {
            end.since(start).nanos() == facts.interval.nanos().saturating_mul(facts.bars as i64)
        });
        let findings = if stated || even { findings } else { survey(path, &columns, rules.clone())?.1 };
        Ok(Self { path: path.to_path_buf(), columns, rules, facts, findings })
    }

    /// What was found while looking it through: dropped and doubtful rows, gaps.
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }
}

impl BarSupply for BarFile {
    fn facts(&self) -> BarFacts {
        self.facts
    }

    fn walk(&self) -> Result<Box<dyn BarWalk + '_>, SupplyError> {
        let survey = Survey::new(self.rules.clone());
        let pieces = Pieces::open(&self.path, &self.columns, survey).map_err(SupplyError::new)?;
        let piece = History::new(self.facts.interval).map_err(SupplyError::new)?;
        Ok(Box::new(FileWalk { file: self, pieces, piece, next: 0, walked: 0 }))
    }
}

fn survey(path: &Path, columns: &Columns, rules: ReadRules) -> Result<(BarFacts, Findings), CatalogError> {
    let mut pieces = Pieces::open(path, columns, Survey::new(rules))?;
    while pieces.next()?.is_some() {}
    let Pieces { name, register, .. } = pieces;
    register.judge.finish().map_err(|source| CatalogError::Bars { file: name, source })
}

/// A file on its way in, piece by piece.
#[derive(Debug)]
struct Pieces {
    name: String,
    rows: Rows<File>,
    register: Register<Survey>,
    over: bool,
}

impl Pieces {
    fn open(path: &Path, columns: &Columns, survey: Survey) -> Result<Self, CatalogError> {
        let (file, name) = source::open(path)?;
        let mut rows = Rows::new(file, &name);
        let Some(first) = rows.next()? else { return Err(crate::bars::nothing_in(&name)) };
        let mut register = Register::open(&first, columns, survey, &name)?;
        if !register.layout.has_header {
            register.take(&first).map_err(|source| CatalogError::Bars { file: name.clone(), source })?;
        }
        Ok(Self { name, rows, register, over: false })
    }

    /// The bars of the next piece of the file, perhaps none; nothing after the last.
    fn next(&mut self) -> Result<Option<History>, CatalogError> {
        if self.over {
            return Ok(None);
        }
        let refused = |source| CatalogError::Bars { file: self.name.clone(), source };
        for _ in 0..PIECE {
            let Some(record) = self.rows.next()? else {
                self.over = true;
                break;
            };
            self.register.take(&record).map_err(refused)?;
        }
        self.register.judge.piece().map(Some).map_err(refused)
    }
}

#[derive(Debug)]
struct FileWalk<'f> {
    file: &'f BarFile,
    pieces: Pieces,
    piece: History,
    next: usize,
    walked: usize,
}

impl BarWalk for FileWalk<'_> {
    fn next_bar(&mut self) -> Result<Option<Bar>, SupplyError> {
        loop {
            if let Some(bar) = self.piece.bar(self.next) {
                self.next += 1;
                self.walked += 1;
                return Ok(Some(Bar { interval: self.file.facts.interval, ..bar }));
            }
            let Some(piece) = self.pieces.next().map_err(SupplyError::new)? else { break };
            (self.piece, self.next) = (piece, 0);
        }
        let (walked, expected) = (self.walked, self.file.facts.bars);
        if walked == expected {
            return Ok(None);
        }
        let file = self.pieces.name.clone();
        Err(SupplyError::new(CatalogError::Changed { file, walked, expected }))
    }
}
