//! The requests of a pull beside the records they brought.

use crate::plan::{as_f64, count, requests_allowed};

/// Requests made and records brought, by which all requests are held within the allowance.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Pages asked for.
    pages: u64,
    /// Records that are not asked for again.
    records: u64,
    largest_page: u64,
    /// True once a page has led on: before that, none is known to be full.
    has_led_on: bool,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self { pages: 0, records: 0, largest_page: 1, has_led_on: false }
    }

    /// Takes a page in.
    pub(super) fn add_page(&mut self, n_records: usize, leads_on: bool) {
        self.pages += 1;
        self.records = self.records.saturating_add(count(n_records));
        self.largest_page = self.largest_page.max(count(n_records));
        self.has_led_on |= leads_on;
    }

    /// Takes records out that will be asked for again.
    pub(super) fn give_back(&mut self, n_records: u64) {
        self.records = self.records.saturating_sub(n_records);
    }

    /// True once it is known how many records a full page holds.
    pub(super) fn knows_full_page(&self) -> bool {
        self.has_led_on
    }

    /// The records of a full page, as far as anybody knows.
    pub(super) fn page_records(&self) -> f64 {
        as_f64(self.largest_page)
    }

    /// The requests that may still be wasted beside `n_bound` that are bound to be made.
    pub(super) fn spare_requests(&self, n_bound: usize) -> f64 {
        let full_pages = if self.has_led_on { as_f64(self.records) / self.page_records() } else { 0.0 };
        requests_allowed(full_pages) - as_f64(self.pages + count(n_bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_allow_requests_once_a_full_page_is_known() {
        let mut ledger = Ledger::new();
        for (n_records, leads_on, n_bound, expected) in [
            (0, false, 0, 9.0),
            // 40 records may be a full page or not.
            (40, false, 0, 8.0),
            (80, true, 0, 10.0 + 1.25 * 1.5 - 3.0),
            (80, false, 4, 10.0 + 1.25 * 2.5 - 4.0 - 4.0),
        ] {
            ledger.add_page(n_records, leads_on);
            assert!((ledger.spare_requests(n_bound) - expected).abs() < 1e-9, "{ledger:?}");
        }
        ledger.give_back(80);
        assert!((ledger.spare_requests(0) - (10.0 + 1.25 * 1.5 - 4.0)).abs() < 1e-9, "{ledger:?}");
    }
}
