//! The upkeep of one pipeline, round after round.

use crate::archive::ArchiveRef;
use crate::delta;
use crate::lease::Lease;
use crate::publish::commit;
use crate::publish::commit::Commit;
use crate::publish::first_manifests::tables_with_manifests;
use crate::publish::next_commit::{Changes, next_commit};
use crate::publish::{InPlace, Publisher};
use crate::raw::LandedName;
use crate::snapshot::superseded;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::upkeep::kind::Kind;
use crate::upkeep::limits::UpkeepLimit;
use crate::upkeep::report::UpkeepReport;
use crate::upkeep::round::{Round, choose};
use crate::upkeep::unfinished;
use crate::{LoadError, paths};

/// What is to be kept up, and how much of it.
pub struct Upkeep<'a> {
    /// The run that does it.
    pub run: &'a str,
    /// When its commits are made.
    pub created_at: jiff::Timestamp,
    /// The state to commit.
    pub state: serde_json::Value,
    /// Whether a landed page may be packed: it is merged, of no slice in flight, and not of lately.
    pub may_pack: &'a dyn Fn(&LandedName) -> bool,
    /// How many objects are taken up.
    pub limit: UpkeepLimit,
}

impl std::fmt::Debug for Upkeep<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Upkeep")
            .field("run", &self.run)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Keeps a pipeline up, under its lease; without, tells what would be done. Without a commit there is nothing to do.
pub(crate) fn upkeep(
    lake: &LakeStorage,
    pipeline: &str,
    lease: Option<&Lease>,
    asked: &Upkeep<'_>,
) -> Result<UpkeepReport, LoadError> {
    let mut report = UpkeepReport::default();
    let Some(mut head) = commit::current(lake, pipeline)? else { return Ok(report) };
    let mut rounds = Vec::new();
    for kind in Kind::ALL {
        rounds.extend(choose(lake, pipeline, kind, &head, asked)?);
    }
    for round in rounds {
        match lease {
            None => round.tell(&mut report),
            Some(lease) => archive(lake, lease, &mut head, asked, round, &mut report)?,
        }
    }
    let of_delta = block_on(lake.entries(paths::DELTA))?;
    for table in head.tables.keys().filter(|table| of_delta.contains(table)) {
        report.delta_log += delta::expire(lake, table, lease, asked.created_at, asked.limit.objects())?;
    }
    report.unfinished = unfinished::sweep(lake, pipeline, lease, asked.created_at)?;
    if lease.is_some() {
        block_on(lake.remove_empty_folders(&paths::raw_pipeline(pipeline)))?;
        report.manifests = superseded::sweep(lake, pipeline, head.seq, &head.objects(pipeline))?;
    }
    Ok(report)
}

/// Makes the archives of a round, names them, and removes what they hold.
fn archive(
    lake: &LakeStorage,
    lease: &Lease,
    head: &mut Commit,
    asked: &Upkeep<'_>,
    round: Round,
    report: &mut UpkeepReport,
) -> Result<(), LoadError> {
    let done = block_on(round.make(lake, lease))?;
    let new: Vec<ArchiveRef> =
        done.archives.iter().filter(|made| !head.archives.contains(made)).cloned().collect();
    if !new.is_empty() {
        let tables = tables_with_manifests(lake, lease.pipeline(), Some(head), &[], &[])?;
        let changes = Changes {
            run: asked.run,
            state: asked.state.clone(),
            created_at: asked.created_at,
            tables,
            known_pages: head.known_pages.clone(),
            files: Vec::new(),
            archives: &new,
        };
        if let Some(commit) = next_commit(Some(head), lease, changes)? {
            InPlace::new(lake, lease).publish(&[], commit.clone())?;
            report.commit = Some(commit.seq);
            *head = commit;
        }
    }
    block_on(async {
        lake.step("remove what was archived")?;
        lease.check()?;
        // Who has lost the lease may have named nothing.
        lease.confirm().await?;
        lake.remove(done.objects.clone()).await
    })?;
    done.kind_report(report);
    Ok(())
}
