//! What of a new page has landed before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::stream;
use futures::stream::StreamExt;
use tokio::sync::OnceCell;
use twox_hash::XxHash64;

use crate::raw::base::{Base, Bases, Extent, Referred};
use crate::raw::chunk_index::ChunkIndex;
use crate::raw::chunk_index_file;
use crate::raw::cut::{Chunk, chunks};
use crate::raw::line::Body;
use crate::raw::listed::Listed;
use crate::raw::objects::Objects;
use crate::raw::page::{PageRef, RawPage};
use crate::raw::pages;
use crate::raw::parts::BodyParts;
use crate::raw::runs::{Run, new_chunks, runs};
use crate::storage::locked::locked;
use crate::storage::{Expected, LakeStorage, ObjectVersion};
use crate::{LoadError, paths};

/// Pages that one page refers to, at the most. With more, what is found in few of its parts is written again, so that a page is
/// put together from few objects however long ago its records came ("capping", Lillibridge et al. 2013).
const MAX_BASES: usize = 32;
/// Bytes of the pages that one page is compared with, at the most.
const MAX_BASE_BYTES: usize = 4 << 20;
/// Whole pages that one page refers to, at the most: what a walk of everything shows is the walk before, shifted.
const MAX_WHOLE_PAGES: usize = 4;
/// Pages in so many parts or more are referred to as a whole: fewer are referred to part by part.
const MIN_PARTS: usize = if cfg!(test) { 2 } else { 8 };
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

/// A page that has landed before.
#[derive(Debug)]
enum Equal {
    /// In parts: as it lands again.
    InParts(Split),
    /// Whole, in its own line.
    Own(Referred),
}

/// A page as it is to land.
#[derive(Debug)]
pub(crate) struct Split {
    /// Its body in parts, where some of it has landed before.
    pub(crate) parts: Option<BodyParts>,
    /// What a list knew of its ids, but for what pages tell that it refers to.
    pub(crate) listed: Listed,
    pub(crate) new: New,
}

/// What of a page is noted for pages to come.
#[derive(Debug)]
pub(crate) struct New {
    /// Those of its bytes that stand in its own line.
    own: Bytes,
    /// What its own line tells of what was listed.
    listed: Listed,
    /// The chunks of all of it, where later pages may refer to it as a whole.
    whole: Option<Vec<u64>>,
}

impl OfStream {
    /// Forgets an object that does not read.
    fn forget(&self, object: &str, error: &LoadError) {
        tracing::debug!(%error, object, "a landed page is compared with no other");
        locked(&self.index).forget(object);
    }
}

impl Repeats {
    pub(crate) fn new(lake: LakeStorage, objects: Objects) -> Self {
        Self { bases: Bases::new(objects), lake, streams: Arc::default() }
    }

    /// The body of a page in parts, where some of it has landed before, but in the object that it is to land in.
    pub(crate) async fn split(&self, page: &RawPage, object: &str) -> Split {
        let of_stream = self.of_stream(&page.pipeline, &page.stream);
        let of_stream = of_stream.get_or_init(|| self.read(&page.pipeline, &page.stream)).await;
        let known = locked(&of_stream.index).object_of_page(hash_of(&page.body)).map(str::to_owned);
        let mut compared = Vec::new();
        if let Some(landed) = known.filter(|landed| landed != object) {
            match self.find_equal(of_stream, page, landed).await {
                Some(Equal::InParts(split)) => return split,
                Some(Equal::Own(base)) => compared.push(base),
                None => {}
            }
        }
        let chunks: Vec<Chunk> = chunks(&page.body).collect();
        let mut listed = page.listed.clone();
        let mut found = runs(&page.body, &chunks, &compared);
        if compared.is_empty() {
            (found, compared) = self.compare(of_stream, page, object, &chunks).await;
        }
        let (parts, own) = match BodyParts::of(&page.body, &found, &compared, &mut listed) {
            Some((parts, own)) => (Some(parts), own.into()),
            None => (None, page.body.clone()),
        };
        let may_be_whole = |parts: &&BodyParts| !parts.has_whole_pages() && parts.n_parts() >= MIN_PARTS;
        let hashes = |_| chunks.iter().map(|chunk| chunk.hash).collect();
        let whole = parts.as_ref().filter(may_be_whole).map(hashes);
        let new = New { own, listed: listed.clone(), whole };
        Split { parts, listed, new }
    }

    /// Where the bytes of a page stand: in few whole pages for the most part and in other lines for the rest, or in other lines alone.
    async fn compare(
        &self,
        of_stream: &OfStream,
        page: &RawPage,
        object: &str,
        chunks: &[Chunk],
    ) -> (Vec<Run>, Vec<Referred>) {
        let like = |chunks: &[Chunk], extent| {
            let index = locked(&of_stream.index);
            let like = match extent {
                Extent::Own => index.objects_like(chunks, MAX_BASES),
                Extent::Whole => index.pages_like(chunks, MAX_WHOLE_PAGES),
            };
            like.into_iter().filter(|like| *like != object).map(str::to_owned).collect()
        };
        let pages = self.referred(of_stream, like(chunks, Extent::Whole), Extent::Whole).await;
        let of_pages = runs(&page.body, chunks, &pages);
        let new = new_chunks(&of_pages, chunks);
        let is_mostly_new = 2 * new.iter().map(|chunk| chunk.range.len()).sum::<usize>() > page.body.len();
        if pages.is_empty() || is_mostly_new {
            let bases = self.referred(of_stream, like(chunks, Extent::Own), Extent::Own).await;
            return (runs(&page.body, chunks, &bases), bases);
        }
        let mut bases = pages;
        bases.extend(self.referred(of_stream, like(&new, Extent::Own), Extent::Own).await);
        (runs(&page.body, chunks, &bases), bases)
    }

    /// Reads what is worth comparing with a page.
    async fn referred(&self, of_stream: &OfStream, objects: Vec<String>, extent: Extent) -> Vec<Referred> {
        let reads = objects.into_iter().map(|object| async {
            let at = PageRef { object, line: 1 };
            let base = match extent {
                Extent::Own => self.bases.get(&at).await,
                Extent::Whole => self.bases.get_page(&at).await,
            };
            (at, base)
        });
        let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
        let (mut referred, mut n_bytes) = (Vec::new(), 0);
        while let Some((at, base)) = reads.next().await {
            match base {
                Ok(base) => {
                    n_bytes += base.n_bytes();
                    if n_bytes > MAX_BASE_BYTES {
                        break;
                    }
                    referred.push(Referred { at, extent, base });
                }
                // What does not read cannot be referred to.
                Err(error) => of_stream.forget(&at.object, &error),
            }
        }
        referred
    }

    /// A page whose equal may have landed in this object: it takes one request to see.
    async fn find_equal(&self, of_stream: &OfStream, page: &RawPage, landed: String) -> Option<Equal> {
        let at = PageRef { object: landed, line: 1 };
        let mut line = match pages::read_line(self.bases.objects(), &at.object).await {
            Ok(line) => line,
            Err(error) => {
                of_stream.forget(&at.object, &error);
                return None;
            }
        };
        match line.take_body() {
            Body::Parts(parts) | Body::Pages(parts) => {
                let mut listed = page.listed.clone();
                let mut lists = BTreeMap::from([(parts.n_lines(), line.listed.into_owned())]);
                for (nth, line) in parts.tell_listed().filter(|_| !page.listed.is_empty()) {
                    lists.insert(nth, self.bases.listed(&line).await.unwrap_or_default());
                }
                let parts = parts.again(&page.body, &at, &lists, &mut listed)?;
                let new = New { own: Bytes::new(), listed: listed.clone(), whole: None };
                Some(Equal::InParts(Split { parts: Some(parts), listed, new }))
            }
            body => match body.own_bytes(&at.object) {
                Ok(own) => {
                    let base = Arc::new(Base::new(own, line.listed.into_owned()));
                    Some(Equal::Own(Referred { at, extent: Extent::Own, base }))
                }
                Err(error) => {
                    of_stream.forget(&at.object, &error);
                    None
                }
            },
        }
    }

    /// Notes what of a page has landed in its object.
    pub(crate) fn note(&self, page: &RawPage, object: &str, new: New) {
        let base = Arc::new(Base::new(new.own, new.listed));
        if let Some(of_stream) = self.of_stream(&page.pipeline, &page.stream).get()
            && base.n_bytes() <= MAX_BASE_BYTES
        {
            let mut index = locked(&of_stream.index);
            index.note_page(hash_of(&page.body), object);
            index.note(object, &base);
            if let Some(hashes) = new.whole {
                index.note_whole(object, &hashes);
            }
            drop(index);
            let at = PageRef { object: object.to_owned(), line: 1 };
            self.bases.hold(Referred { at, extent: Extent::Own, base });
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
                chunk_index_file::encode(&object, &index)?
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
        let index = chunk_index_file::decode(&object, &bytes).unwrap_or_else(|error| {
            tracing::warn!(%error, object, "what has landed before is written once more");
            ChunkIndex::default()
        });
        OfStream { index: Mutex::new(index), version: Some(version) }
    }
}

fn hash_of(body: &[u8]) -> u64 {
    XxHash64::oneshot(0, body)
}
