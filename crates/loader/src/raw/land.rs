use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use bytes::Bytes;

use crate::raw::line::{Line, PushedLayout, Request};
use crate::raw::page::{PageRef, RawPage};
use crate::raw::pages;
use crate::raw::pages::Pages;
use crate::storage::objects::Objects;
use crate::{LoadError, paths};

/// Slices whose earlier objects are remembered; a bound, not a tuning.
const MAX_SLICES_REMEMBERED: usize = 256;

/// The raw zone of a lake.
#[derive(Debug, Clone)]
pub struct Raw {
    pub(crate) objects: Objects,
    earlier: Arc<Mutex<EarlierBySlice>>,
}

/// By a slice's folder and the run that asks.
type EarlierBySlice = HashMap<(String, String), Arc<EarlierPages>>;

/// The newest object of an earlier run, by page number.
type EarlierPages = BTreeMap<u32, String>;

impl Raw {
    pub(crate) fn new(objects: Objects) -> Self {
        Self { objects, earlier: Arc::default() }
    }

    /// Lands a page or a tombstone: it is durable when this returns. A page equal to the page that an earlier run landed last for the
    /// same request is landed as a reference to it.
    ///
    /// # Errors
    /// [`LoadError::ObjectTaken`] where the run has landed another page under this number;
    /// [`LoadError::Name`]; the store's refusal.
    pub async fn land(&self, page: &RawPage) -> Result<PageRef, LoadError> {
        let folder = folder_of(page)?;
        let object = paths::raw_page(&folder, paths::name("the run", &page.run)?, page.seq);
        let same_as = self.same_as(page, &folder).await?.map(|at| at.to_string());
        let line = page.clone();
        let name = object.clone();
        let bytes = apart(move || {
            let body =
                same_as.map_or_else(|| PushedLayout::of(&line), |at| PushedLayout::SameAs(Cow::Owned(at)));
            Line::new(&line, body, None).encode(&name)
        })
        .await?;
        self.objects.create_own(&object, bytes).await?;
        Ok(PageRef { object, line: 1 })
    }

    /// Keeps an answer that was no readable page, as evidence: outside the raw zone, so that no replay reads it.
    /// `number` tells a run's failed answers apart.
    ///
    /// # Errors
    /// As [`Raw::land`].
    pub async fn land_failed(&self, page: &RawPage, number: u32, error: &str) -> Result<PageRef, LoadError> {
        let pipeline = paths::name("the pipeline", &page.pipeline)?;
        let object = paths::failed(pipeline, paths::name("the run", &page.run)?, number);
        let (line, name, error) = (page.clone(), object.clone(), error.to_owned());
        let bytes =
            apart(move || Line::new(&line, PushedLayout::of(&line), Some(&error)).encode(&name)).await?;
        self.objects.create_own(&object, bytes).await?;
        Ok(PageRef { object, line: 1 })
    }

    /// All landed pages of a pipeline, the oldest first: by time, then object and line. Blocks; holds one page
    /// at a time and a few words for each object. An object that does not read is an error in its place, and the
    /// others follow.
    ///
    /// # Errors
    /// The store's refusal to list.
    pub fn pages(&self, pipeline: &str) -> Result<Pages, LoadError> {
        Pages::new(self.objects.clone(), paths::name("the pipeline", pipeline)?)
    }

    async fn same_as(&self, page: &RawPage, folder: &str) -> Result<Option<PageRef>, LoadError> {
        // A tombstone answers no request.
        if !page.gone.is_empty() {
            return Ok(None);
        }
        let earlier = self.earlier_pages(folder, &page.run).await?;
        let Some(object) = earlier.get(&page.seq) else {
            return Ok(None);
        };
        // What does not read cannot be referred to; the page is landed whole.
        let Ok(line) = pages::read_line(&self.objects, object).await else {
            return Ok(None);
        };
        if line.request != Some(Request::of(page)) || line.status != Some(page.status) {
            return Ok(None);
        }
        let reference = line.body.reference(object)?;
        let (at, body) = match reference {
            None => (PageRef { object: object.clone(), line: 1 }, line.body),
            Some(at) => match pages::read_line(&self.objects, &at.object).await {
                Ok(line) => (at, line.body),
                Err(_) => return Ok(None),
            },
        };
        Ok(body.into_bytes(&at.object).is_ok_and(|body| body == page.body).then_some(at))
    }

    async fn earlier_pages(&self, folder: &str, run: &str) -> Result<Arc<EarlierPages>, LoadError> {
        let slice = (folder.to_owned(), run.to_owned());
        if let Some(known) = self.earlier.lock().unwrap_or_else(PoisonError::into_inner).get(&slice) {
            return Ok(known.clone());
        }
        // Runs are named for their time, and the list is sorted: a later one overwrites.
        let mut earlier = EarlierPages::new();
        for object in self.objects.list(folder).await? {
            if let Some((other, seq)) = paths::raw_run_and_seq(&object)
                && other < run
            {
                earlier.insert(seq, object);
            }
        }
        let earlier = Arc::new(earlier);
        let mut known = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_SLICES_REMEMBERED {
            known.clear();
        }
        known.insert(slice, earlier.clone());
        Ok(earlier)
    }
}

fn folder_of(page: &RawPage) -> Result<String, LoadError> {
    let pipeline = paths::name("the pipeline", &page.pipeline)?;
    let stream = paths::name("the stream", &page.stream)?;
    Ok(paths::raw_slice(pipeline, stream, paths::slice(&page.slice_id)?))
}

/// Compresses where it does not hold up the requests.
async fn apart(
    encode: impl FnOnce() -> Result<Bytes, LoadError> + Send + 'static,
) -> Result<Bytes, LoadError> {
    match tokio::runtime::Handle::try_current() {
        Err(_) => encode(),
        Ok(runtime) => runtime
            .spawn_blocking(encode)
            .await
            .map_err(|error| LoadError::damaged("(a page being landed)", std::io::Error::other(error)))?,
    }
}
