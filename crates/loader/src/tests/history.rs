use convolake_model::{PartitionBy, Partitions};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::Trees;
use crate::tests::model::{Page, Record, Setup};

/// Few conversations, messages, texts and days, so that they meet often.
pub(crate) fn record() -> impl Strategy<Value = Record> {
    (0u8..4, vec((0u8..4, 0u8..3, option::weighted(0.8, 0u8..3)), 0..5))
}

pub(crate) fn pages() -> impl Strategy<Value = Vec<Page>> {
    vec(vec(record(), 0..4), 1..8)
}

/// With a memory limit of one byte every page is spilled.
pub(crate) fn setup() -> impl Strategy<Value = Setup> {
    let memory = prop_oneof![Just(1usize), Just(1 << 26)];
    let by = prop_oneof![Just(PartitionBy::Day), Just(PartitionBy::Month)];
    let trees = prop_oneof![Just(Trees::Plain), Just(Trees::Delta)];
    (any::<bool>(), memory, 1u32..4, by, trees).prop_map(|(replace, memory_bytes, buckets, by, trees)| {
        Setup { replace, memory_bytes, buckets, partitions: Partitions::Asked(by), trees }
    })
}
