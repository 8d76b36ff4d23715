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
        for pipeline in &catalog.pipelines {
            // In a bucket only runs write.
            let is_asked = !pipeline.is_remote() || pipeline.is_past().map_err(Changed::unknown)?;
            if !is_asked {
                continue;
            }
            for (file, seen) in self.files.iter().filter(|(file, _)| file.source == pipeline.pipeline) {
                if pipeline.has_changed(&file.live, seen).map_err(Changed::unknown)? {
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
