//! Conversations cut into shares, so that those of one fit in memory.

use polars::prelude::*;

use crate::derive::KEY;

/// What a message takes while its conversation is looked at, in bytes: its key, its columns, and what is made of them.
const MESSAGE_BYTES: u64 = 600;

/// The number of shares in which so many messages are looked at within so much memory.
pub(super) fn n_shares(messages: u64, memory_bytes: u64) -> u64 {
    // What is read, and what Polars holds on the way to it, takes as much again.
    (messages * MESSAGE_BYTES).div_ceil((memory_bytes / 2).max(1)).max(1)
}

/// The conversations of one of so many shares.
pub(super) fn share(rows: LazyFrame, share: u64, n_shares: u64) -> LazyFrame {
    if n_shares == 1 {
        return rows;
    }
    let is_of_share = move |column: Column| {
        let is_of_share: BooleanChunked = column
            .str()?
            .iter()
            .map(|id| Some(hash(id.unwrap_or_default()) % n_shares == share))
            .collect_ca(column.name().clone());
        Ok(is_of_share.into_column())
    };
    let field = |_: &Schema, field: &Field| Ok(Field::new(field.name().clone(), DataType::Boolean));
    rows.filter(col(KEY[1]).map(is_of_share, field))
}

/// FNV-1a, whose high bits are mixed down.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_all_of_it_and_alike_in_size() {
        assert_eq!(n_shares(0, 1_000), 1);
        assert_eq!(n_shares(1_000_000, 600_000_000), 2);
        let mut counts = [0; 7];
        for number in 0..7_000 {
            counts[usize::try_from(hash(&format!("conversation-{number}")) % 7).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }
}
