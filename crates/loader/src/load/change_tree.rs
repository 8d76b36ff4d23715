//! Files of a pipeline's tables are brought from one tree into the other, by a commit that changes nothing else.
//!
//! Into the Delta tree each file gets a second name first, which nobody goes by before the commit; the plain ones are removed after it. Into the
//! plain tree the intent comes first, as plain names are seen at once. Files of the Delta tree stay there for its readers. So whatever dies
//! on the way, the lake is what the one or the other commit says, or is brought there by the next lease.

use std::collections::BTreeSet;

use convolake_model::Tree;
use futures::{StreamExt, TryStreamExt, stream};

use crate::delta;
use crate::publish::InPlace;
use crate::publish::commit::{self, CommittedFile, CommittedTable};
use crate::publish::first_manifests::tables_with_manifests;
use crate::publish::intent::{Content, Intent, Removed, Rename};
use crate::publish::next_commit::{Changes, next_commit};
use crate::snapshot::{FileEntry, TableSnapshot, superseded, table_snapshot};
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::digest::ContentDigest;
use crate::table::expected_file::{AsOf, OnNewer};
use crate::table::file::TableFile;
use crate::table::place::Place;
use crate::{Commit, Lease, LoadError, paths};

/// Files brought into the other tree at once.
const FILES_AT_ONCE: usize = 8;

/// A file that gets a second name.
#[derive(Debug, Clone)]
struct Moved {
    /// Where it lies, to be held against the commit.
    file: TableFile,
    from: String,
    to: String,
    rows: u64,
    content: ContentDigest,
}

/// Brings all files of the lease's pipeline into a tree; `None` where they lie there.
pub(crate) fn change_tree(
    lake: &LakeStorage,
    lease: &Lease,
    to: Tree,
    now: jiff::Timestamp,
) -> Result<Option<Commit>, LoadError> {
    let pipeline = lease.pipeline();
    let Some(head) = commit::current(lake, pipeline)? else { return Ok(None) };
    if head.tables.values().all(|table| table.files_in == to) {
        return Ok(None);
    }
    let mut tables = tables_with_manifests(lake, pipeline, Some(&head), &[], &[])?;
    let mut moved = Vec::new();
    for (name, table) in &mut tables {
        if table.files_in != to {
            moved.extend(change_table(lake, (pipeline, head.seq), name, table, to)?);
        }
    }
    tracing::info!(pipeline, files = moved.len(), ?to, "bringing table files into the other tree");
    let known_pages = head.known_pages.clone();
    let file = |moved: &Moved| CommittedFile {
        path: moved.to.clone(),
        rows: moved.rows,
        bytes: moved.content.n_bytes,
        sha256: moved.content.sha256.clone(),
    };
    let files = moved.iter().map(file).collect();
    let (state, created_at) = (head.state.clone(), head.created_at.max(now));
    // It stands for the run whose rows these are: what that run has merged, and what it has said of itself, is found by its name.
    let run = head.run.as_str();
    let changes = Changes { run, state, created_at, tables, known_pages, files, archives: &[] };
    let Some(commit) = next_commit(Some(&head), lease, changes)? else { return Ok(None) };
    let publisher = InPlace::new(lake, lease);
    let intent = match to {
        Tree::Delta => {
            block_on(place(lake, &publisher, &moved))?;
            Intent::of_other_tree(Vec::new(), moved.iter().map(removed).collect(), commit.clone())
        }
        Tree::Plain => {
            Intent::of_other_tree(moved.iter().map(second_name).collect(), Vec::new(), commit.clone())
        }
    };
    block_on(publisher.carry_out(&intent))?;
    if head.names_files()
        && let Err(error) =
            superseded::remove_superseded(lake, &head.objects(pipeline), &commit.objects(pipeline))
    {
        tracing::warn!(%error, "what the commit takes the place of stays in the lake");
    }
    Ok(Some(commit))
}

/// The table with its files in the other tree, and the files.
fn change_table(
    lake: &LakeStorage,
    (pipeline, seq): (&str, u64),
    name: &str,
    table: &mut CommittedTable,
    to: Tree,
) -> Result<Vec<Moved>, LoadError> {
    let snapshot = TableSnapshot {
        lake: lake.clone(),
        table: name.to_owned(),
        manifests: table.manifests.clone(),
        as_of: AsOf { pipeline: pipeline.to_owned(), seq, on_newer: OnNewer::Refuse },
    };
    let published = match to {
        // What the Delta table has of these files stays under the names it has for them.
        Tree::Delta => delta::names_of_log(lake, name)?,
        Tree::Plain => {
            refuse_in_the_way(&snapshot)?;
            BTreeSet::new()
        }
    };
    let (mut moved, mut manifests) = (Vec::new(), Vec::new());
    snapshot.each_manifest(|manifest| {
        let mut entries: Vec<FileEntry> = Vec::new();
        for entry in manifest.files {
            let content = ContentDigest { n_bytes: entry.bytes, sha256: entry.sha256.clone() };
            let place = match to {
                Tree::Plain => Place::Plain,
                Tree::Delta => {
                    let key = entry.delta_file(pipeline);
                    let known = published.range((key.clone(), 0)..=(key, u64::MAX)).next_back();
                    let known = known.map(|(_, seq)| Place::Delta { seq: *seq });
                    let holds = |place: &Place| {
                        let name = place.name(name, pipeline, entry.partition, &entry.sha256);
                        block_on(delta::holds(lake, &name, &content))
                    };
                    match known {
                        Some(place) if holds(&place)? => place,
                        _ => Place::Delta { seq: seq + 1 },
                    }
                }
            };
            let after = FileEntry { place, ..entry.clone() };
            moved.push(Moved {
                file: entry.table_file(lake, name, &snapshot.as_of),
                from: entry.name(name, pipeline),
                to: after.name(name, pipeline),
                rows: entry.rows,
                content,
            });
            entries.push(after);
        }
        manifests.extend(table_snapshot::write(lake, pipeline, name, &manifest.columns, entries, seq + 1)?);
        Ok(())
    })?;
    (table.files_in, table.manifests) = (to, manifests);
    Ok(moved)
}

/// Fails where a file stands under a plain name, of which no commit knows.
fn refuse_in_the_way(snapshot: &TableSnapshot) -> Result<(), LoadError> {
    let TableSnapshot { lake, table, as_of, .. } = snapshot;
    let listed = block_on(lake.list(&paths::table(table, &as_of.pipeline)))?;
    match listed.first() {
        None => Ok(()),
        Some(found) => Err(block_on(as_of.fault(lake, &found.name, "is there"))),
    }
}

/// Has files stand in the Delta tree too, durably.
async fn place(lake: &LakeStorage, publisher: &InPlace<'_>, files: &[Moved]) -> Result<(), LoadError> {
    let names: Vec<&str> = files.iter().map(|moved| moved.to.as_str()).collect();
    lake.prepare(&names).await?;
    let place = |moved: &Moved| {
        let moved = moved.clone();
        async move {
            lake.step("place a file in the Delta tree")?;
            // What goes afterwards is what the commit says.
            moved.file.stored()?;
            lake.duplicate(&moved.from, &moved.content, &moved.to, publisher).await
        }
    };
    stream::iter(files).map(place).buffer_unordered(FILES_AT_ONCE).try_collect::<()>().await?;
    lake.make_durable(&names).await
}

fn removed(moved: &Moved) -> Removed {
    let ContentDigest { n_bytes: bytes, sha256 } = moved.content.clone();
    Removed { name: moved.from.clone(), sha256, bytes }
}

fn second_name(moved: &Moved) -> Rename {
    let ContentDigest { n_bytes: bytes, sha256 } = moved.content.clone();
    Rename {
        from: moved.from.clone(),
        to: moved.to.clone(),
        takes_away: false,
        is_second_name: true,
        goes: false,
        content: Some(Content { sha256, bytes, replaces: None }),
    }
}
