//! Publishing in place: each table file's successor takes its predecessor's name.
//!
//! 1. The successors are staged below `_convolake/staging/`, where no reader looks: on disk they lie there already, to an
//!    object store they are uploaded.
//! 2. The intent is created. Where a lease can be lost without its holder's knowing, who creates the intent of a number, and
//!    then finds no commit of that number, alone may publish under it: the holder of a lease that was lost meanwhile finds
//!    either the intent or the commit of the one who took it over.
//! 3. The successors that take moving rows away are published, and all of them are durable; then those that add rows. On disk a
//!    file is renamed; in an object store it is written under its own name, on the condition that the version it was merged
//!    with stands there. One that stands there already is known by the hash it carries.
//! 4. The commit is created, and table files without rows that it names no more are removed, as where a table is cut into partitions
//!    of another kind.
//! 5. Intent and staged files are removed. What stays of them is void, as the commit of
//!    its number exists, and is cleared by a later run.
//!
//! So a moving row is seen twice at no time, also after a power cut between any two steps.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use futures::stream::{StreamExt, TryStreamExt};

use crate::publish::commit::Commit;
use crate::publish::intent::{Contents, Intent, Removed, Rename};
use crate::publish::publisher::Publisher;
use crate::publish::staged_file::{StagedContent, StagedFile};
use crate::publish::void::remove_void;
use crate::publish::{commit, recover};
use crate::storage::blocking::block_on;
use crate::storage::digest::ContentDigest;
use crate::storage::{Created, Expected, Found, LakeStorage, ObjectVersion, Settled, WriteGate, seal};
use crate::{Lease, LoadError, paths};

/// Files staged or published at once.
const FILES_AT_ONCE: usize = 8;

/// The versions of the files that were published, by their names within the lake.
type PublishedVersions = HashMap<String, ObjectVersion>;

/// Publishes in place, under a lease.
pub(crate) struct InPlace<'a> {
    lake: &'a LakeStorage,
    lease: &'a Lease,
}

/// Who has written an intent: another may have published some of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntentOf {
    ThisRun,
    AnotherRun,
}

impl Publisher for InPlace<'_> {
    fn publish(&self, files: &[&StagedFile], commit: Commit) -> Result<(), LoadError> {
        let contents = if self.lake.replaces_by_version() { Contents::Named } else { Contents::LeftOut };
        let intent = Intent::new(files, commit, contents);
        block_on(async {
            self.stage(files).await?;
            self.carry_out(&intent).await
        })
    }

    fn recover(&self) -> Result<(), LoadError> {
        recover::recover(self, self.lake, self.lease)
    }
}

impl<'a> InPlace<'a> {
    pub(crate) fn new(lake: &'a LakeStorage, lease: &'a Lease) -> Self {
        Self { lake, lease }
    }

    /// Declares an intent, and brings it to its end.
    pub(crate) async fn carry_out(&self, intent: &Intent) -> Result<(), LoadError> {
        // Where nobody else can write, a commit that replaces and removes no files needs no intent: it is one object.
        if intent.renames.is_empty() && intent.removes.is_empty() && self.lease.excludes_others() {
            return self.write_commit(&intent.commit).await;
        }
        self.declare(intent).await?;
        self.finish(intent, IntentOf::ThisRun).await
    }

    /// Makes the successors durable where nobody looks.
    async fn stage(&self, files: &[&StagedFile]) -> Result<(), LoadError> {
        let contents: Vec<&StagedContent> =
            files.iter().flat_map(|file| file.taking.iter().chain(&file.adding)).collect();
        stream::iter(contents.iter().copied())
            .map(|content| self.stage_one(content))
            .buffer_unordered(FILES_AT_ONCE)
            .try_collect::<()>()
            .await?;
        let staged: Vec<&str> = contents.iter().map(|content| content.name.as_str()).collect();
        self.lake.make_durable(&staged).await
    }

    async fn stage_one(&self, content: &StagedContent) -> Result<(), LoadError> {
        self.lake.step("stage a table file")?;
        self.lease.check()?;
        let StagedContent { name, written } = content;
        let taken = || LoadError::ObjectTaken { object: name.clone() };
        let digest = ContentDigest { n_bytes: written.bytes, sha256: written.sha256.clone() };
        let file = self.lake.staged(name, Some(&digest)).await?.ok_or_else(taken)?;
        match self.lake.publish(&file, name, &Expected::Absent, self).await? {
            Settled::Ours(_) => Ok(()),
            // Who made the file has brought it there.
            Settled::Other(Some(found)) if found.sha256.as_deref() == Some(&written.sha256) => Ok(()),
            Settled::Other(_) => Err(taken()),
        }
    }

    /// Says what is to come; from then on it will.
    async fn declare(&self, intent: &Intent) -> Result<(), LoadError> {
        let pipeline = self.lease.pipeline();
        let object = paths::intent(pipeline, intent.seq);
        let bytes = Bytes::from(seal::seal(&object, intent)?);
        self.lake.step("write the intent")?;
        self.lease.check()?;
        if self.lake.create(&object, bytes).await? == Created::Taken {
            return Err(LoadError::Overtaken { object });
        }
        self.lake.step("look for a commit of its number")?;
        match commit::read(self.lake, pipeline, intent.seq).await? {
            // The intent stays also where this fails: whoever took the lease over may be at it already.
            None => self.lease.confirm().await,
            Some(_) => {
                // Nothing was published under it, and nothing will be.
                remove_void(self.lake, vec![object]).await;
                Err(LoadError::LeaseLost { pipeline: pipeline.to_owned() })
            }
        }
    }

    /// Brings an intent to its end, from wherever it has got to.
    pub(crate) async fn finish(&self, intent: &Intent, of: IntentOf) -> Result<(), LoadError> {
        let mut versions = PublishedVersions::new();
        for takes_away in [true, false] {
            let turn = intent.renames.iter().filter(|rename| rename.takes_away == takes_away);
            let turn: Vec<&Rename> = turn.collect();
            versions.extend(self.publish_turn(intent, &turn, of, &versions).await?);
        }
        self.write_commit(&intent.commit).await?;
        self.remove_gone(intent).await?;
        self.lake.step("remove the intent")?;
        // A file that was renamed is staged no more, and one that was staged as a file of the Delta tree stays.
        let is_copy = |rename: &&Rename| rename.content.is_some() && !paths::is_of_delta(&rename.from);
        let copies = intent.renames.iter().filter(is_copy);
        let copies = copies.map(|rename| rename.from.clone());
        let void = std::iter::once(paths::intent(self.lease.pipeline(), intent.seq)).chain(copies);
        // All is done; what stays of it is void, and a later run clears it.
        remove_void(self.lake, void.collect()).await;
        Ok(())
    }

    /// Removes the files that the commit, which is durable, names no more: those without rows, and those of the plain tree whose table lies
    /// in the Delta tree alone. Whoever finds another file under such a name leaves it: the table was cut anew since.
    pub(crate) async fn remove_gone(&self, intent: &Intent) -> Result<(), LoadError> {
        let find = |rename: &Rename| {
            let (name, content) = (rename.to.clone(), rename.content.clone());
            async move {
                let found = self.lake.find(&name).await?.filter(|found| {
                    content.is_none_or(|content| found.sha256.as_deref() == Some(&content.sha256))
                });
                Ok::<_, LoadError>(found.map(|_| name))
            }
        };
        let goes = intent.renames.iter().filter(|rename| rename.goes);
        let void: Vec<Option<String>> =
            stream::iter(goes.map(find)).buffer_unordered(FILES_AT_ONCE).try_collect().await?;
        let mut void: Vec<String> = void.into_iter().flatten().collect();
        let is_there = |removed: &Removed| {
            let Removed { name, sha256, bytes } = removed.clone();
            async move {
                let found = self.lake.find(&name).await?;
                let is_it = found.is_some_and(|found| {
                    found.n_bytes == bytes && found.sha256.is_none_or(|found| found == sha256)
                });
                Ok::<_, LoadError>(is_it.then_some(name))
            }
        };
        let left: Vec<Option<String>> = stream::iter(intent.removes.iter().map(is_there))
            .buffer_unordered(FILES_AT_ONCE)
            .try_collect()
            .await?;
        void.extend(left.into_iter().flatten());
        if void.is_empty() {
            return Ok(());
        }
        self.lake.step("remove table files that the commit does not name")?;
        self.lease.confirm().await?;
        self.lake.remove(void.clone()).await?;
        self.lake.make_durable(&void.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        // Readers that go by folders are to see those of one kind.
        for name in self.lake.root_folder().map_or(&[][..], |_| &void) {
            let mut name = name.as_str();
            while let Some((folder, _)) = name.rsplit_once('/')
                && std::fs::remove_dir(self.lake.path(folder)).is_ok()
            {
                name = folder;
            }
        }
        Ok(())
    }

    /// Publishes what may be seen in any order; all of it is durable afterwards.
    async fn publish_turn(
        &self,
        intent: &Intent,
        turn: &[&Rename],
        of: IntentOf,
        before: &PublishedVersions,
    ) -> Result<Vec<(String, ObjectVersion)>, LoadError> {
        let mut waiting = Vec::new();
        for rename in turn {
            if rename.content.is_some() || self.lake.staged(&rename.from, None).await?.is_some() {
                waiting.push(*rename);
            }
        }
        let targets: Vec<&str> = waiting.iter().map(|rename| rename.to.as_str()).collect();
        self.lake.prepare(&targets).await?;
        let published: Vec<(String, ObjectVersion)> = stream::iter(waiting.iter().copied())
            .map(|rename| self.publish_one(intent, rename, of, before.get(&rename.to)))
            .buffer_unordered(FILES_AT_ONCE)
            .try_collect()
            .await?;
        let sources = waiting.iter().map(|rename| rename.from.as_str());
        self.lake.make_durable(&targets.iter().copied().chain(sources).collect::<Vec<_>>()).await?;
        Ok(published)
    }

    /// Brings a successor under its own name, unless it, or the one that comes after it, stands there.
    async fn publish_one(
        &self,
        intent: &Intent,
        rename: &Rename,
        of: IntentOf,
        before: Option<&ObjectVersion>,
    ) -> Result<(String, ObjectVersion), LoadError> {
        let later = intent.later_sha256(rename);
        let ours = rename.content.as_ref().map(|content| content.sha256.as_str());
        let is_done = |found: &Found| {
            found.sha256.as_deref().is_some_and(|sha256| Some(sha256) == ours || Some(sha256) == later)
        };
        if of == IntentOf::AnotherRun
            && rename.content.is_some()
            && let Some(found) = self.lake.find(&rename.to).await?
            && is_done(&found)
        {
            return Ok((rename.to.clone(), found.version));
        }
        if let Some(content) = rename.content.as_ref().filter(|_| rename.is_second_name) {
            self.lake.step("publish a table file")?;
            // Nothing is replaced: where whoever took the lease over has removed the file since, it would come back.
            self.lease.check()?;
            self.lease.confirm().await?;
            self.lake.duplicate(&rename.from, &content.digest(), &rename.to, self).await?;
            let gone = || LoadError::Overtaken { object: rename.to.clone() };
            return Ok((rename.to.clone(), self.lake.find(&rename.to).await?.ok_or_else(gone)?.version));
        }
        let expected = match (&rename.content, before) {
            (None, _) => Expected::Anything,
            (Some(_), Some(version)) => Expected::Version(version.clone()),
            (Some(content), None) => content.replaces.clone().map_or(Expected::Absent, Expected::Version),
        };
        let overtaken = || LoadError::Overtaken { object: rename.to.clone() };
        let file = self.lake.staged(&rename.from, digest(rename).as_ref()).await?.ok_or_else(overtaken)?;
        self.lake.step("publish a table file")?;
        self.lease.check()?;
        match self.lake.publish(&file, &rename.to, &expected, self).await? {
            Settled::Ours(version) => Ok((rename.to.clone(), version)),
            Settled::Other(Some(found)) if is_done(&found) => Ok((rename.to.clone(), found.version)),
            Settled::Other(_) => Err(overtaken()),
        }
    }

    async fn write_commit(&self, commit: &Commit) -> Result<(), LoadError> {
        self.lake.step("write the commit")?;
        self.lease.check()?;
        commit::write(self.lake, self.lease.pipeline(), commit).await
    }
}

#[async_trait]
impl WriteGate for InPlace<'_> {
    async fn before_visible(&self) -> Result<(), LoadError> {
        self.lease.confirm().await
    }
}

fn digest(rename: &Rename) -> Option<ContentDigest> {
    rename.content.as_ref().map(|content| content.digest())
}
