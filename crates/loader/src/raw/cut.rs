//! Bytes are cut into chunks where their content says so, so that the same bytes are cut alike wherever they stand.
//!
//! A rolling hash of the last 64 bytes decides (the gear hash of FastCDC), begun anew with each chunk: where a chunk ends
//! follows from its own bytes alone. A chunk of UTF-8 text is text. A chunk also ends with `},`, where mostly a record ends, so that
//! records in another order are cut alike as well; whether it is JSON nobody asks.

use std::ops::Range;

use twox_hash::XxHash64;

/// The least bytes of a chunk that is not the last one.
const MIN_BYTES: usize = 32;
/// From so many bytes on a chunk ends wherever a character does.
const MAX_BYTES: usize = 1024;
/// The longest tail of a character in UTF-8.
const CHARACTER_TAIL: usize = 3;
/// One place in 128 ends a chunk, by the bits that depend on the most bytes.
const END_MASK: u64 = 0x7f << 57;

/// A chunk of bytes and the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) range: Range<usize>,
    pub(crate) hash: u64,
}

/// The chunks of bytes, in order and without gaps.
pub(crate) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk> + '_ {
    let mut begin = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(begin..).filter(|rest| !rest.is_empty())?;
        let range = begin..begin + first_chunk(rest);
        begin = range.end;
        let hash = XxHash64::oneshot(0, bytes.get(range.clone())?);
        Some(Chunk { range, hash })
    })
}

/// The length of the first chunk.
fn first_chunk(bytes: &[u8]) -> usize {
    let (mut hash, mut before) = (0_u64, 0);
    for (n_bytes, byte) in (1..).zip(bytes) {
        hash = (hash << 1).wrapping_add(GEAR[usize::from(*byte)]);
        let ends_record = before == b'}' && *byte == b',';
        before = *byte;
        let is_end = n_bytes >= MAX_BYTES || (n_bytes >= MIN_BYTES && (ends_record || hash & END_MASK == 0));
        if is_end && (n_bytes >= MAX_BYTES + CHARACTER_TAIL || !is_within_character(bytes, n_bytes)) {
            return n_bytes;
        }
    }
    bytes.len()
}

fn is_within_character(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80)
}

/// A random number for each byte: the first 256 of SplitMix64 from 0.
const GEAR: [u64; 256] = gear();

const fn gear() -> [u64; 256] {
    let mut table = [0; 256];
    let (mut state, mut n) = (0_u64, 0);
    while n < table.len() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        table[n] = mixed ^ (mixed >> 31);
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn hashes(bytes: &[u8]) -> Vec<u64> {
        chunks(bytes).map(|chunk| chunk.hash).collect()
    }

    proptest! {
        #[test]
        fn chunks_are_all_bytes_in_order_and_of_text_they_are_text(text in "\\PC{0,3000}", bytes: Vec<u8>) {
            for bytes in [text.as_bytes(), &bytes] {
                let mut end = 0;
                for chunk in chunks(bytes) {
                    prop_assert_eq!(chunk.range.start, end);
                    prop_assert!(!chunk.range.is_empty() && chunk.range.len() <= MAX_BYTES + CHARACTER_TAIL);
                    end = chunk.range.end;
                }
                prop_assert_eq!(end, bytes.len());
            }
            prop_assert!(chunks(text.as_bytes()).all(|chunk| text.get(chunk.range).is_some()));
        }

        /// What is taken out of a page in whole chunks is cut as the page was.
        #[test]
        fn chunks_put_one_behind_the_other_are_cut_as_they_were(text in "[ -~äß]{0,6000}", keep: u64) {
            let kept: Vec<Chunk> =
                chunks(text.as_bytes()).zip(0..).filter(|(_, n)| keep >> (n % 64) & 1 == 1).map(|(c, _)| c).collect();
            let joined: String = kept.iter().map(|chunk| &text[chunk.range.clone()]).collect();
            // The last chunk of all may end where it does only because the text ends there.
            let expected: Vec<u64> = kept.iter().map(|chunk| chunk.hash).collect();
            prop_assert_eq!(hashes(joined.as_bytes()), expected);
        }
    }

    #[test]
    fn what_was_put_in_front_leaves_most_chunks_as_they_were() {
        let text: String = (0..2000).map(|n| format!("{{\"id\":\"{n}\",\"text\":\"{}\"}},", n * n)).collect();
        let moved = format!("{{\"id\":\"new\"}},{text}");
        let before: HashSet<u64> = hashes(text.as_bytes()).into_iter().collect();
        let after = hashes(moved.as_bytes());
        let n_known = after.iter().filter(|hash| before.contains(hash)).count();
        let n_new = after.len() - n_known;
        assert!(n_new * 100 <= after.len(), "{n_new} of {}", after.len());
    }
}
