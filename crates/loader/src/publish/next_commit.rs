//! The commit that follows the newest one.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::archive::ArchiveRef;
use crate::lease::Lease;
use crate::publish::commit::{Commit, CommittedFile, CommittedTable, format_of};
use crate::snapshot::KnownPagesRef;
use crate::storage::digest::hex;
use crate::{LoadError, paths};

/// What a run has to commit.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    pub(crate) run: &'a str,
    /// The engine's.
    pub(crate) state: serde_json::Value,
    pub(crate) created_at: jiff::Timestamp,
    /// All tables, as they are now.
    pub(crate) tables: BTreeMap<String, CommittedTable>,
    /// The pages that are known.
    pub(crate) known_pages: Option<KnownPagesRef>,
    /// The table files that change and stay.
    pub(crate) files: Vec<CommittedFile>,
    /// Archives beside those that the newest commit names.
    pub(crate) archives: &'a [ArchiveRef],
}

/// The number of the commit after this one.
pub(crate) fn seq_after(head: Option<&Commit>) -> u64 {
    head.map_or(0, |head| head.seq) + 1
}

/// The commit of these changes after `head`; `None` where they change nothing.
pub(crate) fn next_commit(
    head: Option<&Commit>,
    lease: &Lease,
    changes: Changes<'_>,
) -> Result<Option<Commit>, LoadError> {
    let Changes { run, state, created_at, tables, known_pages, files, archives: new } = changes;
    if let Some(head) = head
        && head.names_files()
        && files.is_empty()
        && new.is_empty()
        && head.state == state
        && head.tables == tables
        && head.known_pages == known_pages
    {
        return Ok(None);
    }
    let mut commit = Commit {
        version: format_of(&tables),
        seq: seq_after(head),
        attempt: String::new(),
        parent: head.map(|head| head.attempt.clone()),
        run: paths::name("the run", run)?.to_owned(),
        fence: lease.fence(),
        created_at,
        state,
        tables,
        known_pages,
        files,
        archives: head.into_iter().flat_map(|head| &head.archives).chain(new).cloned().collect(),
    };
    // The run's name is unique, and what a run commits differs from commit to commit at least in its parent.
    let content = serde_json::to_vec(&commit).map_err(|error| LoadError::damaged("(a commit)", error))?;
    commit.attempt = format!("{run}-{}", &hex(&Sha256::digest(&content))[..12]);
    Ok(Some(commit))
}
