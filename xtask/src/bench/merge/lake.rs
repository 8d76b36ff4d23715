//! A lake as its files show it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

pub(super) struct Lake {
    pub(super) folder: PathBuf,
}

/// What tells a file from its successor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) bytes: u64,
    modified: Option<SystemTime>,
}

/// A run report.
pub(super) struct Report(Value);

impl Report {
    /// The sum of a number over all tables.
    pub(super) fn of(&self, name: &str) -> f64 {
        let tables = self.0["tables"].as_object().into_iter().flatten();
        tables.filter_map(|(_, table)| table[name].as_f64()).sum()
    }
}

impl Lake {
    /// All table files.
    pub(super) fn files(&self) -> Result<BTreeMap<PathBuf, Seen>, String> {
        let mut files = BTreeMap::new();
        for path in below(&self.folder.join("messages"))? {
            let metadata = path.metadata().map_err(failed(&path))?;
            files.insert(path, Seen { bytes: metadata.len(), modified: metadata.modified().ok() });
        }
        Ok(files)
    }

    /// What the last run said.
    pub(super) fn last_report(&self) -> Result<Report, String> {
        let reports = below(&self.folder.join("_convolake/agentx/runs"))?;
        let written = |path: &PathBuf| path.metadata().and_then(|metadata| metadata.modified()).ok();
        let last = reports.into_iter().max_by_key(written).ok_or("no run has left a report")?;
        let text = std::fs::read_to_string(&last).map_err(failed(&last))?;
        serde_json::from_str(&text).map(Report).map_err(|error| format!("{}: {error}", last.display()))
    }

    pub(super) fn copy_to(&self, other: &Self) -> Result<(), String> {
        for path in below(&self.folder)? {
            let to = other.folder.join(path.strip_prefix(&self.folder).unwrap_or(&path));
            if let Some(folder) = to.parent() {
                std::fs::create_dir_all(folder).map_err(failed(folder))?;
            }
            std::fs::copy(&path, &to).map_err(failed(&to))?;
        }
        Ok(())
    }
}

/// All files, sorted.
fn below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(failed(&folder))? {
            let path = entry.map_err(failed(&folder))?.path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}
