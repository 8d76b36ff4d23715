//! Which landed pages are worth comparing with a new one: for some chunks of each stream's pages, where they stand.
//!
//! It says where to look and no more: what a page refers to was read and compared byte for byte. So it may be small, old or
//! absent, which costs room and never content. A sample of the chunks is enough, as pages that have one chunk in common mostly
//! have more (sparse indexing, Lillibridge et al. 2009); with the stream the sample grows thinner, so that it is read and written
//! in one request of bounded size however much has landed.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::raw::base::Base;
use crate::raw::cut::Chunk;
use crate::rows::cells::HashedBuilder;

const VERSION: u32 = 1;
const COMPRESSION_LEVEL: i32 = 3;
/// One chunk in so many is in the sample at first: about one every kilobyte of new content.
const FIRST_SAMPLED: u64 = 8;
/// The chunks in a sample, at the most; it takes about 10 bytes a chunk.
const MAX_CHUNKS: usize = 100_000;
/// Whole pages that are known again, at the most.
const MAX_PAGES: usize = 1000;
/// Chunks of a page that are looked for and noted whatever the sample takes, so that a small page has some.
const ALWAYS: usize = 2;

/// Some chunks of a stream's pages, and the objects they stand in.
#[derive(Debug)]
pub(crate) struct ChunkIndex {
    /// One chunk in so many is in the sample.
    sampled: u64,
    objects: Vec<String>,
    by_hash: HashMap<u64, u32, HashedBuilder>,
    /// The pages that landed last, the newest at the end: the hash of the body, and the object.
    pages: VecDeque<(u64, String)>,
    is_changed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Written {
    v: u32,
    sampled: u64,
    /// The hashes of chunks, by the object they stand in.
    chunks: BTreeMap<String, BTreeSet<u64>>,
    #[serde(default)]
    pages: VecDeque<(u64, String)>,
}

impl Default for ChunkIndex {
    fn default() -> Self {
        Self {
            sampled: FIRST_SAMPLED,
            objects: Vec::new(),
            by_hash: HashMap::default(),
            pages: VecDeque::new(),
            is_changed: false,
        }
    }
}

impl ChunkIndex {
    /// The objects that have most of a page's chunks, at most so many.
    pub(crate) fn objects_like(&self, page: &[Chunk], most: usize) -> Vec<&str> {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        for hash in self.sample(page.iter().map(|chunk| chunk.hash)) {
            if let Some(object) = self.by_hash.get(&hash) {
                *counts.entry(*object).or_default() += 1;
            }
        }
        let mut counts: Vec<(u32, u32)> = counts.into_iter().collect();
        // Of as many, those that landed last.
        counts.sort_by_key(|(object, count)| std::cmp::Reverse((*count, *object)));
        counts
            .iter()
            .take(most)
            .filter_map(|(object, _)| Some(self.objects.get(*object as usize)?.as_str()))
            .collect()
    }

    /// The object in which a page of this hash has landed as a whole.
    pub(crate) fn object_of_page(&self, hash: u64) -> Option<&str> {
        self.pages.iter().find(|(known, _)| *known == hash).map(|(_, object)| object.as_str())
    }

    /// Notes in which object a page has landed as a whole; of equal ones the first stays known.
    pub(crate) fn note_page(&mut self, hash: u64, object: &str) {
        if self.object_of_page(hash).is_some() {
            return;
        }
        self.pages.push_back((hash, object.to_owned()));
        if self.pages.len() > MAX_PAGES {
            self.pages.pop_front();
        }
        self.is_changed = true;
    }

    /// Notes what has landed in an object; where all that would be noted is known to stand elsewhere, nothing is.
    pub(crate) fn note(&mut self, object: &str, base: &Base) {
        let sample = self.sample(base.hashes());
        let Ok(number) = u32::try_from(self.objects.len()) else { return };
        if sample.iter().all(|hash| self.by_hash.contains_key(hash)) {
            return;
        }
        self.objects.push(object.to_owned());
        self.by_hash.extend(sample.into_iter().map(|hash| (hash, number)));
        self.is_changed = true;
        while self.by_hash.len() > MAX_CHUNKS {
            self.sampled *= 2;
            let sampled = self.sampled;
            self.by_hash.retain(|hash, _| hash % sampled == 0);
        }
    }

    /// Forgets an object that does not read.
    pub(crate) fn forget(&mut self, object: &str) {
        let before = (self.by_hash.len(), self.pages.len());
        self.pages.retain(|(_, known)| known != object);
        let number = self.objects.iter().position(|known| known == object).unwrap_or(usize::MAX);
        self.by_hash.retain(|_, of| *of as usize != number);
        self.is_changed |= (self.by_hash.len(), self.pages.len()) != before;
    }

    /// True since something was noted or forgotten.
    pub(crate) const fn is_changed(&self) -> bool {
        self.is_changed
    }

    pub(crate) fn encode(&self, object: &str) -> Result<Bytes, LoadError> {
        let mut chunks: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for (hash, of) in &self.by_hash {
            if let Some(of) = self.objects.get(*of as usize) {
                chunks.entry(of.clone()).or_default().insert(*hash);
            }
        }
        let json = serde_json::to_vec(&Written {
            v: VERSION,
            sampled: self.sampled,
            chunks,
            pages: self.pages.clone(),
        })
        .map_err(|error| LoadError::damaged(object, error))?;
        let bytes = zstd::bulk::compress(&json, COMPRESSION_LEVEL)
            .map_err(|error| LoadError::damaged(object, error))?;
        Ok(bytes.into())
    }

    pub(crate) fn decode(object: &str, compressed: &[u8]) -> Result<Self, LoadError> {
        let json = zstd::decode_all(compressed).map_err(|error| LoadError::damaged(object, error))?;
        let written: Written =
            serde_json::from_slice(&json).map_err(|error| LoadError::damaged(object, error))?;
        if written.v != VERSION {
            return Err(LoadError::Newer { object: object.to_owned(), found: written.v, known: VERSION });
        }
        let (sampled, pages) = (written.sampled.max(1), written.pages);
        let mut index = Self { sampled, pages, ..Self::default() };
        // By the time that their names tell, so that the numbers of later objects are greater.
        let mut of_objects: Vec<(String, BTreeSet<u64>)> = written.chunks.into_iter().collect();
        of_objects.sort_by(|(one, _), (other, _)| file_of(one).cmp(file_of(other)));
        for (number, (object, hashes)) in (0..).zip(of_objects) {
            index.objects.push(object);
            index.by_hash.extend(hashes.into_iter().map(|hash| (hash, number)));
        }
        Ok(index)
    }

    fn sample(&self, hashes: impl Iterator<Item = u64>) -> BTreeSet<u64> {
        let mut hashes: Vec<u64> = hashes.collect();
        hashes.sort_unstable();
        let taken = |(n, hash): &(usize, &u64)| *n < ALWAYS || **hash % self.sampled == 0;
        hashes.iter().enumerate().filter(taken).map(|(_, hash)| *hash).collect()
    }
}

fn file_of(object: &str) -> &str {
    object.rsplit('/').next().unwrap_or(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::cut::chunks;

    fn text(seed: u64, n: u64) -> Vec<u8> {
        (0..n)
            .flat_map(|n| format!("{};", (seed + n).wrapping_mul(0x9e37_79b9_7f4a_7c15)).into_bytes())
            .collect()
    }

    fn like(index: &ChunkIndex, bytes: &[u8]) -> Vec<String> {
        let chunks: Vec<Chunk> = chunks(bytes).collect();
        index.objects_like(&chunks, 8).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_page_finds_what_is_like_it_also_when_it_was_written_and_read_back() {
        let mut index = ChunkIndex::default();
        for seed in 0..50 {
            index.note(&format!("raw/p/s/x/{seed:02}"), &Base::new(text(seed * 10_000, 400).into()));
        }
        assert!(index.is_changed());
        let index = ChunkIndex::decode("x", &index.encode("x").unwrap()).unwrap();
        assert!(!index.is_changed());
        let shifted = [b"new;".to_vec(), text(70_000, 400)].concat();
        assert_eq!(like(&index, &shifted), ["raw/p/s/x/07"]);
        assert!(like(&index, &text(9_000_000, 400)).is_empty());
        // A page that is as small as one record is found again.
        let mut index = index;
        index.note("raw/p/s/x/99", &Base::new(text(5, 3).into()));
        assert_eq!(like(&index, &text(5, 3)), ["raw/p/s/x/99"]);
        index.forget("raw/p/s/x/99");
        assert!(like(&index, &text(5, 3)).is_empty());
    }

    #[test]
    fn the_sample_grows_thinner_and_no_larger() {
        let mut index = ChunkIndex::default();
        for object in 0..60_u64 {
            let base = Base::new(text(object << 32, 60_000).into());
            index.note(&object.to_string(), &base);
            index.note(&format!("{object}+"), &base);
        }
        // As if each chunk were in the sample.
        index.sampled = 1;
        for object in 0..30_u64 {
            index.note(&object.to_string(), &Base::new(text(object << 32, 60_000).into()));
        }
        assert!(index.by_hash.len() <= MAX_CHUNKS && index.sampled > 1, "{}", index.by_hash.len());
        assert!(like(&index, &text(29 << 32, 60_000)).contains(&"29".to_owned()));
    }
}
