//! The folder of a run: never overwritten without being told to, and then only what a run leaves in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::failure::Failure;

/// What a run leaves behind.
const FILES: [&str; 8] = [
    "report.html",
    "report.json",
    "trades.csv",
    "fills.csv",
    "equity.csv",
    "regimes.html",
    "regimes.json",
    "regimes.csv",
];

/// The folder of a run, ready to be written to.
#[derive(Debug)]
pub(crate) struct RunFolder(PathBuf);

impl RunFolder {
    /// Makes the folder; clears what an earlier run left in it when told to.
    pub(crate) fn prepare(path: &Path, force: bool) -> Result<Self, Failure> {
        let folder = Self(path.to_owned());
        if path.exists() && !path.is_dir() {
            return Err(Failure::usage(anyhow!("{} is a file, not a folder", path.display())));
        }
        let occupied = path.is_dir()
            && fs::read_dir(path).with_context(|| format!("{}", path.display()))?.next().is_some();
        if occupied && !force {
            let shown = path.display();
            return Err(Failure::usage(anyhow!(
                "{shown} is not empty; choose another --out, or overwrite it with --force"
            )));
        }
        if occupied {
            folder.clear()?;
        }
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    fn clear(&self) -> anyhow::Result<()> {
        for name in FILES {
            let file = self.0.join(name);
            if file.exists() {
                fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
            }
        }
        let journal = self.journal();
        if journal.is_dir() {
            fs::remove_dir_all(&journal).with_context(|| format!("cannot remove {}", journal.display()))?;
        }
        Ok(())
    }
}
