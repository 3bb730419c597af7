//! The journal on disk: append-only, checksummed, chained by hash.
//!
//! A journal is a folder: segments `journal-000001.log` and so on, and `journal.head`, which remembers how far the chain
//! had come. Each record carries its length, a checksum, its number and the hash of everything before it, so that no
//! byte can change, no record go missing and no two change places unnoticed ([`verify`]). A tail torn by a crash is cut
//! off when the journal is opened again; damage anywhere else is reported and refused. The chain finds accidents and
//! careless hands; it is not signed, so somebody who rewrites the whole folder is not found.
//!
//! ```
//! use autotrading_journal::{JournalRules, Writer, read, verify};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("journal");
//! let mut writer = Writer::create(&path, JournalRules::default())?;
//! writer.append(b"first")?;
//! writer.append(b"second")?;
//! let head = writer.close()?;
//! assert_eq!(verify(&path)?.head, head);
//! let second = read(&path)?.last().transpose()?.map(|entry| entry.payload);
//! assert_eq!(second, Some(b"second".to_vec()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]
#![allow(clippy::disallowed_methods, reason = "this crate is where the journal meets the disk")]

mod damage;
mod disk;
mod frame;
mod head;
mod reading;
mod rules;
mod segment;
mod walk;
mod writer;

pub use damage::{Damage, Fault};
pub use disk::{DiskJournal, RecordError, records};
pub use frame::{ChainHead, LARGEST_PAYLOAD};
pub use reading::{Entries, Entry, Summary, read, verify};
pub use rules::{JournalRules, SyncPolicy};
pub use writer::{JournalError, Recovery, Writer};
