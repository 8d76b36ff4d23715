//! The contract of a storage: what a lake relies on, whatever it lies on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use crate::LoadError;
use crate::storage::digest::ContentDigest;
use crate::storage::local_file::LocalFile;
use crate::storage::object::{Created, Expected, Found, Listed, ObjectVersion, Settled};
use crate::storage::remote::reactor::Reactor;
use crate::storage::stored_file::StoredFile;
use crate::storage::trial::guarantee::Guarantee;

/// Where a lake's objects lie. Names are relative to the lake's root, with `/` between their segments; the root's own name is
/// empty. Objects are whole when they are seen, and durable when a write has returned, but for [`Storage::publish`].
#[async_trait]
pub(crate) trait Storage: std::fmt::Debug + Send + Sync {
    // What it offers.

    /// The folder of this machine for work in progress. What [`Storage::publish`] is given lies there, so that it may be
    /// renamed.
    fn work_folder(&self) -> &Path;

    /// The folder in which readers of this machine find the objects as files, if there is one.
    fn root_folder(&self) -> Option<&Path>;

    /// How one writer keeps all others out, by something under this name.
    fn exclusion(&self, name: &str) -> Exclusion;

    /// True where a file is replaced on the condition that a version stands there, also against a writer that takes itself for the
    /// holder of a lease it has lost. Where it is false, only [`Exclusion::ProcessLock`] keeps writers apart.
    fn replaces_by_version(&self) -> bool;

    /// What a lake relies on here, and can be tried out.
    fn guarantees(&self) -> &'static [Guarantee];

    /// Refuses a storage whose conditional writes do not hold, by few requests and before anything relies on them.
    async fn guard(&self) -> Result<(), LoadError>;

    // Reading.

    /// All objects below a folder, sorted by name; none where there is no such folder. A write under way is not among them.
    async fn list(&self, folder: &str) -> Result<Vec<Listed>, LoadError>;

    /// The names of what lies right below a folder, folders and objects, sorted.
    async fn entries(&self, folder: &str) -> Result<Vec<String>, LoadError>;

    /// True where there is a folder of this name; where folders are none of their own, where something lies below it.
    async fn is_folder(&self, folder: &str) -> Result<bool, LoadError>;

    /// What stands under a name, without its content.
    async fn find(&self, name: &str) -> Result<Option<Found>, LoadError>;

    /// An object's content; `None` where there is none.
    async fn get(&self, name: &str) -> Result<Option<Bytes>, LoadError>;

    /// An object's content, and when it was written by the store's clock, where somebody has to ask; `None` where there is none.
    async fn get_dated(&self, name: &str) -> Result<Option<(Bytes, Option<Timestamp>)>, LoadError> {
        Ok(self.get(name).await?.map(|content| (content, None)))
    }

    /// An object's content and version; `None` where there is none.
    async fn get_with_version(&self, name: &str) -> Result<Option<(Bytes, ObjectVersion)>, LoadError>;

    /// The first bytes of an object that is there, at most so many.
    async fn get_start(&self, name: &str, n_bytes: u64) -> Result<Bytes, LoadError>;

    /// An object as a file that is read at any place, in the version that was listed.
    async fn file(&self, listed: Listed) -> Result<StoredFile, LoadError>;

    /// A staged file as a file of this machine; `None` where it has been renamed to its place already.
    async fn staged(
        &self,
        name: &str,
        content: Option<&ContentDigest>,
    ) -> Result<Option<LocalFile>, LoadError>;

    // Writing.

    /// Creates an object where there is none. Any doubtful answer is settled by reading back.
    async fn create(&self, name: &str, content: Bytes) -> Result<Created, LoadError>;

    /// Writes an object where what is expected stands. Any doubtful answer is settled by looking.
    async fn replace(&self, name: &str, content: Bytes, expected: &Expected) -> Result<Settled, LoadError>;

    /// Makes ready what files of these names need before they are published.
    async fn prepare(&self, names: &[&str]) -> Result<(), LoadError>;

    /// Brings a whole file under a name where what is expected stands, in one step: readers see what stood there or all of the
    /// file. A file that lies under the name already stays. Durable once [`Storage::make_durable`] has returned for the names
    /// of both its ends.
    async fn publish(
        &self,
        file: &LocalFile,
        name: &str,
        expected: &Expected,
        gate: &dyn WriteGate,
    ) -> Result<Settled, LoadError>;

    /// [`Storage::publish`], in the way of the largest files, whatever the size of this one.
    async fn publish_large(
        &self,
        file: &LocalFile,
        name: &str,
        expected: &Expected,
        gate: &dyn WriteGate,
    ) -> Result<Settled, LoadError> {
        self.publish(file, name, expected, gate).await
    }

    /// Has a file of this content stand under a second name, where that of its first may be replaced later; nothing is written where it stands
    /// there. Durable once [`Storage::make_durable`] has returned for the second name.
    async fn duplicate(
        &self,
        from: &str,
        content: &ContentDigest,
        to: &str,
        gate: &dyn WriteGate,
    ) -> Result<(), LoadError>;

    /// Makes durable what was published under, or renamed away from, these names.
    async fn make_durable(&self, names: &[&str]) -> Result<(), LoadError>;

    /// Removes objects; gone already is fine.
    async fn remove(&self, names: Vec<String>) -> Result<(), LoadError>;

    /// Removes the folders below this one that hold nothing, where folders are something of their own: whoever lists objects opens
    /// each of them.
    async fn remove_empty_folders(&self, _folder: &str) -> Result<(), LoadError> {
        Ok(())
    }

    /// What lies below a folder that is no object: what is written at this moment, or was when the process that wrote it was killed.
    async fn unfinished(&self, _folder: &str) -> Result<Vec<Listed>, LoadError> {
        Ok(Vec::new())
    }

    /// Creates an object that nobody else may have written.
    async fn create_own(&self, name: &str, content: Bytes) -> Result<(), LoadError> {
        match self.create(name, content).await? {
            Created::Ours => Ok(()),
            Created::Taken => Err(LoadError::ObjectTaken { object: name.to_owned() }),
        }
    }
}

/// How one writer keeps all others out.
#[derive(Debug, Clone)]
pub(crate) enum Exclusion {
    /// By a lock of the operating system on this file, which ends with the process that holds it.
    ProcessLock(PathBuf),
    /// By an object that its holder keeps renewing with tasks on this runtime, as there are conditional writes and no locks.
    RenewedObject(Arc<Reactor>),
}

/// Asked during a publication that takes long.
#[async_trait]
pub(crate) trait WriteGate: Send + Sync {
    /// Whether a file that was sent may still become visible: asked right before, where sending it is apart from that.
    async fn before_visible(&self) -> Result<(), LoadError>;
}

/// Lets everything through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenGate;

#[async_trait]
impl WriteGate for OpenGate {
    async fn before_visible(&self) -> Result<(), LoadError> {
        Ok(())
    }
}
