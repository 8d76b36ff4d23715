//! How many hash buckets a pipeline should have, so that an object store takes each table file in one request.

use std::collections::BTreeMap;

use convolake_loader::MAX_PUT_BYTES;

/// The size that files should have with the advised buckets: below the maximum, as a partition may bring more rows than the
/// fullest one so far.
const TARGET_BYTES: u64 = MAX_PUT_BYTES / 4 * 3;

/// The fact and the remedy where a table has too large a file; `largest` is the size of each table's largest file.
pub(crate) fn advice(
    pipeline: &str,
    buckets: u32,
    largest: &BTreeMap<String, u64>,
) -> Option<(String, String)> {
    let (table, bytes) = largest.iter().max_by_key(|(_, bytes)| **bytes)?;
    if *bytes <= MAX_PUT_BYTES {
        return None;
    }
    let message = format!(
        "the largest file of {table} has {} MiB: each change of its partition writes it anew, and above {} MiB a bucket takes it in parts",
        bytes >> 20,
        MAX_PUT_BYTES >> 20,
    );
    let wanted = (u64::from(buckets.max(1)) * bytes).div_ceil(TARGET_BYTES);
    let hint = format!(
        "set `buckets: {wanted}` in the pipeline, or `partition_by: day` where it is by months, and rebuild the tables with \
         `convolake replay {pipeline}`"
    );
    Some((message, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(buckets: u32, messages: u64) -> Option<String> {
        let largest = BTreeMap::from([("messages".to_owned(), messages), ("turns".to_owned(), 1)]);
        advice("agentx", buckets, &largest).map(|(_, hint)| hint)
    }

    #[test]
    fn buckets_are_advised_that_keep_files_small() {
        assert_eq!(hint(1, MAX_PUT_BYTES), None);
        for (buckets, mib, wanted) in [(1, 65, 2), (1, 96, 2), (1, 97, 3), (4, 627, 53)] {
            let hint = hint(buckets, mib << 20).unwrap();
            assert!(hint.contains(&format!("`buckets: {wanted}`")), "{buckets} buckets, {mib} MiB: {hint}");
        }
        assert_eq!(advice("agentx", 1, &BTreeMap::new()), None);
    }
}
