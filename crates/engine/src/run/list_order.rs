//! Where a list that is newest first may be left: behind a page that is wholly before what is looked for. One that shows to be
//! in another order may hold new records anywhere, and is walked to its end.

use convolake_extractor::RecordSeen;
use jiff::Timestamp;

/// As many records as this that are newer than the one in front of them, or less than one in [`ASCENDING_SHARE`], are those
/// that moved to the front since they changed.
const ASCENDING_MIN: u32 = 3;
/// A list of which one pair in so many ascends is not newest first; of one in no order half of them do.
const ASCENDING_SHARE: u32 = 4;

/// The order of the records that a walk of a list has shown so far.
#[derive(Debug, Default)]
pub(super) struct ListOrder {
    n_pairs: u32,
    n_ascending: u32,
    last: Option<Timestamp>,
}

impl ListOrder {
    /// Takes in the page that comes next; true where a list that is newest first has nothing behind it from `until` on.
    pub(super) fn is_past(&mut self, records: &[RecordSeen], until: Timestamp) -> bool {
        for at in records.iter().filter_map(|record| record.listed_at) {
            if let Some(before) = self.last.replace(at) {
                self.n_pairs += 1;
                self.n_ascending += u32::from(before < at);
            }
        }
        is_before(records, until)
    }

    /// True where what was shown is in no order, or oldest first.
    pub(super) fn is_other(&self) -> bool {
        self.n_ascending >= ASCENDING_MIN && self.n_ascending * ASCENDING_SHARE >= self.n_pairs
    }
}

/// True for a page that begins with an older record than it ends with, and is in order of time: of a list that is oldest first.
fn is_oldest_first(records: &[RecordSeen]) -> bool {
    let times = || records.iter().filter_map(|record| record.listed_at);
    times().is_sorted() && times().next() < times().next_back()
}

/// True for a page all of whose records are before an instant; one without a time may be after it, and so may what comes
/// behind a page that is oldest first.
fn is_before(records: &[RecordSeen], until: Timestamp) -> bool {
    let is_before = |record: &RecordSeen| record.listed_at.is_some_and(|at| at < until);
    !records.is_empty() && records.iter().all(is_before) && !is_oldest_first(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(hours: &[Option<i64>]) -> Vec<RecordSeen> {
        let record = |hour: &Option<i64>| RecordSeen {
            id: None,
            hash: String::new(),
            hash_as_sent: None,
            listed_at: hour.map(|hour| Timestamp::from_second(hour * 3600).unwrap()),
        };
        hours.iter().map(record).collect()
    }

    #[test]
    fn a_page_is_past_where_all_of_it_is_older_and_it_is_not_oldest_first() {
        let until = Timestamp::from_second(10 * 3600).unwrap();
        for (hours, expected) in [
            (&[][..], false),
            (&[Some(5)], true),
            (&[Some(5), Some(5)], true),
            (&[Some(5), Some(12)], false),
            (&[Some(5), None], false),
            (&[Some(5), Some(3)], true),
            // Oldest first: what is newer comes behind it.
            (&[Some(3), Some(5)], false),
            (&[Some(3), Some(5), Some(3)], true),
        ] {
            assert_eq!(ListOrder::default().is_past(&records(hours), until), expected, "{hours:?}");
        }
    }

    #[test]
    fn a_list_is_in_another_order_where_many_records_are_newer_than_the_one_in_front() {
        let until = Timestamp::from_second(0).unwrap();
        let newest_first: Vec<Option<i64>> = (0..20).rev().map(Some).collect();
        // Four old ones have moved to the front of it, each by itself.
        let moved: Vec<Option<i64>> =
            [2, 30, 1, 29, 3].map(Some).into_iter().chain(newest_first.clone()).collect();
        let oldest_first: Vec<Option<i64>> = (0..20).map(Some).collect();
        let in_no_order: Vec<Option<i64>> = (0..20).map(|n| Some(n * 7 % 20)).collect();
        for (hours, expected) in [
            (newest_first, false),
            (moved, false),
            (oldest_first, true),
            (in_no_order, true),
            (vec![None; 9], false),
        ] {
            // In pages of three, and in one.
            for size in [3, 100] {
                let mut order = ListOrder::default();
                for page in hours.chunks(size) {
                    assert!(!order.is_past(&records(page), until));
                }
                assert_eq!(order.is_other(), expected, "{hours:?}");
            }
        }
    }
}
