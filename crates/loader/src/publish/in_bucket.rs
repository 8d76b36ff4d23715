//! Publishing where there is no rename, no lock, and every answer may be lost.
//!
//! 1. The successors are uploaded below `_convolake/staging/`, where no reader looks.
//! 2. The intent is created. Who creates the one of a number, and then finds no commit of that number, alone may
//!    publish under it: the holder of a lease that was lost meanwhile finds either the intent or the commit of the
//!    one who took it over.
//! 3. Each successor is written under its own name, on the condition that the version it was merged with stands
//!    there. One that stands there already is known by the hash it carries.
//! 4. The commit is created, and intent and staged files are removed. What stays of them is void, as the commit of
//!    its number exists, and is cleared by a later run.

use std::collections::HashMap;

use crate::storage::blocking::block_on;
use bytes::Bytes;
use futures::stream;
use futures::stream::StreamExt;
use futures::stream::TryStreamExt;
use tokio::sync::Semaphore;

use crate::error::DamageCause;
use crate::load::write::Staged;
use crate::publish::commit::Commit;
use crate::publish::intent::{Content, Rename};
use crate::publish::{Intent, commit};
use crate::storage::conditional_put::{Expected, Settled};
use crate::storage::lake_storage::LakeStorage;
use crate::storage::objects::Created;
use crate::storage::seal;
use crate::storage::upload::{LocalFile, MAX_PUT_BYTES, fetch, upload};
use crate::{Lease, LoadError, paths};

/// Requests under way at once.
const REQUESTS: usize = 8;
/// The memory that uploads under way take together, in kibibytes: one file of the largest size that is one request.
const UPLOAD_KIB: u32 = 64 * 1024;
const _: () = assert!(UPLOAD_KIB as u64 == MAX_PUT_BYTES >> 10);

/// Uploads, intent, files, commit, and the rest is cleared.
pub(crate) fn publish(
    lake: &LakeStorage,
    lease: &Lease,
    staged: &[Staged],
    commit: Commit,
) -> Result<HashMap<String, String>, LoadError> {
    let intent = Intent::new(staged, commit, true);
    let publishing = Publishing::new(lake, lease);
    block_on(async {
        publishing.stage(&intent).await?;
        publishing.declare(&intent).await?;
        publishing.finish(&intent, false).await
    })
}

/// Brings an intent to its end that another run has left.
pub(crate) fn resume(
    lake: &LakeStorage,
    lease: &Lease,
    intent: &Intent,
) -> Result<HashMap<String, String>, LoadError> {
    block_on(Publishing::new(lake, lease).finish(intent, true))
}

/// Clears staged files that nothing can refer to: those of commits up to this one.
pub(crate) fn clear_void(lake: &LakeStorage, pipeline: &str, seq: u64) -> Result<(), LoadError> {
    let staged = block_on(lake.objects.list(&paths::staging_of_pipeline(pipeline)))?;
    let is_void = |name: &String| paths::staged_seq(name).is_some_and(|staged| staged <= seq);
    let void: Vec<String> = staged.into_iter().filter(is_void).collect();
    if !void.is_empty() {
        lake.step("clear staged files")?;
        remove(lake, void)?;
    }
    Ok(())
}

/// What cannot be removed stays, invisible to readers and known to be void.
fn remove(lake: &LakeStorage, objects: Vec<String>) -> Result<(), LoadError> {
    match block_on(lake.objects.remove_all(objects)) {
        Err(error @ LoadError::StoreRefused { .. }) => {
            tracing::warn!(%error, "what a run no longer needs stays in the bucket");
            Ok(())
        }
        other => other,
    }
}

struct Publishing<'a> {
    lake: &'a LakeStorage,
    lease: &'a Lease,
    memory: Semaphore,
}

impl<'a> Publishing<'a> {
    fn new(lake: &'a LakeStorage, lease: &'a Lease) -> Self {
        Self { lake, lease, memory: Semaphore::new(UPLOAD_KIB as usize) }
    }

    /// Makes the successors durable where nobody looks.
    async fn stage(&self, intent: &Intent) -> Result<(), LoadError> {
        stream::iter(&intent.renames)
            .map(|rename| self.stage_one(rename))
            .buffer_unordered(REQUESTS)
            .try_collect()
            .await
    }

    async fn stage_one(&self, rename: &Rename) -> Result<(), LoadError> {
        self.lake.step("upload a staged file")?;
        self.lease.check()?;
        let file = self.local(rename).await?;
        match self.upload(&file, &rename.from, &Expected::Absent).await? {
            Settled::Ours(_) => Ok(()),
            Settled::Other(_) => Err(LoadError::ObjectTaken { object: rename.from.clone() }),
        }
    }

    /// Says what is to come; from then on it will.
    async fn declare(&self, intent: &Intent) -> Result<(), LoadError> {
        let pipeline = self.lease.pipeline();
        let object = paths::intent(pipeline, intent.seq);
        let bytes = Bytes::from(seal::seal(&object, intent)?);
        self.lake.step("write the intent")?;
        self.lease.check()?;
        if self.lake.objects.create(&object, bytes).await? == Created::Taken {
            return Err(LoadError::Overtaken { object });
        }
        self.lake.step("look for a commit of its number")?;
        let is_free = commit::read(&self.lake.objects, pipeline, intent.seq).await?.is_none();
        match is_free {
            // The intent stays also where this fails: whoever took the lease over may be at it already.
            true => self.lease.confirm().await,
            false => {
                // Nothing was published under it, and nothing will be.
                self.lake.objects.remove(&object).await?;
                Err(LoadError::LeaseLost { pipeline: pipeline.to_owned() })
            }
        }
    }

    /// Gives the versions of the files that stand there in the end.
    async fn finish(&self, intent: &Intent, is_resumed: bool) -> Result<HashMap<String, String>, LoadError> {
        let mut versions = HashMap::new();
        for takes_away in [true, false] {
            let turn = intent.renames.iter().filter_map(|rename| {
                let content = rename.content.as_ref()?;
                (rename.takes_away == takes_away).then_some((rename, content))
            });
            let before = &versions;
            let published: Vec<(String, String)> = stream::iter(turn)
                .map(|(rename, content)| {
                    let later = later(intent, rename);
                    let expected = match (before.get(&rename.to), &content.replaces) {
                        (Some(version), _) | (None, Some(version)) => {
                            Expected::Version(String::clone(version))
                        }
                        (None, None) => Expected::Absent,
                    };
                    self.publish_one(rename, content, later, expected, is_resumed)
                })
                .buffer_unordered(REQUESTS)
                .try_collect()
                .await?;
            versions.extend(published);
        }
        let (lake, pipeline) = (self.lake, self.lease.pipeline());
        lake.step("write the commit")?;
        self.lease.check()?;
        commit::write(&lake.objects, pipeline, &intent.commit).await?;
        lake.step("remove the intent")?;
        let staged = intent.renames.iter().map(|rename| rename.from.clone());
        let void = std::iter::once(paths::intent(pipeline, intent.seq)).chain(staged).collect();
        // All is done; what stays of it is void, and a later run clears it.
        if let Err(error) = lake.objects.remove_all(void).await {
            tracing::warn!(%error, "what the run no longer needs stays in the bucket");
        }
        Ok(versions)
    }

    /// Writes a successor under its own name, unless it, or the one that comes after it, stands there.
    async fn publish_one(
        &self,
        rename: &Rename,
        content: &Content,
        later: Option<&str>,
        expected: Expected,
        is_resumed: bool,
    ) -> Result<(String, String), LoadError> {
        let is_done = |sha256: Option<&str>| {
            sha256.is_some_and(|sha256| sha256 == content.sha256 || Some(sha256) == later)
        };
        if is_resumed
            && let Some(found) = self.lake.objects.find(&rename.to).await?
            && is_done(found.sha256.as_deref())
        {
            return Ok((rename.to.clone(), found.version));
        }
        let file = self.local(rename).await?;
        self.lake.step("publish a table file")?;
        self.lease.check()?;
        match self.upload(&file, &rename.to, &expected).await? {
            Settled::Ours(version) => Ok((rename.to.clone(), version)),
            Settled::Other(Some(found)) if is_done(found.sha256.as_deref()) => {
                Ok((rename.to.clone(), found.version))
            }
            Settled::Other(_) => Err(LoadError::Overtaken { object: rename.to.clone() }),
        }
    }

    async fn upload(
        &self,
        file: &LocalFile,
        object: &str,
        expected: &Expected,
    ) -> Result<Settled, LoadError> {
        let kib = u32::try_from(file.memory_bytes() >> 10).unwrap_or(UPLOAD_KIB).clamp(1, UPLOAD_KIB);
        // It is never closed.
        let _memory = self.memory.acquire_many(kib).await.ok();
        upload(&self.lake.objects, file, object, expected, Some(self.lease)).await
    }

    /// The successor on this machine: as it was written, or fetched from where it was staged.
    async fn local(&self, rename: &Rename) -> Result<LocalFile, LoadError> {
        let gone = |reason| LoadError::damaged(&rename.from, DamageCause::Content(reason));
        let content = rename.content.as_ref().ok_or_else(|| gone("its intent does not say what it holds"))?;
        let path = self.lake.path(&rename.from);
        let Content { sha256, bytes: n_bytes, .. } = content;
        if path.exists() {
            return Ok(LocalFile { path, n_bytes: *n_bytes, sha256: sha256.clone() });
        }
        fetch(&self.lake.objects, &rename.from, &path, *n_bytes, sha256).await
    }
}

/// The content that the same file has in a later step of the intent.
fn later<'a>(intent: &'a Intent, rename: &Rename) -> Option<&'a str> {
    let at = intent.renames.iter().position(|other| other == rename)?;
    let after = intent.renames[at + 1..].iter().find(|other| other.to == rename.to)?;
    after.content.as_ref().map(|content| content.sha256.as_str())
}
