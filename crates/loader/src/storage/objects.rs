use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::TryStreamExt;
use object_store::GetOptions;
use object_store::GetRange;
use object_store::ObjectMeta;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::PutMode;
use object_store::PutOptions;
use object_store::path::Path;

use crate::LoadError;
use crate::storage::conditional_put::{Expected, Found, Next};
use crate::storage::reactor::Reactor;
use crate::storage::{conditional_put, seal};

/// The lake's objects: on disk the small ones (pages, commits, intents, reports), in a bucket all. Whole and durable
/// when written.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    /// What requests run on; none where files stand behind the objects.
    reactor: Option<Arc<Reactor>>,
}

/// What became of an object that was to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// It stands there with the content given, now or from an earlier attempt.
    Ours,
    /// It stands there with another content.
    Taken,
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) n_bytes: u64,
    pub(crate) e_tag: Option<String>,
}

impl Objects {
    /// Objects that are files of this machine.
    pub(crate) fn of_files(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, reactor: None }
    }

    /// Objects of a store that is asked over the network.
    pub(crate) fn of_store(store: Arc<dyn ObjectStore>) -> Result<Self, LoadError> {
        let reactor =
            Reactor::start().map_err(LoadError::file("start threads for", "(the store)".as_ref()))?;
        Ok(Self { store, reactor: Some(Arc::new(reactor)) })
    }

    /// Whether the store is there and lets itself be read.
    pub(crate) async fn ask(&self, location: &str) -> Result<(), LoadError> {
        let first = |store: Arc<dyn ObjectStore>| async move {
            match store.list(Some(&Path::from("_convolake"))).next().await {
                Some(Err(error)) => Err(error),
                _ => Ok(()),
            }
        };
        self.run("read", location, first).await
    }

    /// Creates an object. Any answer but success is settled by reading back: a store may have applied a write
    /// whose answer was lost.
    pub(crate) async fn create(&self, object: &str, content: Bytes) -> Result<Created, LoadError> {
        let at = path("write", object)?;
        let tries = self.tries();
        self.run("write", object, move |store| async move {
            let mut number = 0;
            loop {
                let options = PutOptions::from(PutMode::Create);
                let Err(error) = store.put_opts(&at, content.clone().into(), options).await else {
                    return Ok(Created::Ours);
                };
                match get(&*store, &at).await {
                    Ok(Some(found)) if found == content => return Ok(Created::Ours),
                    Ok(Some(_)) => return Ok(Created::Taken),
                    Ok(None) | Err(_) => {
                        number += 1;
                        conditional_put::pause(number, tries, error).await?;
                    }
                }
            }
        })
        .await
    }

    /// Creates an object that nobody else may have written.
    pub(crate) async fn create_own(&self, object: &str, content: Bytes) -> Result<(), LoadError> {
        match self.create(object, content).await? {
            Created::Ours => Ok(()),
            Created::Taken => Err(LoadError::ObjectTaken { object: object.to_owned() }),
        }
    }

    /// Reads an object; `None` where there is none.
    pub(crate) async fn get(&self, object: &str) -> Result<Option<Bytes>, LoadError> {
        let at = path("read", object)?;
        self.run("read", object, move |store| async move { get(&*store, &at).await }).await
    }

    /// Reads an object and its version.
    pub(crate) async fn get_version(&self, object: &str) -> Result<Option<(Bytes, String)>, LoadError> {
        let at = path("read", object)?;
        self.run("read", object, move |store| async move {
            match store.get(&at).await {
                Ok(found) => {
                    let version = found.meta.e_tag.clone().unwrap_or_default();
                    Ok(Some((found.bytes().await?, version)))
                }
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// What stands under a name, without its content.
    pub(crate) async fn find(&self, object: &str) -> Result<Option<Found>, LoadError> {
        let at = path("look at", object)?;
        self.run("look at", object, move |store| async move { conditional_put::find(&*store, &at).await })
            .await
    }

    /// Reads the beginning of an object that is there, at most `n_bytes`.
    pub(crate) async fn get_head(&self, object: &str, n_bytes: u64) -> Result<Bytes, LoadError> {
        let at = path("read", object)?;
        self.run("read", object, move |store| async move { store.get_range(&at, 0..n_bytes).await }).await
    }

    /// Writes an object that others can be without, in a store only over the version that was read: where another one
    /// stands there meanwhile, that stays.
    pub(crate) async fn write_over(
        &self,
        object: &str,
        content: Bytes,
        replaces: Option<String>,
    ) -> Result<(), LoadError> {
        let at = path("write", object)?;
        let sha256 = seal::sha256(&content);
        let expected = replaces.map_or(Expected::Absent, Expected::Version);
        let on_files = self.reactor.is_none();
        self.run("write", object, move |store| async move {
            match on_files {
                true => store.put(&at, content.into()).await.map(drop),
                false => {
                    conditional_put::write(&*store, &at, content.into(), &sha256, &expected).await.map(drop)
                }
            }
        })
        .await
    }

    /// Reads a part of an object, which must still have the version given.
    pub(crate) async fn get_part(
        &self,
        object: &str,
        version: Option<String>,
        part: Range<u64>,
    ) -> Result<Bytes, LoadError> {
        let at = path("read", object)?;
        let n_bytes = part.end - part.start;
        let bytes = self
            .run("read", object, move |store| async move {
                let range = Some(GetRange::Bounded(part));
                let options = GetOptions { range, if_match: version, ..GetOptions::default() };
                store.get_opts(&at, options).await?.bytes().await
            })
            .await;
        match bytes {
            Err(LoadError::Object { source, .. }) if source.is_precondition() => {
                Err(LoadError::Overtaken { object: object.to_owned() })
            }
            Ok(bytes) if bytes.len() as u64 != n_bytes => Err(LoadError::damaged(
                object,
                crate::DamageCause::Content("the store gave fewer bytes than it said there are"),
            )),
            other => other,
        }
    }

    /// The names of all objects below a folder, sorted.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<String>, LoadError> {
        Ok(self.list_sizes(folder).await?.into_iter().map(|listed| listed.name).collect())
    }

    /// All objects below a folder, sorted by name.
    pub(crate) async fn list_sizes(&self, folder: &str) -> Result<Vec<Listed>, LoadError> {
        let prefix = path("list", folder)?;
        let listed = |meta: ObjectMeta| Listed {
            name: meta.location.as_ref().to_owned(),
            n_bytes: meta.size,
            e_tag: meta.e_tag,
        };
        let all = |store: Arc<dyn ObjectStore>| async move {
            store.list(Some(&prefix)).map_ok(listed).try_collect::<Vec<_>>().await
        };
        let mut all = self.run("list", folder, all).await?;
        all.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    /// The names of what lies right below a folder, folders and objects, sorted; the root's name is empty.
    pub(crate) async fn entries(&self, folder: &str) -> Result<Vec<String>, LoadError> {
        let prefix = path("list", folder)?;
        let list =
            |store: Arc<dyn ObjectStore>| async move { store.list_with_delimiter(Some(&prefix)).await };
        let listed = self.run("list", folder, list).await?;
        let objects = listed.objects.iter().map(|meta| &meta.location);
        let names = listed.common_prefixes.iter().chain(objects).filter_map(|path| path.filename());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Removes an object of the protocol's own; gone already is fine.
    pub(crate) async fn remove(&self, object: &str) -> Result<(), LoadError> {
        self.remove_all(vec![object.to_owned()]).await
    }

    /// Removes objects of the protocol's own; gone already is fine.
    pub(crate) async fn remove_all(&self, objects: Vec<String>) -> Result<(), LoadError> {
        let Some(first) = objects.first().cloned() else { return Ok(()) };
        let paths: Vec<Path> =
            objects.iter().map(|object| path("remove", object)).collect::<Result<_, _>>()?;
        let remove = |store: Arc<dyn ObjectStore>| async move {
            let paths = futures::stream::iter(paths.into_iter().map(Ok)).boxed();
            let mut removed = store.delete_stream(paths);
            while let Some(outcome) = removed.next().await {
                match outcome {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        self.run("remove", &first, remove).await
    }

    /// Runs what may ask the store several times.
    pub(crate) async fn run<T, F>(
        &self,
        act: &'static str,
        object: &str,
        request: impl FnOnce(Arc<dyn ObjectStore>) -> F,
    ) -> Result<T, LoadError>
    where
        T: Send + 'static,
        F: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        let request = request(Arc::clone(&self.store));
        let outcome = match &self.reactor {
            Some(reactor) => reactor.run(request).await,
            None => request.await,
        };
        outcome.map_err(LoadError::object(act, object))
    }

    /// Begins a task that goes on by itself. Only a store over the network has one.
    pub(crate) fn begin(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(reactor) = &self.reactor {
            reactor.begin(task);
        }
    }

    /// A disk that refuses refuses again at once; a store may be meant to be asked later.
    fn tries(&self) -> Next {
        match self.reactor {
            Some(_) => Next::Again,
            None => Next::Never,
        }
    }
}

async fn get(store: &dyn ObjectStore, at: &Path) -> object_store::Result<Option<Bytes>> {
    match store.get(at).await {
        Ok(found) => found.bytes().await.map(Some),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn path(act: &'static str, object: &str) -> Result<Path, LoadError> {
    Path::parse(object).map_err(|error| LoadError::object(act, object)(error.into()))
}
