//! What has come of one stream with one set of params.

use std::time::Instant;

use convolake_engine::{PageOrigin, ParamSet, param_names};
use serde_json::{Value, json};

use crate::render::{bytes, counted, number};

/// A stream with one set of params, as lines name it.
pub(super) fn name_of(stream: &str, params: &ParamSet) -> String {
    [stream, &param_names(params)].join(" ").trim_end().to_owned()
}

/// Counts of one stream with one set of params.
#[derive(Debug)]
pub(super) struct StreamCounts {
    pub(super) name: String,
    started: Instant,
    pages: u64,
    /// Of those, read from files or the raw zone.
    pages_stored: u64,
    records: u64,
    rows: u64,
    rejects: u64,
    bytes: u64,
    expected_records: Option<u64>,
}

impl StreamCounts {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            started: Instant::now(),
            pages: 0,
            pages_stored: 0,
            records: 0,
            rows: 0,
            rejects: 0,
            bytes: 0,
            expected_records: None,
        }
    }

    pub(super) fn landed(&mut self, records: u64, bytes: u64, expected_records: Option<u64>) {
        self.pages += 1;
        self.records += records;
        self.bytes += bytes;
        self.expected_records = expected_records.or(self.expected_records);
    }

    /// A page of the source was counted when it landed.
    pub(super) fn flattened(&mut self, origin: PageOrigin, bytes: u64, [records, rows, rejects]: [u64; 3]) {
        if origin == PageOrigin::Storage {
            self.pages += 1;
            self.pages_stored += 1;
            self.records += records;
            self.bytes += bytes;
        }
        self.rows += rows;
        self.rejects += rejects;
    }

    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// How it stands, what matters most first. Rows lag behind pages: at the end they are left out.
    pub(super) fn parts(&self, is_ended: bool) -> Vec<String> {
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
        let (pages, records) = (self.pages as f64, self.records as f64);
        let mut parts = vec![counted(self.pages, "page"), counted(self.records, "record"), bytes(self.bytes)];
        if self.rejects > 0 {
            parts.push(format!("{} quarantined", number(self.rejects)));
        }
        let left = self.expected_records.and_then(|all| all.checked_sub(self.records));
        if let (Some(left @ 1..), false, true) = (left, is_ended, self.records > 0) {
            #[expect(clippy::cast_precision_loss, reason = "shown in whole seconds")]
            let seconds = left as f64 * seconds / records;
            parts.push(format!("about {seconds:.0} s left"));
        }
        if !is_ended {
            parts.push(counted(self.rows, "row"));
        }
        // Of a moment there is no rate.
        if seconds >= 1.0 {
            parts.push(format!("{:.1} pages/s", pages / seconds));
        }
        if self.pages_stored > 0 && self.pages_stored < self.pages {
            parts.push(format!("{} of the pages had landed before", number(self.pages_stored)));
        }
        parts
    }

    /// The same for machines.
    pub(super) fn fields(&self) -> Value {
        json!({
            "name": self.name, "pages": self.pages, "records": self.records, "rows": self.rows,
            "quarantined": self.rejects, "bytes": self.bytes,
            "seconds": self.started.elapsed().as_secs_f64(),
        })
    }
}

/// As many parts as fit into `width` columns behind the name. A part is shown whole or not at all: of a number that is cut
/// off, what is left is another number.
pub(super) fn fitted(name: &str, parts: &[String], width: usize) -> String {
    let count = |text: &str| text.chars().count();
    let first = parts.first().map_or(0, |part| count(part));
    // The name gives way to the first part.
    let name_room = width.saturating_sub(first + 2).max(1);
    let name = match count(name) > name_room {
        true => name.chars().take(name_room.saturating_sub(2)).chain("..".chars()).collect(),
        false => name.to_owned(),
    };
    let mut line = name;
    for (index, part) in parts.iter().enumerate() {
        let joint = if index == 0 { "  " } else { ", " };
        if count(&line) + joint.len() + count(part) > width {
            break;
        }
        line.push_str(joint);
        line.push_str(part);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(parts: &[&str]) -> Vec<String> {
        parts.iter().map(|part| (*part).to_owned()).collect()
    }

    #[test]
    fn no_line_is_wider_than_the_screen_and_no_number_is_cut() {
        let name = name_of("conversations", &ParamSet::from([("bot_name".to_owned(), "demo".to_owned())]));
        let parts = owned(&["1,234 pages", "1,234,567 records", "56.7 MB", "1,000 rows"]);
        for (width, expected) in [
            (90, "conversations bot_name=demo  1,234 pages, 1,234,567 records, 56.7 MB, 1,000 rows"),
            (80, "conversations bot_name=demo  1,234 pages, 1,234,567 records, 56.7 MB, 1,000 rows"),
            (79, "conversations bot_name=demo  1,234 pages, 1,234,567 records, 56.7 MB"),
            (40, "conversations bot_name=demo  1,234 pages"),
            (30, "conversations b..  1,234 pages"),
        ] {
            let line = fitted(&name, &parts, width);
            assert_eq!(line, expected);
            assert!(line.chars().count() <= width, "{line}");
        }
        for width in 0..14 {
            let line = fitted(&name, &parts, width);
            assert!(!line.contains(',') || line.contains("1,234 pages"), "{line}");
        }
    }

    #[test]
    fn what_was_stored_is_counted_when_it_is_flattened_and_what_landed_before() {
        let mut counts = StreamCounts::new("s".to_owned());
        counts.landed(10, 1_000, None);
        counts.flattened(PageOrigin::Source, 1_000, [10, 12, 0]);
        counts.flattened(PageOrigin::Storage, 500, [5, 6, 1]);
        let text = counts.parts(true).join(", ");
        for part in ["2 pages, 15 records, 1.5 kB", "1 quarantined", "1 of the pages had landed before"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(counts.parts(false).contains(&"18 rows".to_owned()));
    }
}
