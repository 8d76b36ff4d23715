//! Hashes of units in bounded memory.

use std::collections::HashSet;

use crate::rows::cells::HashedBuilder;

/// So many hashes are held one by one; with more, they are bits of a filter. Tests have it small, so that they meet it.
const MAX_HELD: usize = if cfg!(test) { 3 } else { 1 << 20 };
/// A power of two: 16 MiB, in which one hash in a thousand is mistaken for one that was added where there are 7 million.
const FILTER_BITS: usize = if cfg!(test) { 64 } else { 1 << 27 };
const BITS_A_HASH: u64 = 4;

/// Hashes of units, in bounded memory: of a hash that is not there it may say that it is, never the other way round. A unit
/// that is mistaken for an affected one is read in vain, and stays as it is.
#[derive(Debug)]
pub(crate) enum UnitHashes {
    Held(HashSet<u64, HashedBuilder>),
    Filter(Vec<u64>),
}

impl Default for UnitHashes {
    fn default() -> Self {
        Self::Held(HashSet::default())
    }
}

impl UnitHashes {
    /// Adds a hash; false where it was surely there already.
    pub(crate) fn insert(&mut self, hash: u64) -> bool {
        match self {
            Self::Held(held) => {
                let is_new = held.insert(hash);
                if held.len() > MAX_HELD {
                    let mut filter = vec![0; FILTER_BITS / 64];
                    held.iter().for_each(|hash| set(&mut filter, *hash));
                    *self = Self::Filter(filter);
                }
                is_new
            }
            Self::Filter(filter) => {
                set(filter, hash);
                true
            }
        }
    }

    pub(crate) fn contains(&self, hash: u64) -> bool {
        match self {
            Self::Held(held) => held.contains(&hash),
            Self::Filter(filter) => bits(hash).all(|(word, bit)| filter[word] & bit != 0),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Held(held) if held.is_empty())
    }
}

fn set(filter: &mut [u64], hash: u64) {
    bits(hash).for_each(|(word, bit)| filter[word] |= bit);
}

/// The bits of a hash, each as a word of the filter and a bit of the word.
fn bits(hash: u64) -> impl Iterator<Item = (usize, u64)> {
    let step = (hash >> 32) | 1;
    (0..BITS_A_HASH).map(move |number| {
        let bit = hash.wrapping_add(number.wrapping_mul(step)) & (FILTER_BITS as u64 - 1);
        (usize::try_from(bit / 64).unwrap_or_default(), 1 << (bit % 64))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_added_is_there(hashes in proptest::collection::vec(any::<u64>(), 0..12)) {
            let mut known = UnitHashes::default();
            for (at, hash) in hashes.iter().enumerate() {
                known.insert(*hash);
                prop_assert!(hashes[..=at].iter().all(|hash| known.contains(*hash)));
            }
            prop_assert_eq!(known.is_empty(), hashes.is_empty());
            let is_filter = matches!(known, UnitHashes::Filter(_));
            let distinct: HashSet<u64> = hashes.iter().copied().collect();
            prop_assert_eq!(is_filter, distinct.len() > MAX_HELD);
        }
    }
}
