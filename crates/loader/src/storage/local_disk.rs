//! A folder of this machine as a storage: one process writes at a time, files are renamed over each other, and what is
//! durable is what `fsync` of a file and of its folder has returned for.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use crate::LoadError;
use crate::storage::blocking::apart;
use crate::storage::contract::{Exclusion, Storage, WriteGate};
use crate::storage::digest::ContentDigest;
use crate::storage::error_words::{ErrorWords, object_path};
use crate::storage::local_file::LocalFile;
use crate::storage::object::{Created, Expected, Found, Listed, ObjectVersion, Settled};
use crate::storage::stored_file::StoredFile;
use crate::storage::trial::guarantee::Guarantee;
use crate::storage::{disk_listing, durable};

/// A lake's folder.
#[derive(Debug)]
pub(crate) struct LocalDisk {
    root: Arc<Path>,
    /// The small objects (pages, commits, intents, reports), which are created whole and synced.
    objects: LocalFileSystem,
}

impl LocalDisk {
    /// Opens a folder, which is created where there is none.
    pub(crate) fn open(folder: &Path) -> Result<Self, LoadError> {
        durable::create_folder(folder)?;
        let root = folder.canonicalize().map_err(LoadError::file("open the folder", folder))?;
        let objects = LocalFileSystem::new_with_prefix(&root).map_err(failed("open", &root))?;
        Ok(Self { root: root.into(), objects: objects.with_fsync(true) })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// What stands under a name.
    fn look(&self, name: &str) -> Result<Option<Found>, LoadError> {
        let path = self.path(name);
        match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LoadError::file("look at", &path)(error)),
            Ok(metadata) if metadata.is_dir() => Ok(None),
            Ok(metadata) => {
                let version = disk_listing::stamp(&path, &metadata)?;
                Ok(Some(Found { version, n_bytes: metadata.len(), sha256: None }))
            }
        }
    }

    /// Whether what is expected stands there, and if not what does. Nothing comes in between, as one process writes.
    fn meets(&self, name: &str, expected: &Expected) -> Result<Result<(), Option<Found>>, LoadError> {
        let found = self.look(name)?;
        Ok(match (expected, found) {
            (Expected::Anything, _) | (Expected::Absent, None) => Ok(()),
            (Expected::Version(version), Some(found)) if found.version == *version => Ok(()),
            (_, found) => Err(found),
        })
    }

    fn ours(&self, name: &str) -> Result<Settled, LoadError> {
        Ok(match self.look(name)? {
            Some(found) => Settled::Ours(found.version),
            None => Settled::Other(None),
        })
    }
}

#[async_trait]
impl Storage for LocalDisk {
    fn work_folder(&self) -> &Path {
        &self.root
    }

    fn root_folder(&self) -> Option<&Path> {
        Some(&self.root)
    }

    fn exclusion(&self, name: &str) -> Exclusion {
        Exclusion::ProcessLock(self.path(name))
    }

    fn replaces_by_version(&self) -> bool {
        false
    }

    fn guarantees(&self) -> &'static [Guarantee] {
        use Guarantee::{CreateOnce, ProcessLock, PublishInOneStep, Sync, Write};
        &[Write, CreateOnce, PublishInOneStep, Sync, ProcessLock]
    }

    async fn guard(&self) -> Result<(), LoadError> {
        Ok(())
    }

    async fn list(&self, folder: &str) -> Result<Vec<Listed>, LoadError> {
        let (root, folder) = (Arc::clone(&self.root), folder.to_owned());
        apart(move || disk_listing::below(&root, &folder)).await
    }

    async fn entries(&self, folder: &str) -> Result<Vec<String>, LoadError> {
        disk_listing::entries(&self.path(folder))
    }

    async fn is_folder(&self, folder: &str) -> Result<bool, LoadError> {
        Ok(self.path(folder).is_dir())
    }

    async fn find(&self, name: &str) -> Result<Option<Found>, LoadError> {
        self.look(name)
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, LoadError> {
        match self.objects.get(&object_path("read", name)?).await {
            Ok(found) => found.bytes().await.map(Some).map_err(failed("read", &self.path(name))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("read", &self.path(name))(error)),
        }
    }

    async fn get_with_version(&self, name: &str) -> Result<Option<(Bytes, ObjectVersion)>, LoadError> {
        let Some(found) = self.look(name)? else { return Ok(None) };
        Ok(self.get(name).await?.map(|content| (content, found.version)))
    }

    async fn get_start(&self, name: &str, n_bytes: u64) -> Result<Bytes, LoadError> {
        let at = object_path("read", name)?;
        self.objects.get_range(&at, 0..n_bytes).await.map_err(failed("read", &self.path(name)))
    }

    async fn file(&self, listed: Listed) -> Result<StoredFile, LoadError> {
        let path = self.path(&listed.name);
        let version = match listed.version {
            Some(version) => version,
            None => {
                let metadata = fs::metadata(&path).map_err(LoadError::file("look at", &path))?;
                disk_listing::stamp(&path, &metadata)?
            }
        };
        Ok(StoredFile::on_disk(path, listed.n_bytes, version))
    }

    async fn staged(
        &self,
        name: &str,
        content: Option<&ContentDigest>,
    ) -> Result<Option<LocalFile>, LoadError> {
        let path = self.path(name);
        Ok(path.exists().then(|| LocalFile { path, digest: content.cloned() }))
    }

    async fn create(&self, name: &str, content: Bytes) -> Result<Created, LoadError> {
        let at = object_path("write", name)?;
        let options = PutOptions::from(PutMode::Create);
        let Err(error) = self.objects.put_opts(&at, content.clone().into(), options).await else {
            return Ok(Created::Ours);
        };
        match self.get(name).await {
            Ok(Some(found)) if found == content => Ok(Created::Ours),
            Ok(Some(_)) => Ok(Created::Taken),
            // A disk that refuses refuses again at once.
            Ok(None) | Err(_) => Err(failed_to_create(&self.path(name), error)),
        }
    }

    async fn replace(&self, name: &str, content: Bytes, expected: &Expected) -> Result<Settled, LoadError> {
        if let Err(found) = self.meets(name, expected)? {
            return match found {
                Some(_) if self.get(name).await?.as_ref() == Some(&content) => self.ours(name),
                found => Ok(Settled::Other(found)),
            };
        }
        let at = object_path("write", name)?;
        self.objects.put(&at, content.into()).await.map_err(failed("write", &self.path(name)))?;
        self.ours(name)
    }

    async fn prepare(&self, names: &[&str]) -> Result<(), LoadError> {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        durable::create_folders(paths.iter().filter_map(|path| path.parent()))
    }

    async fn publish(
        &self,
        file: &LocalFile,
        name: &str,
        expected: &Expected,
        _gate: &dyn WriteGate,
    ) -> Result<Settled, LoadError> {
        let to = self.path(name);
        if file.path != to {
            if let Err(found) = self.meets(name, expected)? {
                return Ok(Settled::Other(found));
            }
            durable::rename(&file.path, &to)?;
        }
        self.ours(name)
    }

    async fn duplicate(
        &self,
        from: &str,
        content: &ContentDigest,
        to: &str,
        _gate: &dyn WriteGate,
    ) -> Result<(), LoadError> {
        let (from, to) = (self.path(from), self.path(to));
        match fs::metadata(&to) {
            Ok(found) if found.len() == content.n_bytes => return Ok(()),
            // Left by a copy that was cut off.
            Ok(_) => fs::remove_file(&to).map_err(LoadError::file("remove", &to))?,
            Err(_) => {}
        }
        durable::link(&from, &to)
    }

    async fn make_durable(&self, names: &[&str]) -> Result<(), LoadError> {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        durable::sync_parents(paths.iter().map(PathBuf::as_path))
    }

    async fn remove(&self, names: Vec<String>) -> Result<(), LoadError> {
        for name in names {
            let at = object_path("remove", &name)?;
            let mut removed = self.objects.delete_stream(futures::stream::iter([Ok(at)]).boxed());
            match removed.next().await {
                None | Some(Ok(_) | Err(object_store::Error::NotFound { .. })) => {}
                Some(Err(error)) => return Err(failed("remove", &self.path(&name))(error)),
            }
        }
        Ok(())
    }

    async fn unfinished(&self, folder: &str) -> Result<Vec<Listed>, LoadError> {
        let (root, folder) = (Arc::clone(&self.root), folder.to_owned());
        apart(move || disk_listing::under_way_below(&root, &folder)).await
    }

    async fn remove_empty_folders(&self, folder: &str) -> Result<(), LoadError> {
        let folder = self.path(folder);
        apart(move || disk_listing::remove_empty_below(&folder)).await
    }
}

/// What the system says of an act on an object, without what the library says of its way to it.
fn failed(act: &'static str, path: &Path) -> impl FnOnce(object_store::Error) -> LoadError + use<> {
    let path = path.to_owned();
    move |error| {
        let causes =
            std::iter::successors(Some(&error as &(dyn std::error::Error + 'static)), |error| error.source());
        let mut of_system = causes.filter_map(|error| error.downcast_ref::<std::io::Error>()?.raw_os_error());
        match of_system.next() {
            Some(number) => LoadError::file(act, &path)(std::io::Error::from_raw_os_error(number)),
            None => ErrorWords::of_disk().failed(act, &path.display().to_string())(error),
        }
    }
}

/// The same of an object that is created, which is a link to the file that was written: not all file systems have links.
fn failed_to_create(path: &Path, error: object_store::Error) -> LoadError {
    let is_about_links = error.to_string().contains("Unable to rename file");
    match failed("write", path)(error) {
        LoadError::File { source, path, .. } if is_about_links && lacks(&source) => {
            LoadError::FileSystemUnfit { path, lacks: "hard links", source }
        }
        error => error,
    }
}

/// True for what a system says of what a file system does not have; some say that it is not permitted.
fn lacks(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, Unsupported};
    matches!(error.kind(), Unsupported | PermissionDenied)
}
