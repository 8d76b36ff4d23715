//! Pages are landed: durable before anything is made of them.

use std::sync::Arc;

use crate::raw::line::{Body, Line};
use crate::raw::objects::Objects;
use crate::raw::page::{PageRef, RawPage};
use crate::raw::pages::Pages;
use crate::raw::repeats::{Repeats, Split};
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::own_thread::OwnThread;
use crate::{LoadError, paths};

/// The raw zone of a lake.
#[derive(Debug, Clone)]
pub struct Raw {
    pub(crate) lake: LakeStorage,
    pub(crate) objects: Objects,
    pub(crate) repeats: Repeats,
    /// Pages are compared and compressed there, one after the other: what many threads have freed stays with each of them for a while.
    thread: Arc<OwnThread>,
}

impl Raw {
    pub(crate) fn new(lake: LakeStorage) -> Self {
        let objects = Objects::new(lake.clone());
        let repeats = Repeats::new(lake.clone(), objects.clone());
        Self { repeats, objects, lake, thread: Arc::default() }
    }

    /// Lands a page or a tombstone: it is durable when this returns. What of a page has landed before, byte for byte, is
    /// referred to and not written again.
    ///
    /// # Errors
    /// [`LoadError::ObjectTaken`] where the run has landed another page under this number;
    /// [`LoadError::Name`]; the store's refusal.
    pub async fn land(&self, page: &RawPage) -> Result<PageRef, LoadError> {
        let folder = folder_of(page)?;
        let object = paths::raw_page(&folder, paths::name("the run", &page.run)?, page.seq);
        let (line, name) = (page.clone(), object.clone());
        // A tombstone answers no request.
        if !page.gone.is_empty() {
            let bytes =
                self.thread.run(move || Line::new(&line, Body::of(&line), None).encode(&name)).await?;
            self.lake.create_own(&object, bytes).await?;
            return Ok(PageRef { object, line: 1 });
        }
        let repeats = self.repeats.clone();
        let split_and_encode = move || {
            let Split { parts, listed, new } = block_on(repeats.split(&line, &name));
            let body = parts.map_or_else(|| Body::of(&line), Body::of_parts);
            Ok((Line::new(&line, body, None).with_listed(&listed).encode(&name)?, new))
        };
        let (bytes, new) = self.thread.run(split_and_encode).await?;
        self.lake.create_own(&object, bytes).await?;
        self.repeats.note(page, &object, new);
        Ok(PageRef { object, line: 1 })
    }

    /// Reads a line of this raw zone that was taken out of its object, with what it refers to. What stands in its object's name only
    /// is empty. Blocks.
    ///
    /// # Errors
    /// It is no raw line; what it refers to is not here, or does not read.
    pub fn read_line(&self, json: &[u8]) -> Result<RawPage, LoadError> {
        let damaged = |error| LoadError::damaged("(a raw line)", error);
        let line: Line<'static> = serde_json::from_slice(json).map_err(damaged)?;
        block_on(line.into_whole_page(String::new(), String::new(), "(a raw line)", &self.repeats.bases))
    }

    /// Writes down for the next run which landed pages are worth comparing with those to come, where this run has landed any.
    ///
    /// # Errors
    /// The store's refusal. Nothing is lost by it but room in the lake: what the next run lands may be written once more.
    pub async fn keep_repeats(&self) -> Result<(), LoadError> {
        self.repeats.keep().await
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
        let encode = move || Line::new(&line, Body::of(&line), Some(&error)).encode(&name);
        let bytes = self.thread.run(encode).await?;
        self.lake.create_own(&object, bytes).await?;
        Ok(PageRef { object, line: 1 })
    }

    /// All landed pages of a pipeline, the oldest first: by time, then object and line. Blocks; holds one page
    /// at a time and a few words for each object. An object that does not read is an error in its place, and the
    /// others follow.
    ///
    /// # Errors
    /// The store's refusal to list.
    pub fn pages(&self, pipeline: &str) -> Result<Pages, LoadError> {
        Pages::new(self.lake.clone(), paths::name("the pipeline", pipeline)?)
    }
}

fn folder_of(page: &RawPage) -> Result<String, LoadError> {
    let pipeline = paths::name("the pipeline", &page.pipeline)?;
    let stream = paths::name("the stream", &page.stream)?;
    Ok(paths::raw_slice(pipeline, stream, paths::slice(&page.slice_id)?))
}
