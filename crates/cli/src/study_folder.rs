//! The folder of a study of many runs: a killed one goes on in it, another one is not overwritten without being told to.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::failure::Failure;

/// What studies leave behind.
const FILES: [&str; 22] = [
    "plan.json",
    "results.jsonl",
    "permutations.jsonl",
    "sweep.html",
    "sweep.json",
    "sweep.csv",
    "walk-forward.html",
    "walk-forward.json",
    "walks.csv",
    "cross-validation.html",
    "cross-validation.json",
    "splits.csv",
    "paths.csv",
    "overfit.html",
    "overfit.json",
    "monte-carlo.html",
    "monte-carlo.json",
    "monte-carlo.csv",
    "portfolio.html",
    "portfolio.json",
    "portfolio.csv",
    "portfolio-weights.csv",
];

/// The folder of a study, ready to be written to.
#[derive(Debug)]
pub(crate) struct StudyFolder(PathBuf);

impl StudyFolder {
    /// Makes the folder, or enters one that holds nothing but what studies leave; clears that when told to.
    pub(crate) fn open(path: &Path, force: bool) -> Result<Self, Failure> {
        let shown = path.display();
        if path.exists() && !path.is_dir() {
            return Err(Failure::usage(anyhow!("{shown} is a file, not a folder")));
        }
        if path.is_dir() {
            for entry in fs::read_dir(path).with_context(|| shown.to_string())? {
                let name = entry?.file_name();
                if !FILES.iter().any(|file| name == *file) {
                    return Err(Failure::usage(anyhow!(
                        "{shown} holds {}, which no study leaves; choose another --out",
                        name.display()
                    )));
                }
            }
        }
        let folder = Self(path.to_owned());
        if force {
            for file in FILES.map(|name| path.join(name)).iter().filter(|file| file.exists()) {
                fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
            }
        }
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder {shown}"))?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Results of jobs, from which a killed search goes on.
    pub(crate) fn results(&self) -> PathBuf {
        self.0.join("results.jsonl")
    }

    /// Best trials of permuted markets, from which a killed test goes on.
    pub(crate) fn permutations(&self) -> PathBuf {
        self.0.join("permutations.jsonl")
    }

    /// Writes a file of the study and says where it is.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<PathBuf, Failure> {
        let file = self.0.join(name);
        fs::write(&file, content).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }
}
