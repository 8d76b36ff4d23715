//! What a landed page says in its own words: the bytes that later pages refer to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;

use crate::LoadError;
use crate::error::DamageCause;
use crate::raw::cut::chunks;
use crate::raw::line::Line;
use crate::raw::listed::Listed;
use crate::raw::objects::Objects;
use crate::raw::page::PageRef;
use crate::raw::pages;
use crate::rows::cells::HashedBuilder;
use crate::storage::locked::locked;

/// Bytes of bases that are held after use.
const HELD_BYTES: usize = 2 << 20;

/// The bytes of one landed line that stand in the line itself, one behind the other: the whole body, or what is left of it
/// without what the line refers to. Nothing in them is a reference, so that no reference leads to another.
///
/// A page that itself refers to such bytes alone may also be referred to as a whole: [`Extent::Whole`].
#[derive(Debug)]
pub(crate) struct Base {
    bytes: Bytes,
    /// What the line says that a list knew of its ids; of a whole page, all of it.
    listed: Listed,
    places: OnceLock<HashMap<u64, usize, HashedBuilder>>,
}

impl Base {
    pub(crate) const fn new(bytes: Bytes, listed: Listed) -> Self {
        Self { bytes, listed, places: OnceLock::new() }
    }

    pub(crate) const fn listed(&self) -> &Listed {
        &self.listed
    }

    /// All of them.
    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// So many bytes from a place on, where there are so many.
    pub(crate) fn bytes_at(&self, at: usize, n_bytes: usize) -> Option<&[u8]> {
        self.bytes.get(at..at.checked_add(n_bytes)?)
    }

    /// Where a chunk of this hash and content stands.
    pub(crate) fn find(&self, hash: u64, content: &[u8]) -> Option<usize> {
        let at = *self.places().get(&hash)?;
        (self.bytes_at(at, content.len())? == content).then_some(at)
    }

    /// The hashes of its chunks.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = u64> + '_ {
        self.places().keys().copied()
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    fn places(&self) -> &HashMap<u64, usize, HashedBuilder> {
        let cut = || chunks(&self.bytes).map(|chunk| (chunk.hash, chunk.range.start)).collect();
        self.places.get_or_init(cut)
    }
}

/// What of a landed page is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The bytes that stand in its own line.
    Own,
    /// Its whole body. It may refer to bytes of other lines itself, and to no page as a whole.
    Whole,
}

/// A page that others may refer to.
#[derive(Debug, Clone)]
pub(crate) struct Referred {
    pub(crate) at: PageRef,
    pub(crate) extent: Extent,
    pub(crate) base: Arc<Base>,
}

/// Reads bases, and holds those used last. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Bases {
    objects: Objects,
    held: Arc<Mutex<Held>>,
}

/// The bases used last, the newest at the end.
#[derive(Debug, Default)]
struct Held {
    bases: VecDeque<Referred>,
    n_bytes: usize,
}

impl Bases {
    pub(crate) fn new(objects: Objects) -> Self {
        Self { objects, held: Arc::default() }
    }

    pub(crate) const fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The base that a reference names: a line's own bytes.
    pub(crate) async fn get(&self, at: &PageRef) -> Result<Arc<Base>, LoadError> {
        if let Some(base) = locked(&self.held).touch(at, Extent::Own) {
            return Ok(base);
        }
        let line = self.read_line(at).await?;
        let base = Arc::new(Base::new(line.body.own_bytes(&at.object)?, line.listed.into_owned()));
        self.hold(Referred { at: at.clone(), extent: Extent::Own, base: Arc::clone(&base) });
        Ok(base)
    }

    /// The page that a reference names, whole.
    pub(crate) async fn get_page(&self, at: &PageRef) -> Result<Arc<Base>, LoadError> {
        if let Some(base) = locked(&self.held).touch(at, Extent::Whole) {
            return Ok(base);
        }
        let mut line = self.read_line(at).await?;
        let body = line.take_body().flat(&at.object, self).await?;
        let base = Arc::new(Base::new(body, line.listed.into_owned()));
        self.hold(Referred { at: at.clone(), extent: Extent::Whole, base: Arc::clone(&base) });
        Ok(base)
    }

    /// What a line says that a list knew of its ids.
    pub(crate) async fn listed(&self, at: &PageRef) -> Result<Listed, LoadError> {
        Ok(self.read_line(at).await?.listed.into_owned())
    }

    async fn read_line(&self, at: &PageRef) -> Result<Line<'static>, LoadError> {
        match at.line {
            1 => pages::read_line(&self.objects, &at.object).await,
            _ => Err(LoadError::damaged(&at.object, DamageCause::Content("it has no such line"))),
        }
    }

    /// Holds a base that was used just now.
    pub(crate) fn hold(&self, used: Referred) {
        locked(&self.held).add(used);
    }
}

impl Held {
    fn touch(&mut self, at: &PageRef, extent: Extent) -> Option<Arc<Base>> {
        let n = self.bases.iter().position(|held| held.at == *at && held.extent == extent)?;
        let touched = self.bases.remove(n)?;
        let base = Arc::clone(&touched.base);
        self.bases.push_back(touched);
        Some(base)
    }

    fn add(&mut self, used: Referred) {
        if used.base.n_bytes() > HELD_BYTES || self.touch(&used.at, used.extent).is_some() {
            return;
        }
        self.n_bytes += used.base.n_bytes();
        self.bases.push_back(used);
        while self.n_bytes > HELD_BYTES
            && let Some(oldest) = self.bases.pop_front()
        {
            self.n_bytes -= oldest.base.n_bytes();
        }
    }
}
