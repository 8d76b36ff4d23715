//! Which landed pages are worth comparing with a new one: for some chunks of each stream's pages, where they stand.
//!
//! It says where to look and no more: what a page refers to was read and compared byte for byte. So it may be small, old or
//! absent, which costs room and never content. A sample of the chunks is enough, as pages that have one chunk in common mostly
//! have more (sparse indexing, Lillibridge et al. 2009); with the stream the sample grows thinner, so that it is read and written
//! in one request of bounded size however much has landed.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::raw::base::Base;
use crate::raw::cut::Chunk;
use crate::rows::cells::HashedBuilder;

/// One chunk in so many is in the sample at first: about one every kilobyte of new content.
const FIRST_SAMPLED: u32 = 8;
/// The chunks in a sample, at the most; it takes 4 bytes a chunk, which each run reads and writes.
const MAX_CHUNKS: usize = 1 << 15;
/// One chunk in so many of a page that is referred to as a whole is in the sample of these: about one every four kilobytes.
const PAGE_SAMPLED: u32 = 32;
/// Whole pages that are known again, at the most.
const MAX_PAGES: usize = 1000;
/// An object is worth reading where about so many distinct chunks of a page stand in it, or an eighth of the page. With fewer, what a
/// reference saves is little more than it takes, and phrases that all pages have in common would have most objects read for each page.
const WORTH_CHUNKS: u32 = 16;
const WORTH_SHARE: usize = 8;
/// Chunks of a page that are looked for and noted whatever the sample takes, so that a small page has some.
const ALWAYS: usize = 2;

/// The lower half of a chunk's hash, which is enough to say where to look.
pub(crate) type ShortHash = u32;

/// Chunks, and for each the number of an object it stands in.
pub(crate) type Known = HashMap<ShortHash, u32, HashedBuilder>;

/// Some chunks of a stream's pages, and the objects they stand in.
#[derive(Debug)]
pub(crate) struct ChunkIndex {
    /// One chunk in so many is in the sample.
    pub(crate) sampled: u32,
    /// By their numbers, in the order in which they landed.
    pub(crate) objects: Vec<String>,
    pub(crate) by_hash: Known,
    /// Some chunks of pages that may be referred to as a whole, and of these the one that landed last.
    pub(crate) pages_by_hash: Known,
    /// The pages that landed last, the newest at the end: the hash of the body, and the object.
    pub(crate) pages: VecDeque<(u64, u32)>,
    pub(crate) is_changed: bool,
}

impl Default for ChunkIndex {
    fn default() -> Self {
        Self {
            sampled: FIRST_SAMPLED,
            objects: Vec::new(),
            by_hash: HashMap::default(),
            pages_by_hash: HashMap::default(),
            pages: VecDeque::new(),
            is_changed: false,
        }
    }
}

impl ChunkIndex {
    /// The objects that have most of these chunks in their own words, at most so many.
    pub(crate) fn objects_like(&self, page: &[Chunk], most: usize) -> Vec<&str> {
        let sample = sample(page.iter().map(|chunk| chunk.hash), self.sampled);
        let worth = (sample.len() / WORTH_SHARE).min(WORTH_CHUNKS.div_ceil(self.sampled) as usize);
        self.most_alike(&sample, &self.by_hash, worth, most)
    }

    /// The pages that may be referred to as a whole and have most of these chunks, at most so many.
    pub(crate) fn pages_like(&self, page: &[Chunk], most: usize) -> Vec<&str> {
        let sample = sample(page.iter().map(|chunk| chunk.hash), PAGE_SAMPLED);
        self.most_alike(&sample, &self.pages_by_hash, sample.len() / WORTH_SHARE, most)
    }

    /// The objects in which at least `least` chunks of a sample stand.
    fn most_alike(
        &self,
        sample: &BTreeSet<ShortHash>,
        known: &Known,
        least: usize,
        most: usize,
    ) -> Vec<&str> {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for object in sample.iter().filter_map(|hash| known.get(hash)) {
            *counts.entry(*object).or_default() += 1;
        }
        let mut counts: Vec<(u32, usize)> = counts.into_iter().filter(|(_, count)| *count >= least).collect();
        // Of as many, those that landed last.
        counts.sort_by_key(|(object, count)| std::cmp::Reverse((*count, *object)));
        counts.iter().take(most).filter_map(|(object, _)| self.object(*object)).collect()
    }

    fn object(&self, number: u32) -> Option<&str> {
        self.objects.get(number as usize).map(String::as_str)
    }

    /// The number of an object that chunks or a page are noted of now.
    fn number(&mut self, object: &str) -> Option<u32> {
        if self.objects.last().is_none_or(|last| last != object) {
            self.objects.push(object.to_owned());
        }
        u32::try_from(self.objects.len() - 1).ok()
    }

    /// The object in which a page of this hash has landed as a whole.
    pub(crate) fn object_of_page(&self, hash: u64) -> Option<&str> {
        let (_, object) = self.pages.iter().find(|(known, _)| *known == hash)?;
        self.object(*object)
    }

    /// Notes in which object a page has landed as a whole; of equal ones the first stays known.
    pub(crate) fn note_page(&mut self, hash: u64, object: &str) {
        if self.object_of_page(hash).is_some() {
            return;
        }
        let Some(number) = self.number(object) else { return };
        self.pages.push_back((hash, number));
        if self.pages.len() > MAX_PAGES {
            self.pages.pop_front();
        }
        self.is_changed = true;
    }

    /// Notes what has landed in an object; where all that would be noted is known to stand elsewhere, nothing is.
    pub(crate) fn note(&mut self, object: &str, base: &Base) {
        let sample = sample(base.hashes(), self.sampled);
        if sample.iter().all(|hash| self.by_hash.contains_key(hash)) {
            return;
        }
        let Some(number) = self.number(object) else { return };
        self.by_hash.extend(sample.into_iter().map(|hash| (hash, number)));
        self.is_changed = true;
        while self.by_hash.len() > MAX_CHUNKS {
            self.sampled *= 2;
            let sampled = self.sampled;
            self.by_hash.retain(|hash, _| hash % sampled == 0);
        }
    }

    /// Notes the chunks of a page that may be referred to as a whole.
    pub(crate) fn note_whole(&mut self, object: &str, hashes: &[u64]) {
        let Some(number) = self.number(object) else { return };
        let sample = sample(hashes.iter().copied(), PAGE_SAMPLED);
        self.pages_by_hash.extend(sample.into_iter().map(|hash| (hash, number)));
        if self.pages_by_hash.len() > MAX_CHUNKS {
            // The later half of the pages: earlier ones were walked again since.
            let mut numbers: Vec<u32> = self.pages_by_hash.values().copied().collect();
            numbers.sort_unstable();
            let middle = numbers.get(numbers.len() / 2).copied().unwrap_or_default();
            self.pages_by_hash.retain(|_, of| *of > middle);
        }
        self.is_changed = true;
    }

    /// Forgets an object that does not read.
    pub(crate) fn forget(&mut self, object: &str) {
        let n_known = |index: &Self| (index.by_hash.len(), index.pages_by_hash.len(), index.pages.len());
        let before = n_known(self);
        let objects = &self.objects;
        let is_another = |of: u32| objects.get(of as usize).is_some_and(|known| known != object);
        self.pages.retain(|(_, of)| is_another(*of));
        self.by_hash.retain(|_, of| is_another(*of));
        self.pages_by_hash.retain(|_, of| is_another(*of));
        self.is_changed |= n_known(self) != before;
    }

    /// True since something was noted or forgotten.
    pub(crate) const fn is_changed(&self) -> bool {
        self.is_changed
    }
}

/// Some of these hashes: one in so many, and the least few.
fn sample(hashes: impl Iterator<Item = u64>, sampled: u32) -> BTreeSet<ShortHash> {
    let mut hashes: Vec<ShortHash> = hashes.map(short).collect();
    hashes.sort_unstable();
    let taken = |(n, hash): &(usize, &ShortHash)| *n < ALWAYS || **hash % sampled == 0;
    hashes.iter().enumerate().filter(taken).map(|(_, hash)| *hash).collect()
}

/// The half of a hash that is kept. What is one in so many of the whole is one of the half as well, as samples are powers of two.
#[expect(clippy::cast_possible_truncation, reason = "half of it is meant")]
pub(crate) const fn short(hash: u64) -> ShortHash {
    hash as ShortHash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::chunk_index_file::{decode, encode};
    use crate::raw::cut::chunks;

    fn text(seed: u64, n: u64) -> Vec<u8> {
        (0..n)
            .flat_map(|n| format!("{};", (seed + n).wrapping_mul(0x9e37_79b9_7f4a_7c15)).into_bytes())
            .collect()
    }

    fn base(bytes: Vec<u8>) -> Base {
        Base::new(bytes.into(), BTreeMap::new())
    }

    fn like(index: &ChunkIndex, bytes: &[u8]) -> Vec<String> {
        let chunks: Vec<Chunk> = chunks(bytes).collect();
        index.objects_like(&chunks, 8).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_page_finds_what_is_like_it_also_when_it_was_written_and_read_back() {
        let mut index = ChunkIndex::default();
        for seed in 0..50 {
            index.note(&format!("raw/p/s/x/{seed:02}"), &base(text(seed * 10_000, 400)));
        }
        let index = decode("x", &encode("x", &index).unwrap()).unwrap();
        assert!(!index.is_changed());
        let shifted = [b"new;".to_vec(), text(70_000, 400)].concat();
        assert_eq!(like(&index, &shifted), ["raw/p/s/x/07"]);
        assert!(like(&index, &text(9_000_000, 400)).is_empty());
        // A page that is as small as one record is found again.
        let mut index = index;
        index.note("raw/p/s/x/99", &base(text(5, 3)));
        assert_eq!(like(&index, &text(5, 3)), ["raw/p/s/x/99"]);
        index.forget("raw/p/s/x/99");
        assert!(like(&index, &text(5, 3)).is_empty());
    }

    #[test]
    fn the_sample_grows_thinner_and_no_larger() {
        let mut index = ChunkIndex::default();
        for object in 0..60_u64 {
            let base = base(text(object << 32, 60_000));
            index.note(&object.to_string(), &base);
            index.note(&format!("{object}+"), &base);
        }
        // As if each chunk were in the sample.
        index.sampled = 1;
        for object in 0..30_u64 {
            index.note(&object.to_string(), &base(text(object << 32, 60_000)));
        }
        assert!(index.by_hash.len() <= MAX_CHUNKS && index.sampled > 1, "{}", index.by_hash.len());
        assert!(like(&index, &text(29 << 32, 60_000)).contains(&"29".to_owned()));
    }
}
