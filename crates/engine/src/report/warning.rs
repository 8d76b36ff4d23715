//! What stopped nothing in a stream and is worth a look.

use std::fmt;

use convolake_extractor::{OddEnd, Slice};
use jiff::Timestamp;

/// Something that stopped nothing and is worth a look.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Warning {
    /// A slice came to an end that its source's rules allow and that looks wrong.
    OddEnd { slice: Slice, end: OddEnd },
    /// The source rejected the refetch of these parents' records.
    RefetchRejected { slice: Slice, why: String },
    /// The source turned down these ids by themselves.
    IdRejected { ids: Vec<String>, why: String },
    /// The source answered for these ids with an older version than their list shows.
    AnsweredOlder { n_ids: usize, examples: Vec<String> },
    /// It did so for as long as the lookback lasted.
    StaysOlder { n_ids: usize, examples: Vec<String> },
    /// Rows have come that are newer than what their records of this stream tell, or more than they declare.
    AnsweredAgain { table: String, n_records: usize, examples: Vec<String> },
    /// The source turned windows down, down to the shortest.
    WindowsRefused { seconds: i64, format: &'static str, url: String },
    /// Open records that lie too far apart to be looked at again.
    OpenRecordsMissed { n_records: usize },
    /// Most records of windows lay outside of them.
    WindowsIgnored { n_outside: u64, n_records: u64 },
    /// Pages of records named errors beside them.
    ErrorsBesideRecords { n_errors: u64, n_pages: u64, first: String },
    /// Ids hold what stands between ids in a query.
    IdsWouldSplit { n_ids: usize, examples: Vec<String>, separator: String },
    /// Records came, and none of them has an id that was asked for.
    NoneOfTheIds { n_records: u64, param: String },
    /// More records are gone than the pipeline allows to be removed at once.
    RemovalRefused { stream: String, n_gone: usize, n_known: usize, at_most: f64 },
    /// The run was given a beginning further back than the stream, which has a watermark, looks again.
    FromBeforeWatermark { from: Timestamp, watermark: Timestamp },
    /// The records of a list are not newest first.
    ListInNoOrder,
    /// The stream came through, and its watermark is where it was.
    WatermarkUnmoved,
    /// The source announces in these headers that the endpoint will go.
    EndpointEnds { headers: Vec<(&'static str, String)> },
    /// This machine's clock is ahead of the source's.
    ClockAhead { seconds: i64 },
}

impl Warning {
    /// True for what may come up in any number of slices; everything else comes up once in a stream.
    fn is_of_slice(&self) -> bool {
        match self {
            Self::OddEnd { .. } | Self::RefetchRejected { .. } | Self::IdRejected { .. } => true,
            Self::AnsweredOlder { .. }
            | Self::StaysOlder { .. }
            | Self::AnsweredAgain { .. }
            | Self::WindowsRefused { .. }
            | Self::OpenRecordsMissed { .. }
            | Self::WindowsIgnored { .. }
            | Self::ErrorsBesideRecords { .. }
            | Self::IdsWouldSplit { .. }
            | Self::NoneOfTheIds { .. }
            | Self::RemovalRefused { .. }
            | Self::FromBeforeWatermark { .. }
            | Self::ListInNoOrder
            | Self::WatermarkUnmoved
            | Self::EndpointEnds { .. }
            | Self::ClockAhead { .. } => false,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OddEnd { slice, end } => write!(out, "{}: {end}", describe(slice)),
            Self::RefetchRejected { slice, why } => {
                let ids = match slice {
                    Slice::Of { parents, .. } => parents.join(", "),
                    other => other.to_json().to_string(),
                };
                write!(out, "what is short of {ids} was asked for again in vain: {why}")
            }
            Self::IdRejected { ids, why } => {
                write!(out, "{} was turned down, asked for by itself: {why}", ids.join(", "))
            }
            Self::AnsweredOlder { n_ids, examples } => write!(
                out,
                "the source answered for {n_ids} ids with an older version than its list shows ({}); they are asked for again \
                 within the lookback",
                examples.join(", ")
            ),
            Self::StaysOlder { n_ids, examples } => write!(
                out,
                "{n_ids} ids are stale: for as long as the lookback lasted, the source answered with an older version than its \
                 list shows ({}); they are asked for again once the list shows another",
                examples.join(", ")
            ),
            Self::AnsweredAgain { table, n_records, examples } => write!(
                out,
                "{n_records} records have changed since they were pulled: rows of {table} came that are newer than they tell, or \
                 more than they declare ({}); the next run asks for them again",
                examples.join(", ")
            ),
            Self::WindowsRefused { seconds, format, url } => write!(
                out,
                "the source turned down windows of any length, down to {seconds} s ({url}): if it says that they are too long, it \
                 may read times in another unit than `format: {format}`"
            ),
            Self::OpenRecordsMissed { n_records } => write!(
                out,
                "{n_records} old records that may still change were not looked at again; `backfill` does"
            ),
            Self::WindowsIgnored { n_outside, n_records } => write!(
                out,
                "{n_outside} of {n_records} records lie outside of the windows they were asked for: the source seems to \
                 ignore windows, and each costs a walk of everything"
            ),
            Self::ErrorsBesideRecords { n_errors, n_pages, first } => write!(
                out,
                "the source named {n_errors} errors beside the records of {n_pages} pages, so a part may be missing (first: {first}); \
                 where such pages are no good, name the sign under `failed`"
            ),
            Self::IdsWouldSplit { n_ids, examples, separator } => write!(
                out,
                "{n_ids} ids hold `{separator}`, which stands between ids in a query ({}): each was asked for by itself, and is short \
                 where the source reads it as several; `repeat: true` or another `separator` asks otherwise, if the source takes it",
                examples.join("; ")
            ),
            Self::NoneOfTheIds { n_records, param } => write!(
                out,
                "{n_records} records came for the ids that were asked for, and none of them has such an id: `id` must point at what \
                 `{param}` takes, not at an id of the record's own; by page numbers no page behind the first was asked for"
            ),
            Self::RemovalRefused { stream, n_gone, n_known, at_most } => write!(
                out,
                "nothing was removed: {n_gone} of {n_known} records the lake knows would go at once, and `max_gone` allows \
                 {} %; if they are gone indeed, run once with --set streams.{stream}.max_gone=100 --set \
                 streams.{stream}.full_walk=0s",
                at_most * 100.0,
            ),
            Self::FromBeforeWatermark { from, watermark } => write!(
                out,
                "the stream went on from its watermark, {watermark}: a run does not go back to {from}; `convolake backfill` with \
                 --from {from} --until {watermark} pulls what lies between"
            ),
            Self::ListInNoOrder => out.write_str(
                "the list is not newest first by `listed_at`, so that what is new may stand anywhere: it was walked to its end, and each \
                 run will; if it is sorted by another field, name that",
            ),
            Self::WatermarkUnmoved => out.write_str("the watermark did not move"),
            Self::EndpointEnds { headers } => {
                let headers: Vec<String> =
                    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(out, "the source announces the end of this endpoint ({})", headers.join(", "))
            }
            Self::ClockAhead { seconds } => write!(
                out,
                "this machine's clock is {seconds} s ahead of the source's, which the watermark goes by; set it"
            ),
        }
    }
}

fn describe(slice: &Slice) -> String {
    match slice {
        Slice::Whole => "the stream as a whole".to_owned(),
        Slice::Window { from, until } => format!("the window from {from} to {until}"),
        Slice::Ids(ids) => format!("a batch of {} ids", ids.len()),
        Slice::Of { parents, .. } => format!("what belongs to {} ids", parents.len()),
    }
}

/// The warnings of one stream: of those about slices the first [`Warnings::OF_SLICES_MAX`], as the kind matters and not
/// each instance, and all others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Warnings {
    all: Vec<Warning>,
}

impl Warnings {
    const OF_SLICES_MAX: usize = 20;

    /// Adds a warning, unless there are enough of its kind.
    pub(crate) fn push(&mut self, warning: Warning) {
        let n_of_slices = self.all.iter().filter(|warning| warning.is_of_slice()).count();
        if !warning.is_of_slice() || n_of_slices < Self::OF_SLICES_MAX {
            self.all.push(warning);
        }
    }

    /// Adds several.
    pub(crate) fn extend(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        warnings.into_iter().for_each(|warning| self.push(warning));
    }

    /// The warnings as texts, in the order they came up.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.all.iter().map(Warning::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_about_slices_are_bounded_and_leave_room_for_the_others() {
        let mut warnings = Warnings::default();
        for _ in 0..1000 {
            warnings.push(Warning::OddEnd { slice: Slice::Whole, end: OddEnd::Full });
        }
        warnings.push(Warning::WatermarkUnmoved);
        let texts = warnings.texts();
        assert_eq!(texts.len(), 21);
        assert_eq!(texts[0], "the stream as a whole: its last page is full, and names no next one");
        assert_eq!(texts[20], "the watermark did not move");
    }

    #[test]
    fn texts_name_what_a_person_looks_for() {
        let at = |text: &str| text.parse().unwrap();
        let window = Slice::Window { from: at("2025-01-01T00:00:00Z"), until: at("2025-01-02T00:00:00Z") };
        let parents = Slice::Of { parents: vec!["c1".to_owned(), "c2".to_owned()], within: None };
        for (warning, expected) in [
            (
                Warning::OddEnd { slice: window, end: OddEnd::EmptyAfterFull },
                "the window from 2025-01-01T00:00:00Z to 2025-01-02T00:00:00Z: its last page is empty, though the one \
                 before was full",
            ),
            (
                Warning::RefetchRejected { slice: parents, why: "404".to_owned() },
                "what is short of c1, c2 was asked for again in vain: 404",
            ),
            (
                Warning::IdRejected { ids: vec!["c1".to_owned()], why: "404".to_owned() },
                "c1 was turned down, asked for by itself: 404",
            ),
            (
                Warning::AnsweredOlder { n_ids: 4, examples: vec!["c1".to_owned(), "c2".to_owned()] },
                "the source answered for 4 ids with an older version than its list shows (c1, c2); they are asked for again \
                 within the lookback",
            ),
            (
                Warning::StaysOlder { n_ids: 1, examples: vec!["c1".to_owned()] },
                "1 ids are stale: for as long as the lookback lasted, the source answered with an older version than its list \
                 shows (c1); they are asked for again once the list shows another",
            ),
            (
                Warning::AnsweredAgain {
                    table: "messages".to_owned(),
                    n_records: 2,
                    examples: vec!["c1".to_owned()],
                },
                "2 records have changed since they were pulled: rows of messages came that are newer than they tell, or more than \
                 they declare (c1); the next run asks for them again",
            ),
            (
                Warning::RemovalRefused {
                    stream: "export".to_owned(),
                    n_gone: 30,
                    n_known: 60,
                    at_most: 0.1,
                },
                "nothing was removed: 30 of 60 records the lake knows would go at once, and `max_gone` allows 10 %; if they \
                 are gone indeed, run once with --set streams.export.max_gone=100 --set streams.export.full_walk=0s",
            ),
            (
                Warning::EndpointEnds { headers: vec![("deprecation", "@1".to_owned())] },
                "the source announces the end of this endpoint (deprecation: @1)",
            ),
        ] {
            assert_eq!(warning.to_string(), expected);
        }
    }
}
