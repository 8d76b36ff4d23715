//! The objects that are archived at once: chosen, put together, made durable.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::stream;
use futures::stream::{StreamExt, TryStreamExt};

use crate::LoadError;
use crate::archive::{ArchiveBuilder, ArchiveRef};
use crate::error::DamageCause;
use crate::lease::Lease;
use crate::publish::commit::Commit;
use crate::raw::LandedName;
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, Listed};
use crate::upkeep::kind::Kind;
use crate::upkeep::limits::{
    ARCHIVES_A_ROUND, KEPT, LARGE_BYTES, MAX_ARCHIVE_BYTES, MAX_MEMBERS, MIN_BUNDLED, READS_AT_ONCE,
};
use crate::upkeep::report::{Archived, UpkeepReport};
use crate::upkeep::run::Upkeep;
use crate::upkeep::settle;
use crate::upkeep::settle::Leftover;

/// Digits of the digest in an archive's name.
const DIGITS: usize = 8;

/// Objects of one kind that are archived under one commit.
#[derive(Debug)]
pub(crate) struct Round {
    kind: Kind,
    pipeline: String,
    /// What an earlier upkeep has archived and not removed.
    leftovers: Vec<Leftover>,
    /// What becomes an archive each.
    groups: Vec<Vec<Listed>>,
}

/// A round of which all archives are durable.
#[derive(Debug)]
pub(crate) struct Done {
    kind: Kind,
    pub(crate) archives: Vec<ArchiveRef>,
    /// The objects that these hold, byte for byte.
    pub(crate) objects: Vec<String>,
    archived: Archived,
}

/// What is to be archived of a kind.
pub(crate) fn choose(
    lake: &LakeStorage,
    pipeline: &str,
    kind: Kind,
    head: &Commit,
    asked: &Upkeep<'_>,
) -> Result<Vec<Round>, LoadError> {
    let mut listed = block_on(lake.list(&kind.folder(pipeline)))?;
    listed.retain(|listed| kind.key(&listed.name).is_some());
    listed.sort_by(|one, other| (kind.key(&one.name), &one.name).cmp(&(kind.key(&other.name), &other.name)));
    let mut eligible: VecDeque<Listed> = match kind {
        Kind::Pages => {
            let may_pack =
                |listed: &Listed| LandedName::of(&listed.name).is_some_and(|name| (asked.may_pack)(&name));
            listed.into_iter().filter(may_pack).collect()
        }
        Kind::Commits | Kind::Reports => {
            listed.truncate(listed.len().saturating_sub(KEPT));
            listed.into()
        }
    };
    let leftovers = block_on(settle::leftovers(lake, pipeline, kind, &mut eligible))?;
    // The newest commit is read by itself, whatever its number.
    eligible.retain(|listed| {
        kind != Kind::Commits || kind.key(&listed.name) < Some(format!("{:08}", head.seq).as_str())
    });
    let least = if kind == Kind::Pages { 2 } else { MIN_BUNDLED };
    eligible.truncate(asked.limit.objects());
    let groups = if eligible.len() < least { Vec::new() } else { groups(eligible) };
    let mut rounds: Vec<Round> = Vec::new();
    let round = |leftovers, groups| Round { kind, pipeline: pipeline.to_owned(), leftovers, groups };
    if !leftovers.is_empty() {
        rounds.push(round(leftovers, Vec::new()));
    }
    let mut groups = groups.into_iter().peekable();
    while groups.peek().is_some() {
        rounds.push(round(Vec::new(), groups.by_ref().take(ARCHIVES_A_ROUND).collect()));
    }
    Ok(rounds)
}

/// Cuts what is to be archived into archives, in order.
fn groups(eligible: VecDeque<Listed>) -> Vec<Vec<Listed>> {
    let mut groups: Vec<(u64, Vec<Listed>)> = Vec::new();
    for listed in eligible.into_iter().filter(|listed| listed.n_bytes < LARGE_BYTES) {
        match groups.last_mut() {
            Some((n_bytes, group))
                if *n_bytes + listed.n_bytes <= MAX_ARCHIVE_BYTES && group.len() < MAX_MEMBERS =>
            {
                *n_bytes += listed.n_bytes;
                group.push(listed);
            }
            _ => groups.push((listed.n_bytes, vec![listed])),
        }
    }
    groups.into_iter().map(|(_, group)| group).filter(|group| group.len() > 1).collect()
}

impl Round {
    /// Adds what the round would do.
    pub(crate) fn tell(&self, report: &mut UpkeepReport) {
        let of_groups = self.groups.iter().map(|group| Archived {
            objects: group.len() as u64,
            bytes: group.iter().map(|listed| listed.n_bytes).sum(),
            archives: 1,
            archive_bytes: 0,
        });
        let of_leftovers = self.leftovers.iter().map(Leftover::archived);
        of_groups.chain(of_leftovers).for_each(|archived| slot(self.kind, report).add(archived));
    }

    /// Makes the archives, and makes sure of those that are there.
    pub(crate) async fn make(self, lake: &LakeStorage, lease: &Lease) -> Result<Done, LoadError> {
        let Self { kind, pipeline, leftovers, groups } = self;
        let mut done =
            Done { kind, archives: Vec::new(), objects: Vec::new(), archived: Archived::default() };
        for leftover in leftovers {
            done.archives.push(leftover.make_sure(lake, kind).await?);
            done.archived.add(leftover.archived());
            done.objects.extend(leftover.into_objects());
        }
        for group in groups {
            let bytes = group.iter().map(|listed| listed.n_bytes).sum();
            let mut builder = ArchiveBuilder::default();
            let reads = group.into_iter().map(|listed| read(lake, listed.name));
            let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
            while let Some((object, content)) = reads.try_next().await? {
                let fetched_at = kind.fetched_at(&content);
                match kind.plain(&object, content) {
                    Ok(plain) => builder.add(&object, fetched_at, &plain)?,
                    // It stays by itself, where whoever reads it tells of it.
                    Err(error) => {
                        tracing::debug!(%error, object, "a damaged object is archived with no others")
                    }
                }
            }
            let Some((first, last)) = keys(kind, &builder) else { continue };
            let name =
                |sha256: &str| kind.archive(&pipeline, &first, &last, sha256.get(..DIGITS).unwrap_or(sha256));
            let built = builder.build(name)?;
            lake.step("create an archive")?;
            lease.check()?;
            lake.create_own(&built.named.name, built.content.clone()).await?;
            done.archived.add(Archived {
                objects: built.named.members,
                bytes,
                archives: 1,
                archive_bytes: built.named.bytes,
            });
            done.archives.push(built.named);
            done.objects.extend(built.members);
        }
        Ok(done)
    }
}

impl Done {
    /// Adds what was done.
    pub(crate) fn kind_report(&self, report: &mut UpkeepReport) {
        slot(self.kind, report).add(self.archived);
    }
}

fn slot(kind: Kind, report: &mut UpkeepReport) -> &mut Archived {
    match kind {
        Kind::Pages => &mut report.pages,
        Kind::Commits => &mut report.commits,
        Kind::Reports => &mut report.reports,
    }
}

/// The first and the last key of what was gathered.
fn keys(kind: Kind, builder: &ArchiveBuilder) -> Option<(String, String)> {
    let (first, last) = builder.ends()?;
    Some((kind.key(first)?.to_owned(), kind.key(last)?.to_owned()))
}

async fn read(lake: &LakeStorage, object: String) -> Result<(String, Bytes), LoadError> {
    match lake.get(&object).await? {
        Some(content) => Ok((object, content)),
        None => Err(LoadError::damaged(&object, DamageCause::Content("it is gone"))),
    }
}
