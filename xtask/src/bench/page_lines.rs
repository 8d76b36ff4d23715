//! More or fewer pages out of the same ones: which lines are taken, and new ids for those taken again.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::workload::Workload;

/// Takes lines evenly from all over a file, so that a smaller one spans the same days.
pub(super) struct Share {
    wanted_bytes: u64,
    total_bytes: u64,
    seen_bytes: u64,
    taken_bytes: u64,
}

impl Share {
    /// About `wanted_bytes` of `total_bytes`.
    pub(super) fn new(wanted_bytes: u64, total_bytes: u64) -> Self {
        Self { wanted_bytes, total_bytes, seen_bytes: 0, taken_bytes: 0 }
    }

    /// Whether the next line is taken, which has this many bytes.
    pub(super) fn takes(&mut self, line_bytes: u64) -> bool {
        let due = u128::from(self.wanted_bytes) * u128::from(self.seen_bytes);
        let taken = u128::from(self.taken_bytes) * u128::from(self.total_bytes);
        self.seen_bytes += line_bytes;
        let takes = taken <= due && self.taken_bytes < self.wanted_bytes;
        if takes {
            self.taken_bytes += line_bytes;
        }
        takes
    }
}

/// The page with `-r<round>` behind each id that is a text; byte for byte as it was everywhere else. Round 0 changes
/// nothing, nor is anything changed in what is not understood.
pub(super) fn renamed(line: &[u8], workload: Workload, round: u64) -> Vec<u8> {
    let Some(page) = std::str::from_utf8(line).ok().filter(|_| round > 0) else {
        return line.to_vec();
    };
    let suffix = format!("-r{round}");
    let mut bytes = Vec::with_capacity(line.len() + line.len() / 8);
    let mut copied = 0;
    for end in ends_of_ids(page, workload) {
        bytes.extend_from_slice(&line[copied..end]);
        bytes.extend_from_slice(suffix.as_bytes());
        copied = end;
    }
    bytes.extend_from_slice(&line[copied..]);
    bytes
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Conversation<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, rename = "ID")]
    id: &'a RawValue,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "_id")]
    id: &'a RawValue,
    #[serde(borrow, rename = "conversationId")]
    conversation_id: &'a RawValue,
}

/// Where the closing quotes of the ids stand, in order.
fn ends_of_ids(page: &str, workload: Workload) -> Vec<usize> {
    let Ok(Page { data }) = serde_json::from_str(page) else {
        return Vec::new();
    };
    let ids = data.iter().filter_map(|record| ids_of(record, workload).ok()).flatten().map(RawValue::get);
    let mut ends: Vec<usize> =
        ids.filter(|id| id.ends_with('"')).map(|id| end_within(page, id) - 1).collect();
    ends.sort_unstable();
    ends
}

fn ids_of(record: &RawValue, workload: Workload) -> serde_json::Result<Vec<&RawValue>> {
    Ok(match workload {
        Workload::Export => {
            let Conversation { metadata } = serde_json::from_str(record.get())?;
            vec![metadata.id]
        }
        Workload::Messages => {
            let Message { id, conversation_id } = serde_json::from_str(record.get())?;
            vec![id, conversation_id]
        }
    })
}

/// Where `part` ends within `whole`, of which it is a piece.
fn end_within(whole: &str, part: &str) -> usize {
    part.as_ptr().addr() - whole.as_ptr().addr() + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(workload: Workload, page: &str, expected: &str) {
        assert_eq!(String::from_utf8(renamed(page.as_bytes(), workload, 7)).unwrap(), expected);
        assert_eq!(renamed(page.as_bytes(), workload, 0), page.as_bytes());
    }

    #[test]
    fn ids_get_the_round_and_nothing_else_changes() {
        check(
            Workload::Export,
            r#"{"data": [{"metadata":{"n":1.50, "ID":"a\"b","userID":"a"},"turns":[{"ID":"x"}]},{"metadata":{"ID":"c"}}]}"#,
            r#"{"data": [{"metadata":{"n":1.50, "ID":"a\"b-r7","userID":"a"},"turns":[{"ID":"x"}]},{"metadata":{"ID":"c-r7"}}]}"#,
        );
        check(
            Workload::Messages,
            r#"{"success":true,"data":[{"conversationId":"c","time":1E400,"_id":"m","outMsg":{"_id":"n"}}],"cursor":null}"#,
            r#"{"success":true,"data":[{"conversationId":"c-r7","time":1E400,"_id":"m-r7","outMsg":{"_id":"n"}}],"cursor":null}"#,
        );
    }

    #[test]
    fn what_is_not_understood_stays() {
        for page in [
            "no JSON",
            r#"{"data":{}}"#,
            r#"{"data":["a record",{"metadata":"text"},{"metadata":{}},{"metadata":{"ID":5}}]}"#,
        ] {
            check(Workload::Export, page, page);
        }
    }

    #[test]
    fn a_share_is_spread_over_the_file_and_of_the_size_wanted() {
        for (wanted, expected) in [(0, 0), (100, 10), (500, 50), (990, 99), (1000, 100)] {
            let mut share = Share::new(wanted, 1000);
            let taken: Vec<usize> = (0..100).filter(|_| share.takes(10)).collect();
            assert_eq!(taken.len(), expected, "{wanted}");
            let widest = taken.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(1);
            assert!(widest <= 100_usize.div_ceil(expected.max(1)), "{wanted}: {taken:?}");
        }
    }
}
