//! What a landed page says in its own words: the bytes that later pages refer to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;

use crate::LoadError;
use crate::error::DamageCause;
use crate::raw::cut::chunks;
use crate::raw::objects::Objects;
use crate::raw::page::PageRef;
use crate::raw::pages;
use crate::rows::cells::HashedBuilder;
use crate::storage::locked::locked;

/// Bytes of bases that are held after use.
const HELD_BYTES: usize = 2 << 20;

/// The bytes of one landed line that stand in the line itself, one behind the other: the whole body, or what is left of it
/// without what the line refers to. Nothing in them is a reference, so that no reference leads to another.
#[derive(Debug)]
pub(crate) struct Base {
    bytes: Bytes,
    places: OnceLock<HashMap<u64, usize, HashedBuilder>>,
}

impl Base {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { bytes, places: OnceLock::new() }
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

/// Reads bases, and holds those used last. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Bases {
    objects: Objects,
    held: Arc<Mutex<Held>>,
}

/// The bases used last, the newest at the end.
#[derive(Debug, Default)]
struct Held {
    bases: VecDeque<(PageRef, Arc<Base>)>,
    n_bytes: usize,
}

impl Bases {
    pub(crate) fn new(objects: Objects) -> Self {
        Self { objects, held: Arc::default() }
    }

    pub(crate) const fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The base that a reference names.
    pub(crate) async fn get(&self, at: &PageRef) -> Result<Arc<Base>, LoadError> {
        if let Some(base) = locked(&self.held).touch(at) {
            return Ok(base);
        }
        if at.line != 1 {
            return Err(LoadError::damaged(&at.object, DamageCause::Content("it has no such line")));
        }
        let line = pages::read_line(&self.objects, &at.object).await?;
        let base = Arc::new(Base::new(line.body.own_bytes(&at.object)?));
        self.hold(at.clone(), Arc::clone(&base));
        Ok(base)
    }

    /// Holds a base that was used just now.
    pub(crate) fn hold(&self, at: PageRef, base: Arc<Base>) {
        locked(&self.held).add(at, base);
    }
}

impl Held {
    fn touch(&mut self, at: &PageRef) -> Option<Arc<Base>> {
        let n = self.bases.iter().position(|(held, _)| held == at)?;
        let touched = self.bases.remove(n)?;
        let base = Arc::clone(&touched.1);
        self.bases.push_back(touched);
        Some(base)
    }

    fn add(&mut self, at: PageRef, base: Arc<Base>) {
        if base.n_bytes() > HELD_BYTES || self.touch(&at).is_some() {
            return;
        }
        self.n_bytes += base.n_bytes();
        self.bases.push_back((at, base));
        while self.n_bytes > HELD_BYTES
            && let Some((_, oldest)) = self.bases.pop_front()
        {
            self.n_bytes -= oldest.n_bytes();
        }
    }
}
