//! Which files a query reads once Polars has ruled out the others, and whether they stayed as they were meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use convolake_engine::{EngineError, Outcome};
use convolake_loader::SeenVersion;
use polars_plan::plans::{ArenaLpIter, IR, IRPlan};

use super::{Catalog, LakeFile};
use crate::failure::Failure;

/// Files that are looked at at once.
const FILES_AT_ONCE: usize = 8;

/// What of a table a query reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ScannedTable {
    /// The files that are read.
    pub(crate) read: usize,
    /// All files of the table.
    pub(crate) all: usize,
}

/// The files a query reads, as they were seen before it began.
#[derive(Debug)]
pub(crate) struct Scanned {
    files: Vec<(LakeFile, SeenVersion)>,
    /// By table.
    pub(crate) tables: BTreeMap<String, ScannedTable>,
}

impl Scanned {
    /// The files that an optimised plan reads, each held against the commit that names it.
    ///
    /// # Errors
    /// A file that is not what the commit says; the store's refusal.
    pub(crate) fn of(plan: &IRPlan, catalog: &Catalog) -> Result<Self, Failure> {
        let mut wanted = BTreeSet::new();
        let mut tables: BTreeMap<String, ScannedTable> = BTreeMap::new();
        for (_, node) in plan.lp_arena.iter(plan.lp_top) {
            let IR::Scan { sources, .. } = node else { continue };
            for path in sources.as_paths().unwrap_or_default() {
                wanted.extend(catalog.place.name(path));
            }
        }
        let mut files = Vec::new();
        for table in catalog.tables() {
            let of_table: Vec<&LakeFile> =
                table.files.iter().filter(|file| wanted.contains(file.name.as_str())).collect();
            if of_table.is_empty() {
                continue;
            }
            let scanned = ScannedTable { read: of_table.len(), all: table.files.len() };
            tables.insert(table.name.clone(), scanned);
            files.extend(of_table);
        }
        Ok(Self { files: see(&files)?, tables })
    }

    /// Fails where a file is no longer the one that was seen: what was read may be of two states of the lake.
    ///
    /// # Errors
    /// [`Changed`] by name; the store's refusal.
    pub(crate) fn check_unchanged(&self, catalog: &Catalog) -> Result<(), Changed> {
        for live in catalog.pipelines.iter().chain(&catalog.derived) {
            let names: BTreeSet<&str> =
                live.tables.values().flat_map(|table| &table.files).map(|file| file.name.as_str()).collect();
            let mut files =
                self.files.iter().filter(|(file, _)| names.contains(file.name.as_str())).peekable();
            // In a bucket only runs and builds write.
            let is_asked =
                files.peek().is_some() && (!live.is_remote() || live.is_past().map_err(Changed::unknown)?);
            if !is_asked {
                continue;
            }
            for (file, seen) in files {
                if live.has_changed(&file.live, seen).map_err(Changed::unknown)? {
                    return Err(Changed::File(file.name.clone()));
                }
            }
        }
        Ok(())
    }
}

/// Holds files against the commits that name them, several at once: in a bucket each is a request that is waited for.
fn see(files: &[&LakeFile]) -> Result<Vec<(LakeFile, SeenVersion)>, Failure> {
    let next = Mutex::new(files.iter());
    let work = || {
        let mut seen = Vec::new();
        while let Some(file) = { next.lock().unwrap_or_else(PoisonError::into_inner).next() } {
            seen.push(((*file).clone(), file.check().map_err(EngineError::from)?));
        }
        Ok::<_, Failure>(seen)
    };
    let mut all = Vec::with_capacity(files.len());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..FILES_AT_ONCE.min(files.len())).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let seen = worker.join().unwrap_or_else(|_| Err(Failure::other("a thread ended early")));
            all.extend(seen?);
        }
        Ok(all)
    })
}

/// Why what was read cannot be relied on.
#[derive(Debug)]
pub(crate) enum Changed {
    /// A run has replaced this file meanwhile.
    File(String),
    /// It could not be found out.
    Unknown(Failure),
}

impl Changed {
    fn unknown(error: convolake_loader::LoadError) -> Self {
        Self::Unknown(error.into())
    }
}

impl From<Changed> for Failure {
    fn from(changed: Changed) -> Self {
        match changed {
            Changed::Unknown(failure) => failure,
            Changed::File(name) => Self::Other {
                message: format!("a run has replaced {name} while it was read"),
                hint: Some("call it again; it reads what the newest commit names".to_owned()),
                outcome: Outcome::Busy,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use tempfile::TempDir;

    use super::*;

    /// Has the core binary, which was built before, flatten one message into the lake.
    #[track_caller]
    fn flatten(folder: &Path, id: &str, time: &str) {
        let this = std::env::current_exe().unwrap();
        let built: PathBuf = this.parent().and_then(Path::parent).unwrap().join("convolake");
        let page = folder.join("page.json");
        let record = serde_json::json!({"_id": id, "conversationId": "c", "time": time, "type": "UserInput"});
        let body = serde_json::json!({"success": true, "data": [record], "cursor": null});
        std::fs::write(&page, body.to_string()).unwrap();
        let mut command = Command::new(&built);
        command.args(["-q", "flatten", "agentx/messages"]).arg(&page).args([
            "--set",
            "params.bot_name=b",
            "--to",
        ]);
        let status = command.arg(folder.join("lake")).status();
        assert!(status.unwrap().success(), "{} is to be built before", built.display());
    }

    #[test]
    fn a_file_that_a_run_replaces_is_noticed_where_it_was_read() {
        let folder = TempDir::new().unwrap();
        flatten(folder.path(), "m1", "2025-03-01T00:00:00Z");
        flatten(folder.path(), "m2", "2025-04-01T00:00:00Z");
        let catalog = Catalog::open(folder.path().join("lake").to_str().unwrap()).unwrap();
        let april = polars::prelude::col("month").eq(polars::prelude::lit("2025-04"));
        let plan = catalog.frame("messages").unwrap().filter(april).to_alp_optimized().unwrap();
        let scanned = Scanned::of(&plan, &catalog).unwrap();
        assert_eq!(scanned.tables["messages"], ScannedTable { read: 1, all: 2 });
        scanned.check_unchanged(&catalog).unwrap();

        flatten(folder.path(), "m3", "2025-03-02T00:00:00Z");
        scanned.check_unchanged(&catalog).unwrap();

        flatten(folder.path(), "m4", "2025-04-02T00:00:00Z");
        let changed = scanned.check_unchanged(&catalog).unwrap_err();
        let failure = Failure::from(changed);
        assert_eq!(failure.exit_code(), 75);
        let said = failure.text();
        assert!(
            said.contains("messages/source=agentx/month=2025-04/part-0.parquet while it was read"),
            "{said}"
        );
        assert!(said.contains("hint: call it again"), "{said}");
    }
}
