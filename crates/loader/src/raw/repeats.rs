//! What of a new page has landed before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::stream;
use futures::stream::StreamExt;
use tokio::sync::OnceCell;
use twox_hash::XxHash64;

use crate::raw::base::{Base, Bases};
use crate::raw::chunk_index::ChunkIndex;
use crate::raw::cut::{Chunk, chunks};
use crate::raw::line::Body;
use crate::raw::objects::Objects;
use crate::raw::page::{PageRef, RawPage};
use crate::raw::pages;
use crate::raw::parts::BodyParts;
use crate::storage::locked::locked;
use crate::storage::{Expected, LakeStorage, ObjectVersion};
use crate::{LoadError, paths};

/// Pages that one page refers to, at the most. With more, what is found in few of its parts is written again, so that a page is
/// put together from few objects however long ago its records came ("capping", Lillibridge et al. 2013).
const MAX_BASES: usize = 32;
/// Bytes of the pages that one page is compared with, at the most.
const MAX_BASE_BYTES: usize = 4 << 20;
/// Pages that are read at once to compare one with.
const READS_AT_ONCE: usize = 8;

/// Finds what of new pages has landed before. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Repeats {
    lake: LakeStorage,
    pub(crate) bases: Bases,
    streams: Arc<Mutex<ByStream>>,
}

/// By pipeline and stream.
type ByStream = BTreeMap<(String, String), Arc<OnceCell<OfStream>>>;

/// What is known of one stream's pages.
#[derive(Debug)]
struct OfStream {
    index: Mutex<ChunkIndex>,
    /// What the index was read from.
    version: Option<ObjectVersion>,
}

/// What a page is compared with.
#[derive(Debug)]
enum Compared {
    /// A page that is equal to it, and is itself in parts: these are its own.
    Equal(BodyParts),
    /// Pages in which some of its chunks stand.
    With(Vec<(PageRef, Arc<Base>)>),
}

impl Repeats {
    pub(crate) fn new(lake: LakeStorage, objects: Objects) -> Self {
        Self { bases: Bases::new(objects), lake, streams: Arc::default() }
    }

    /// The body of a page in parts, where some of it has landed before, but in the object that it is to land in; and those of its
    /// bytes that stand in its own line.
    pub(crate) async fn split(&self, page: &RawPage, object: &str) -> (Option<BodyParts>, Bytes) {
        let chunks: Vec<Chunk> = chunks(&page.body).collect();
        let bases = match self.compare(page, object, &chunks).await {
            Compared::Equal(parts) => return (Some(parts), Bytes::new()),
            Compared::With(bases) => bases,
        };
        match BodyParts::of(&page.body, &chunks, &bases) {
            Some((parts, own)) => (Some(parts), own.into()),
            None => (None, page.body.clone()),
        }
    }

    /// Reads what is worth comparing with a page.
    async fn compare(&self, page: &RawPage, object: &str, chunks: &[Chunk]) -> Compared {
        let of_stream = self.of_stream(&page.pipeline, &page.stream);
        let of_stream = of_stream.get_or_init(|| self.read(&page.pipeline, &page.stream)).await;
        let whole = locked(&of_stream.index).object_of_page(hash_of(&page.body)).map(str::to_owned);
        if let Some(landed) = whole.filter(|landed| landed != object)
            && let Some(equal) = self.find_equal(of_stream, &page.body, landed).await
        {
            return equal;
        }
        let alike: Vec<String> = {
            let index = locked(&of_stream.index);
            let alike = index.objects_like(chunks, MAX_BASES).into_iter();
            alike.filter(|alike| *alike != object).map(str::to_owned).collect()
        };
        let reads = alike.into_iter().map(|object| async {
            let at = PageRef { object, line: 1 };
            let base = self.bases.get(&at).await;
            (at, base)
        });
        let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
        let (mut bases, mut n_bytes) = (Vec::new(), 0);
        while let Some((at, base)) = reads.next().await {
            match base {
                Ok(base) => {
                    n_bytes += base.n_bytes();
                    if n_bytes > MAX_BASE_BYTES {
                        break;
                    }
                    bases.push((at, base));
                }
                // What does not read cannot be referred to.
                Err(error) => {
                    tracing::debug!(%error, object = at.object, "a landed page is compared with no other");
                    locked(&of_stream.index).forget(&at.object);
                }
            }
        }
        Compared::With(bases)
    }

    /// A page whose equal may have landed in this object: it takes one request to see.
    async fn find_equal(&self, of_stream: &OfStream, body: &Bytes, landed: String) -> Option<Compared> {
        let landed = PageRef { object: landed, line: 1 };
        let found = pages::read_line(self.bases.objects(), &landed.object).await;
        let own = found.and_then(|line| match line.body {
            Body::Parts(parts) => Ok(Err(parts)),
            body => Ok(Ok(body.own_bytes(&landed.object)?)),
        });
        match own {
            Ok(Err(parts)) => parts.again(body, &landed).map(Compared::Equal),
            Ok(Ok(own)) => Some(Compared::With(vec![(landed, Arc::new(Base::new(own)))])),
            Err(error) => {
                tracing::debug!(%error, object = landed.object, "a landed page is compared with no other");
                locked(&of_stream.index).forget(&landed.object);
                None
            }
        }
    }

    /// Notes what of a page has landed in its object: its own bytes, to which no reference leads elsewhere.
    pub(crate) fn note(&self, page: &RawPage, object: &str, own: Bytes) {
        let base = Arc::new(Base::new(own));
        if let Some(of_stream) = self.of_stream(&page.pipeline, &page.stream).get()
            && base.n_bytes() <= MAX_BASE_BYTES
        {
            let mut index = locked(&of_stream.index);
            index.note_page(hash_of(&page.body), object);
            index.note(object, &base);
            drop(index);
            self.bases.hold(PageRef { object: object.to_owned(), line: 1 }, base);
        }
    }

    /// Writes down what was noted.
    pub(crate) async fn keep(&self) -> Result<(), LoadError> {
        let streams = locked(&self.streams).clone();
        for ((pipeline, stream), of_stream) in streams {
            let Some(of_stream) = of_stream.get() else { continue };
            let object = paths::chunk_index(&pipeline, &stream);
            let bytes = {
                let index = locked(&of_stream.index);
                if !index.is_changed() {
                    continue;
                }
                index.encode(&object)?
            };
            let expected = of_stream.version.clone().map_or(Expected::Absent, Expected::Version);
            // Where another run has written it meanwhile, its word is as good.
            self.lake.replace(&object, bytes, &expected).await?;
        }
        Ok(())
    }

    fn of_stream(&self, pipeline: &str, stream: &str) -> Arc<OnceCell<OfStream>> {
        let mut streams = locked(&self.streams);
        Arc::clone(streams.entry((pipeline.to_owned(), stream.to_owned())).or_default())
    }

    /// What earlier runs wrote down. What does not read is as good as absent.
    async fn read(&self, pipeline: &str, stream: &str) -> OfStream {
        let object = paths::chunk_index(pipeline, stream);
        let found = match self.lake.get_with_version(&object).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, object, "what has landed before is written once more");
                None
            }
        };
        let Some((bytes, version)) = found else {
            return OfStream { index: Mutex::default(), version: None };
        };
        let index = ChunkIndex::decode(&object, &bytes).unwrap_or_else(|error| {
            tracing::warn!(%error, object, "what has landed before is written once more");
            ChunkIndex::default()
        });
        OfStream { index: Mutex::new(index), version: Some(version) }
    }
}

fn hash_of(body: &[u8]) -> u64 {
    XxHash64::oneshot(0, body)
}
