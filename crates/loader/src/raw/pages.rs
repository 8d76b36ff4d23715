//! All landed pages of a pipeline, one after the other.

use std::collections::BTreeSet;
use std::vec;

use crate::error::{DamageCause, RawError};
use crate::raw::line;
use crate::raw::line::Line;
use crate::raw::page::{LandedPage, PageRef};
use crate::rows::landed_objects::LandedObjects;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::{LoadError, paths};

/// How much of an object is read to learn when its page was fetched.
const HEAD_BYTES: u64 = 64 * 1024;

/// The landed pages of a pipeline, the oldest first. See [`crate::raw::Raw::pages`].
#[derive(Debug)]
pub struct Pages {
    lake: LakeStorage,
    pipeline: String,
    in_order: vec::IntoIter<(i64, String)>,
}

impl Pages {
    pub(crate) fn new(lake: LakeStorage, pipeline: &str) -> Result<Self, LoadError> {
        let mut in_order = Vec::new();
        for listed in block_on(lake.list(&paths::raw_pipeline(pipeline)))? {
            let object = listed.name;
            if !object.ends_with(".jsonl.zst") {
                continue;
            }
            // One that does not read is met again, and told of, when its turn comes: at once.
            let fetched_at = block_on(fetched_at(&lake, &object)).map_or(i64::MIN, |at| at.as_microsecond());
            in_order.push((fetched_at, object));
        }
        in_order.sort_unstable();
        Ok(Self { lake, pipeline: pipeline.to_owned(), in_order: in_order.into_iter() })
    }

    /// The objects these pages lie in.
    pub fn objects(&self) -> LandedObjects {
        let objects = self.in_order.as_slice().iter().map(|(_, object)| object.clone());
        LandedObjects::new(&self.pipeline, objects)
    }

    /// The streams these pages are of.
    pub fn streams(&self) -> BTreeSet<String> {
        let stream = |(_, object): &(i64, String)| object.split('/').nth(2).map(str::to_owned);
        self.in_order.as_slice().iter().filter_map(stream).collect()
    }
}

impl Iterator for Pages {
    type Item = Result<LandedPage, RawError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, object) = self.in_order.next()?;
        Some(block_on(read(&self.lake, &object)).map_err(|error| RawError {
            object,
            line: 0,
            source: Box::new(error),
        }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.in_order.size_hint()
    }
}

/// The page of a raw object, with the body a reference stands for.
pub(crate) async fn read(lake: &LakeStorage, object: &str) -> Result<LandedPage, LoadError> {
    let damaged = |reason| LoadError::damaged(object, DamageCause::Content(reason));
    let segments: Vec<&str> = object.split('/').collect();
    let [_, pipeline, _, slice_id, _] = segments[..] else {
        return Err(damaged("it does not lie in the folder of a slice"));
    };
    let mut line = read_line(lake, object).await?;
    let body = match line.body.reference(object)? {
        None => line.take_body().into_bytes(object)?,
        Some(at) => read_line(lake, &at.object).await?.body.into_bytes(&at.object)?,
    };
    let page = line.into_page(pipeline.to_owned(), slice_id.to_owned(), body);
    Ok(LandedPage { at: PageRef { object: object.to_owned(), line: 1 }, page })
}

pub(crate) async fn read_line(lake: &LakeStorage, object: &str) -> Result<Line<'static>, LoadError> {
    match lake.get(object).await? {
        Some(bytes) => Line::decode(object, &bytes),
        None => Err(LoadError::damaged(object, DamageCause::Content("it is gone"))),
    }
}

async fn fetched_at(lake: &LakeStorage, object: &str) -> Option<jiff::Timestamp> {
    let head = lake.get_start(object, HEAD_BYTES).await.ok()?;
    if let Some(found) = line::fetched_at(&head) {
        return Some(found);
    }
    line::fetched_at(&lake.get(object).await.ok()??)
}
