//! All landed pages of a pipeline, one after the other.

use std::collections::BTreeSet;
use std::vec;

use crate::error::{DamageCause, RawError};
use crate::raw::base::Bases;
use crate::raw::fetched_at;
use crate::raw::line::Line;
use crate::raw::objects::Objects;
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
    objects: Objects,
    bases: Bases,
    pipeline: String,
    in_order: vec::IntoIter<(i64, String)>,
}

impl Pages {
    pub(crate) fn new(lake: LakeStorage, pipeline: &str) -> Result<Self, LoadError> {
        let objects = Objects::new(lake.clone());
        let mut in_order = Vec::new();
        // Those of their own first: what is packed meanwhile is then found in its pack.
        for listed in block_on(lake.list(&paths::raw_pipeline(pipeline)))? {
            let object = listed.name;
            if !paths::is_raw_object(&object) {
                continue;
            }
            // One that does not read is met again, and told of, when its turn comes: at once.
            let fetched_at = block_on(time_of(&objects, &object)).map_or(i64::MIN, |at| at.as_microsecond());
            in_order.push((fetched_at, object));
        }
        for member in block_on(objects.packed(pipeline))? {
            in_order.push((member.fetched_at.unwrap_or(i64::MIN), member.name));
        }
        in_order.sort_unstable();
        // Packed, and not yet removed.
        in_order.dedup();
        let bases = Bases::new(objects.clone());
        Ok(Self { bases, objects, pipeline: pipeline.to_owned(), in_order: in_order.into_iter() })
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
        Some(block_on(read(&self.objects, &self.bases, &object)).map_err(|error| RawError {
            object,
            line: 0,
            source: Box::new(error),
        }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.in_order.size_hint()
    }
}

/// The page of a raw object, with what it refers to.
pub(crate) async fn read(objects: &Objects, bases: &Bases, object: &str) -> Result<LandedPage, LoadError> {
    let damaged = |reason| LoadError::damaged(object, DamageCause::Content(reason));
    let segments: Vec<&str> = object.split('/').collect();
    let [_, pipeline, _, slice_id, _] = segments[..] else {
        return Err(damaged("it does not lie in the folder of a slice"));
    };
    let line = read_line(objects, object).await?;
    let page = line.into_whole_page(pipeline.to_owned(), slice_id.to_owned(), object, bases).await?;
    Ok(LandedPage { at: PageRef { object: object.to_owned(), line: 1 }, page })
}

pub(crate) async fn read_line(objects: &Objects, object: &str) -> Result<Line<'static>, LoadError> {
    match objects.get(object).await? {
        Some(bytes) => Line::decode(object, &bytes),
        None => Err(LoadError::damaged(object, DamageCause::Content("it is gone"))),
    }
}

async fn time_of(objects: &Objects, object: &str) -> Option<jiff::Timestamp> {
    let head = objects.lake().get_start(object, HEAD_BYTES).await.ok()?;
    if let Some(found) = fetched_at(&head) {
        return Some(found);
    }
    fetched_at::of_line(&*objects.get(object).await.ok()??)
}
