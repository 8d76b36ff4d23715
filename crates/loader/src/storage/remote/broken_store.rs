//! Stores that break one promise each, so that the battery which is to find it is itself tested.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// A promise that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// `If-None-Match` is ignored: what is there is written over.
    OverwritesOnCreate,
    /// `If-Match` of a write is ignored.
    OverwritesOnUpdate,
    /// `If-Match` of a read is ignored.
    ReadsAnyVersion,
    /// Metadata is lost.
    LosesMetadata,
    /// The last byte of a content is lost.
    LosesTheEnd,
    /// A range is ignored: the whole object comes.
    IgnoresRanges,
    /// Listings are empty.
    ListsNothing,
    /// An upload in parts is seen from its beginning.
    ShowsParts,
    /// What is removed stays.
    KeepsWhatIsRemoved,
    /// Nothing may be removed.
    RefusesToRemove,
}

/// A store in memory with one flaw.
#[derive(Debug)]
pub(crate) struct BrokenStore {
    inner: Arc<InMemory>,
    flaw: Flaw,
}

impl BrokenStore {
    pub(crate) fn with(flaw: Flaw) -> Self {
        Self { inner: Arc::new(InMemory::new()), flaw }
    }
}

impl std::fmt::Display for BrokenStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?}", self.flaw)
    }
}

#[async_trait::async_trait]
impl ObjectStore for BrokenStore {
    async fn put_opts(&self, at: &Path, content: PutPayload, mut options: PutOptions) -> Result<PutResult> {
        let mut content = Bytes::from(content);
        match (self.flaw, &options.mode) {
            (Flaw::OverwritesOnCreate, PutMode::Create) | (Flaw::OverwritesOnUpdate, PutMode::Update(_)) => {
                options.mode = PutMode::Overwrite;
            }
            (Flaw::LosesMetadata, _) => options.attributes = Attributes::new(),
            (Flaw::LosesTheEnd, _) => content.truncate(content.len().saturating_sub(1)),
            _ => {}
        }
        self.inner.put_opts(at, content.into(), options).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if self.flaw == Flaw::ShowsParts {
            self.inner.put(at, PutPayload::new()).await?;
        }
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, mut options: GetOptions) -> Result<GetResult> {
        match self.flaw {
            Flaw::IgnoresRanges => options.range = None,
            Flaw::ReadsAnyVersion => options.if_match = None,
            _ => {}
        }
        self.inner.get_opts(at, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.flaw {
            Flaw::KeepsWhatIsRemoved => paths,
            Flaw::RefusesToRemove => {
                let refused = |path: Result<Path>| {
                    let path = path?.to_string();
                    Err(Error::PermissionDenied { path, source: "403: no".into() })
                };
                paths.map(refused).boxed()
            }
            _ => self.inner.delete_stream(paths),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.flaw {
            Flaw::ListsNothing => futures::stream::empty().boxed(),
            _ => self.inner.list(prefix),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
