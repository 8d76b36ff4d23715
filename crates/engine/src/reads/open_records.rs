//! Records that may still change: the lake knows when they last did.

use convolake_loader::{Lake, LoadError};
use convolake_model::{Mapping, ParamSet, Stream, StreamSchema};
use jiff::{SignedDuration, Timestamp};

use crate::project::param_columns::param_values;
use crate::reads::scan::{Files, Scan};

/// The most records that are looked at again; of more, the newest.
const MAX_OPEN: usize = 10_000;

/// When the records of these params were filed that had changed within the stream's quiet time before `watermark`,
/// newest first.
pub(crate) fn open_records(
    lake: &Lake,
    pipeline: &str,
    stream: &Stream,
    schema: &StreamSchema,
    params: &ParamSet,
    watermark: Timestamp,
) -> Result<Vec<Timestamp>, LoadError> {
    let mut newest = Newest::new(MAX_OPEN);
    let Some(open) = stream.windows.as_ref().and_then(|windows| windows.open.as_ref()) else {
        return Ok(newest.into_vec());
    };
    let (began, changed) = (open.began.as_str(), open.changed.as_str());
    let has_both =
        |mapping: &&Mapping| [began, changed].iter().all(|name| mapping.columns.contains_key(*name));
    let Some(mapping) = schema.mappings.iter().find(has_both) else { return Ok(newest.into_vec()) };
    let quiet = SignedDuration::from_secs(open.quiet.as_seconds());
    let since = watermark.checked_sub(quiet).unwrap_or(Timestamp::MIN);
    let equal = param_values(mapping, params);
    let (columns, files) = (&[began, changed], Files::Since(changed, since));
    let scan = Scan { table: &mapping.table, pipeline, columns, equal: &equal, files };
    scan.for_each(lake, |rows| {
        newest.extend(changed_since(since, rows.instants(began).zip(rows.instants(changed))));
    })?;
    Ok(newest.into_vec())
}

/// Of rows with the instants at which a record began and last changed: the beginnings of those that changed at `since`
/// or later.
fn changed_since(
    since: Timestamp,
    rows: impl Iterator<Item = (Option<Timestamp>, Option<Timestamp>)>,
) -> impl Iterator<Item = Timestamp> {
    rows.filter_map(|(began, changed)| began.zip(changed))
        .filter(move |(_, changed)| *changed >= since)
        .map(|(began, _)| began)
}

/// The newest instants of many, a bounded number. Holds up to twice as many between two batches.
struct Newest {
    max: usize,
    instants: Vec<Timestamp>,
}

impl Newest {
    fn new(max: usize) -> Self {
        Self { max, instants: Vec::new() }
    }

    fn extend(&mut self, more: impl Iterator<Item = Timestamp>) {
        self.instants.extend(more);
        if self.instants.len() > 2 * self.max {
            self.trim();
        }
    }

    fn trim(&mut self) {
        self.instants.sort_unstable_by(|a, b| b.cmp(a));
        self.instants.truncate(self.max);
    }

    /// Newest first.
    fn into_vec(mut self) -> Vec<Timestamp> {
        self.trim();
        self.instants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_record_is_open_that_changed_within_the_quiet_time() {
        for (began, changed, is_open) in [
            (Some(1), Some(100), true),
            (Some(1), Some(99), false),
            (Some(200), Some(200), true),
            (None, Some(100), false),
            (Some(1), None, false),
        ] {
            let row = (began.map(at), changed.map(at));
            let found: Vec<Timestamp> = changed_since(at(100), std::iter::once(row)).collect();
            assert_eq!(found, began.map(at).filter(|_| is_open).as_slice(), "{row:?}");
        }
    }

    #[test]
    fn the_newest_are_kept_whatever_the_batches() {
        for batch in [1, 2, 3, 7, 20] {
            let mut newest = Newest::new(3);
            let instants: Vec<i64> = (0..20).map(|number| number * 7 % 20).collect();
            for some in instants.chunks(batch) {
                newest.extend(some.iter().copied().map(at));
                assert!(newest.instants.len() <= 6, "batches of {batch}");
            }
            assert_eq!(newest.into_vec(), [at(19), at(18), at(17)], "batches of {batch}");
        }
        assert_eq!(Newest::new(3).into_vec(), []);
    }
}
