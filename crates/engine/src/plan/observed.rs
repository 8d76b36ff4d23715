//! What earlier runs observed of a stream's pages: how many records a page holds, how many bytes a record. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::numbers::ratio;
use crate::plan::slices::ProbedPage;
use crate::reads::stored_report::number;

/// With fewer pages, a run's records per page say little: the last page, which is short, weighs too much.
const ENOUGH_PAGES: u64 = 5;

/// What is known of one stream with one set of params.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Observed {
    /// Records on a page.
    pub(crate) page_records: Option<f64>,
    /// Bytes a record takes on a page.
    pub(crate) record_bytes: Option<f64>,
    /// Records by the day they are filed under, in days since 1970-01-01 UTC.
    pub(crate) days: Option<BTreeMap<i32, u64>>,
}

/// What one run's report counts of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageCounts {
    pub(crate) requests: u64,
    pub(crate) pages: u64,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

impl PageCounts {
    /// The counts in a stream's part of a run report.
    pub(crate) fn of(report: &Value) -> Self {
        let number = |name| number(report, name);
        Self {
            requests: number("requests"),
            pages: number("pages"),
            records: number("records"),
            bytes: number("bytes"),
        }
    }

    /// False for pages of files that were flattened, which say nothing of the source's pages.
    pub(crate) const fn is_of_source(&self) -> bool {
        self.requests > 0 && self.pages > 0
    }
}

impl Observed {
    /// From the counts of several runs, newest first, and the page size that the pipeline declares.
    pub(crate) fn of(counts: &[PageCounts], declared: Option<f64>, days: Option<BTreeMap<i32, u64>>) -> Self {
        let most_pages = counts.iter().max_by_key(|counts| counts.pages);
        let page_records = match (most_pages, declared) {
            (Some(most), _) if most.pages >= ENOUGH_PAGES => Some(ratio(most.records, most.pages)),
            (_, Some(declared)) => Some(declared),
            (Some(most), None) => Some(ratio(most.records, most.pages)),
            (None, None) => None,
        };
        let records: u64 = counts.iter().map(|counts| counts.records).sum();
        let bytes: u64 = counts.iter().map(|counts| counts.bytes).sum();
        Self {
            page_records: page_records.filter(|records| *records > 0.0),
            record_bytes: (records > 0).then(|| ratio(bytes, records)),
            days,
        }
    }

    /// Adds what a probe shows: a page that others follow is a full one.
    pub(crate) fn add_probe(&mut self, page: &ProbedPage<'_>) {
        if page.records == 0 {
            return;
        }
        self.record_bytes.get_or_insert(ratio(page.bytes, page.records));
        if !page.is_all {
            self.page_records = Some(ratio(page.records, 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use convolake_extractor::Slice;

    use super::*;

    fn run(pages: u64, records: u64) -> PageCounts {
        PageCounts { requests: pages, pages, records, bytes: records * 100 }
    }

    #[test]
    fn records_on_a_page_are_those_of_the_longest_run_or_as_declared() {
        for (runs, declared, expected) in [
            (&[][..], None, None),
            (&[], Some(50.0), Some(50.0)),
            (&[run(10, 200)], Some(50.0), Some(20.0)),
            (&[run(5, 100), run(10, 300)], Some(50.0), Some(30.0)),
            // Too few pages to go by, unless there is nothing else.
            (&[run(4, 80)], Some(50.0), Some(50.0)),
            (&[run(4, 80)], None, Some(20.0)),
            (&[run(10, 0)], None, None),
        ] {
            let observed = Observed::of(runs, declared, None);
            assert_eq!(observed.page_records, expected, "{runs:?}, {declared:?}");
            let has_records = runs.iter().any(|run| run.records > 0);
            assert_eq!(observed.record_bytes, has_records.then_some(100.0), "{runs:?}");
        }
    }

    #[test]
    fn a_probe_tells_a_full_page_and_the_size_of_records_that_nothing_else_tells() {
        let page =
            |records, is_all| ProbedPage { slice: &Slice::Whole, records, bytes: records * 70, is_all };
        for (runs, page, expected) in [
            (&[][..], page(0, true), (None, None)),
            (&[], page(20, true), (None, Some(70.0))),
            (&[], page(20, false), (Some(20.0), Some(70.0))),
            (&[run(10, 300)], page(20, false), (Some(20.0), Some(100.0))),
            (&[run(10, 300)], page(20, true), (Some(30.0), Some(100.0))),
        ] {
            let mut observed = Observed::of(runs, None, None);
            observed.add_probe(&page);
            assert_eq!((observed.page_records, observed.record_bytes), expected, "{runs:?}, {page:?}");
        }
    }

    #[test]
    fn flattened_files_say_nothing_of_the_source() {
        let counts = |requests, pages| PageCounts { requests, pages, records: 1, bytes: 1 };
        let expected = [((0, 1), false), ((1, 0), false), ((1, 1), true)];
        for ((requests, pages), is_of_source) in expected {
            assert_eq!(counts(requests, pages).is_of_source(), is_of_source, "{requests}, {pages}");
        }
    }
}
