//! Writing a journal.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::frame::{OVERHEAD, encode};
use crate::head::{HeadFile, Memory};
use crate::segment::{self, HEADER};
use crate::walk::Walk;
use crate::{ChainHead, Damage, JournalRules, LARGEST_PAYLOAD, SyncPolicy};

/// So many bytes wait at most before they are handed to the operating system, when the policy lets them wait.
const BUFFER: usize = 1 << 16;

/// Why something was not journaled.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk refused. The writer stops for good: nobody knows what has reached the disk.
    #[error("the journal in {folder} cannot be written: {source}")]
    Disk {
        /// The folder.
        folder: String,
        /// What the system says.
        source: io::Error,
    },
    /// The disk refused before, and nothing was written since.
    #[error("the journal in {folder} has stopped after an error of the disk")]
    Stopped {
        /// The folder.
        folder: String,
    },
    /// There is a journal already.
    #[error("there is a journal in {folder} already")]
    Exists {
        /// The folder.
        folder: String,
    },
    /// Somebody else is writing.
    #[error("the journal in {folder} is being written by another program")]
    InUse {
        /// The folder.
        folder: String,
    },
    /// The record is too long.
    #[error("a record of {got} bytes is longer than the largest, {LARGEST_PAYLOAD}")]
    TooLong {
        /// Its length.
        got: usize,
    },
    /// The record cannot be written as JSON.
    #[error("a record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The journal there is cannot be gone on with.
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// What was found when a journal was opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The whole records there are; the next one follows on them.
    pub head: ChainHead,
    /// How many bytes of an incomplete record were cut off.
    pub cut_bytes: u64,
}

/// The segment that is being written.
#[derive(Debug)]
struct Segment {
    file: File,
    number: u32,
    size: u64,
}

/// Appends records to a journal.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    rules: JournalRules,
    head_file: HeadFile,
    head: ChainHead,
    segment: Option<Segment>,
    /// Records that were not handed to the operating system yet.
    waiting: Vec<u8>,
    unsynced: u32,
    stopped: bool,
    closed: bool,
}

impl Writer {
    /// Starts a journal in a folder, which is made if need be.
    ///
    /// # Errors
    /// [`JournalError::Exists`] when there is one already, [`JournalError::Disk`].
    pub fn create(folder: &Path, rules: JournalRules) -> Result<Self, JournalError> {
        let disk = |source| disk_error(folder, source);
        fs::create_dir_all(folder).map_err(disk)?;
        let segments = segment::list(folder).map_err(disk)?;
        if !segments.is_empty() {
            return Err(JournalError::Exists { folder: folder.display().to_string() });
        }
        let head_file = HeadFile::create(folder).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => JournalError::Exists { folder: folder.display().to_string() },
            _ => disk_error(folder, source),
        })?;
        Ok(Self::at(folder, rules, head_file, ChainHead::default(), None))
    }

    /// Goes on with a journal. A tail torn by a crash is cut off, and said so.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] with the place when something other than the tail is damaged, [`JournalError::InUse`],
    /// [`JournalError::Disk`].
    pub fn open(folder: &Path, rules: JournalRules) -> Result<(Self, Recovery), JournalError> {
        let file = match HeadFile::lock(folder) {
            Ok(file) => file,
            Err(source) => return Err(lock_error(folder, source)),
        };
        let mut walk = Walk::start(folder)?;
        let (mut last, mut cut_bytes) = (walk.last_segment(), 0);
        loop {
            match walk.advance() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(Damage::TornTail { segment, offset, bytes, .. }) => {
                    cut_tail(folder, segment, offset).map_err(|source| disk_error(folder, source))?;
                    last -= u32::from(offset == 0);
                    cut_bytes = bytes;
                    break;
                }
                Err(damage) => return Err(damage.into()),
            }
        }
        let segment = match last {
            0 => None,
            number => Some(Segment::resume(folder, number).map_err(|source| disk_error(folder, source))?),
        };
        let head_file = HeadFile::resume(file, walk.memories());
        let writer = Self::at(folder, rules, head_file, walk.chain, segment);
        Ok((writer, Recovery { head: walk.chain, cut_bytes }))
    }

    fn at(
        folder: &Path,
        rules: JournalRules,
        head_file: HeadFile,
        head: ChainHead,
        segment: Option<Segment>,
    ) -> Self {
        let (folder, waiting) = (folder.to_owned(), Vec::with_capacity(2 * BUFFER));
        Self { folder, rules, head_file, head, segment, waiting, unsynced: 0, stopped: false, closed: false }
    }

    /// Appends a record and gives its number. What that promises is said by the [`SyncPolicy`].
    ///
    /// # Errors
    /// [`JournalError::TooLong`]; [`JournalError::Disk`], after which every call fails with [`JournalError::Stopped`].
    pub fn append(&mut self, payload: &[u8]) -> Result<u64, JournalError> {
        let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= LARGEST_PAYLOAD);
        let length = length.ok_or(JournalError::TooLong { got: payload.len() })?;
        self.guarded(|writer| writer.write_record(payload, length))?;
        Ok(self.head.records)
    }

    /// Forces everything to the disk, whatever the policy.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.guarded(Self::force)
    }

    /// Finishes the journal: everything is written, forced to the disk unless the policy is [`SyncPolicy::Never`], and
    /// marked as closed. A writer that is dropped instead does the same without the mark, and without saying when it fails.
    ///
    /// # Errors
    /// As [`Writer::append`].
    pub fn close(mut self) -> Result<ChainHead, JournalError> {
        self.guarded(|writer| writer.settle(true))?;
        self.closed = true;
        Ok(self.head)
    }

    /// How far the chain has come.
    pub const fn head(&self) -> ChainHead {
        self.head
    }

    /// Where the journal is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does something with the disk, once only when it fails.
    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), JournalError> {
        if self.stopped {
            return Err(JournalError::Stopped { folder: self.folder.display().to_string() });
        }
        work(self).map_err(|source| {
            self.stopped = true;
            disk_error(&self.folder, source)
        })
    }

    fn write_record(&mut self, payload: &[u8], length: u32) -> io::Result<()> {
        let needed = (OVERHEAD + payload.len()) as u64;
        let fits = self.segment.as_ref().is_some_and(|segment| {
            segment.size == HEADER as u64 || segment.size.saturating_add(needed) <= self.rules.segment_bytes
        });
        if !fits {
            self.rotate()?;
        }
        encode(&self.head, payload, length, &mut self.waiting);
        self.head = self.head.with(payload);
        if let Some(segment) = &mut self.segment {
            segment.size += needed;
        }
        match self.rules.sync {
            SyncPolicy::Never | SyncPolicy::OnClose if self.waiting.len() < BUFFER => Ok(()),
            SyncPolicy::Never | SyncPolicy::OnClose => self.hand_over(),
            SyncPolicy::EveryRecord => self.force(),
            SyncPolicy::Every(count) => {
                self.unsynced += 1;
                if self.unsynced >= count.get() { self.force() } else { self.hand_over() }
            }
        }
    }

    /// Hands what waits to the operating system.
    fn hand_over(&mut self) -> io::Result<()> {
        if let Some(segment) = &mut self.segment {
            segment.file.write_all(&self.waiting)?;
        }
        self.waiting.clear();
        Ok(())
    }

    /// Forces what was written to the disk, and only then remembers it.
    fn force(&mut self) -> io::Result<()> {
        self.hand_over()?;
        if let Some(segment) = &self.segment {
            segment.file.sync_data()?;
        }
        self.unsynced = 0;
        self.remember(false)
    }

    fn remember(&mut self, closed: bool) -> io::Result<()> {
        let segment = self.segment.as_ref().map_or(0, |segment| segment.number);
        self.head_file.remember(Memory { head: self.head, segment, closed })
    }

    fn settle(&mut self, closed: bool) -> io::Result<()> {
        let careful = self.rules.sync != SyncPolicy::Never;
        if careful {
            self.force()?;
        } else {
            self.hand_over()?;
        }
        self.remember(closed)?;
        if careful { self.head_file.sync() } else { Ok(()) }
    }

    /// Starts the next segment.
    fn rotate(&mut self) -> io::Result<()> {
        let careful = self.rules.sync != SyncPolicy::Never;
        if careful {
            self.force()?;
        } else {
            self.hand_over()?;
        }
        let number = self.segment.as_ref().map_or(0, |segment| segment.number) + 1;
        let mut file =
            OpenOptions::new().write(true).create_new(true).open(segment::path(&self.folder, number))?;
        file.write_all(&segment::header(number, &self.head))?;
        if careful {
            file.sync_all()?;
            self.head_file.sync()?;
            sync_folder(&self.folder)?;
        }
        self.segment = Some(Segment { file, number, size: HEADER as u64 });
        self.remember(false)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.closed && !self.stopped {
            // Nobody is left to tell; what is missing is found when the journal is opened again.
            self.settle(false).ok();
        }
    }
}

impl Segment {
    fn resume(folder: &Path, number: u32) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).open(segment::path(folder, number))?;
        let size = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, number, size })
    }
}

/// Cuts a torn tail off; a segment without a whole header goes as a whole.
fn cut_tail(folder: &Path, number: u32, offset: u64) -> io::Result<()> {
    let path = segment::path(folder, number);
    if offset == 0 {
        fs::remove_file(path)?;
        return sync_folder(folder);
    }
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(offset)?;
    file.sync_all()
}

/// Makes new and removed names last. Only Unix opens folders.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn disk_error(folder: &Path, source: io::Error) -> JournalError {
    JournalError::Disk { folder: folder.display().to_string(), source }
}

fn lock_error(folder: &Path, source: io::Error) -> JournalError {
    let name = folder.display().to_string();
    match source.kind() {
        io::ErrorKind::WouldBlock => JournalError::InUse { folder: name },
        io::ErrorKind::NotFound => Damage::NoHead { folder: name }.into(),
        _ => disk_error(folder, source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwritable() -> File {
        // A file that is open for reading only refuses to be written on every system.
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        File::open(&path).unwrap()
    }

    #[test]
    fn after_an_error_of_the_disk_nothing_more_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut writer = Writer::create(&path, JournalRules::default()).unwrap();
        writer.append(b"kept").unwrap();
        let good = std::mem::replace(&mut writer.segment.as_mut().unwrap().file, unwritable());
        assert!(matches!(writer.append(b"lost"), Err(JournalError::Disk { .. })));
        writer.segment.as_mut().unwrap().file = good;
        assert!(matches!(writer.append(b"late"), Err(JournalError::Stopped { .. })));
        assert!(matches!(writer.sync(), Err(JournalError::Stopped { .. })));
        assert!(matches!(writer.close(), Err(JournalError::Stopped { .. })));
        let (_, recovery) = Writer::open(&path, JournalRules::default()).unwrap();
        assert_eq!(recovery.head.records, 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_failing_fsync_stops_the_writer_though_the_write_went_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut writer = Writer::create(&path, JournalRules::default()).unwrap();
        writer.append(b"kept").unwrap();
        writer.segment.as_mut().unwrap().file = OpenOptions::new().write(true).open("/dev/null").unwrap();
        assert!(matches!(writer.append(b"lost"), Err(JournalError::Disk { .. })));
        assert!(matches!(writer.append(b"late"), Err(JournalError::Stopped { .. })));
    }
}
