//! Whether a pointer of the pipeline that hits nothing is a mistake. Pure, but for what a run remembers.
//!
//! Sources may leave the cursor out on their last page, so a page without one is no proof by itself. It is where the page
//! must have led on: it is as full as it can be, it says that there is more, or what stands beside the pointer differs
//! from it in case or signs only. Otherwise the page may be the only one, and the end is told of.

use std::collections::BTreeSet;

use crate::envelope::{MissedPointer, PageContent, PointerField};
use crate::lock::Lock;

/// So many records without the member of the id are no accident.
const RECORDS_WITHOUT_ID_MIN: usize = 10;

/// The pointers that have hit something since the run began, by stream.
#[derive(Debug, Default)]
pub(crate) struct PointersHit {
    by_stream: Lock<BTreeSet<(String, PointerField)>>,
}

impl PointersHit {
    /// Takes note of what a page of `stream` has shown.
    pub(super) fn note(&self, stream: &str, page: &PageContent) {
        let mut known = self.by_stream.lock();
        known.extend(page.hit.iter().map(|field| (stream.to_owned(), *field)));
    }

    /// The pointers that this page misses and no page has hit.
    fn never_hit(&self, stream: &str, page: &PageContent) -> Vec<MissedPointer> {
        let known = self.by_stream.lock();
        let is_new = |missed: &&MissedPointer| !known.contains(&(stream.to_owned(), missed.field));
        page.missed.iter().filter(is_new).cloned().collect()
    }

    /// What the first page of a walk says of the stream's pointers.
    pub(super) fn judge(&self, stream: &str, page: &PageContent, first: FirstPage) -> PointerVerdict {
        let missed = self.never_hit(stream, page);
        let id = missed.iter().find(|missed| missed.field == PointerField::Id);
        if let Some(missed) = id
            && (first.is_full || page.record_count >= RECORDS_WITHOUT_ID_MIN || missed.meant.is_some())
        {
            return PointerVerdict::Mistake(missed.clone());
        }
        if let Some(missed) = missed.iter().find(|missed| missed.field == PointerField::Total) {
            return PointerVerdict::Mistake(missed.clone());
        }
        // Where any of the ways on is there, it tells of the end.
        let is_told = page.more == Some(false)
            || page.hit.iter().any(|field| matches!(field, PointerField::Cursor | PointerField::NextLink));
        let way_on = missed
            .iter()
            .find(|missed| missed.field != PointerField::Id)
            .filter(|_| !is_told && !first.leads_on && first.absent == AbsentNext::Undeclared);
        match way_on {
            Some(missed) if first.is_full || page.more == Some(true) || missed.meant.is_some() => {
                PointerVerdict::Mistake(missed.clone())
            }
            Some(missed) => PointerVerdict::OnlyPage(missed.clone()),
            None => id.map_or(PointerVerdict::Fine, |missed| PointerVerdict::OnlyPage(missed.clone())),
        }
    }
}

/// The first page of a walk that holds records.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstPage {
    /// True where it holds as many records as were asked for.
    pub(super) is_full: bool,
    /// True where another page follows, whatever says so.
    pub(super) leads_on: bool,
    pub(super) absent: AbsentNext,
}

/// What the pipeline says of a way on that is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AbsentNext {
    /// It is an end.
    IsAnEnd,
    /// Nothing.
    Undeclared,
}

/// What to make of pointers that hit nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PointerVerdict {
    /// There is no need for them here.
    Fine,
    /// The page may be the only one.
    OnlyPage(MissedPointer),
    /// The pipeline is wrong.
    Mistake(MissedPointer),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::read;
    use crate::fakes;

    fn verdict(stream: &str, body: &str, is_full: bool, known: &PointersHit) -> String {
        let page = read(&fakes::stream(stream), body.as_bytes()).unwrap();
        let first = FirstPage { is_full, leads_on: page.cursor.is_some(), absent: AbsentNext::Undeclared };
        let verdict = known.judge(stream, &page, first);
        known.note(stream, &page);
        match verdict {
            PointerVerdict::Fine => "fine".to_owned(),
            PointerVerdict::OnlyPage(missed) => format!("only page: {}", missed.pointer),
            PointerVerdict::Mistake(missed) => format!("mistake: {}", missed.pointer),
        }
    }

    #[test]
    fn what_is_certain_of_a_first_page() {
        let ten = (0..10).map(|n| format!(r#"{{"n": {n}}}"#)).collect::<Vec<_>>().join(",");
        for (stream, body, is_full, expected) in [
            ("windowed", r#"{"data": [{"id": 1}], "cursor": "c"}"#.to_owned(), true, "fine"),
            ("windowed", r#"{"data": [{"id": 1}], "cursor": null}"#.to_owned(), true, "fine"),
            ("windowed", r#"{"data": [{"id": 1}], "next": "c"}"#.to_owned(), true, "mistake: /cursor"),
            ("windowed", r#"{"data": [{"id": 1}], "next": "c"}"#.to_owned(), false, "only page: /cursor"),
            ("windowed", r#"{"data": [{"id": 1}], "Cursor": "c"}"#.to_owned(), false, "mistake: /cursor"),
            ("windowed", r#"{"data": [{"id": 1}], "Cursor": null}"#.to_owned(), false, "only page: /cursor"),
            ("windowed", r#"{"data": []}"#.to_owned(), false, "fine"),
            ("windowed", format!(r#"{{"data": [{ten}], "cursor": "c"}}"#), false, "mistake: /id"),
            ("windowed", r#"{"data": [{"n": 1}], "cursor": "c"}"#.to_owned(), false, "only page: /id"),
            ("windowed", r#"{"data": [{"ID": 1}], "cursor": "c"}"#.to_owned(), false, "mistake: /id"),
            ("windowed", r#"{"data": [{"id": null}], "cursor": "c"}"#.to_owned(), true, "fine"),
            ("linked", r#"{"result": {"items": [1]}}"#.to_owned(), false, "only page: /links/next"),
            ("linked", r#"{"result": {"items": [1]}, "links": {}}"#.to_owned(), true, "mistake: /links/next"),
            // Numbers lead on.
            ("listed", r#"{"data": [{"id": 1}]}"#.to_owned(), true, "fine"),
        ] {
            assert_eq!(verdict(stream, &body, is_full, &PointersHit::default()), expected, "{body}");
        }
    }

    #[test]
    fn what_was_hit_once_is_no_mistake_later() {
        let known = PointersHit::default();
        let last = r#"{"data": [{"id": 1}]}"#;
        assert_eq!(verdict("windowed", last, false, &known), "only page: /cursor");
        assert_eq!(verdict("windowed", r#"{"data": [{"id": 1}], "cursor": "c"}"#, true, &known), "fine");
        assert_eq!(verdict("windowed", last, true, &known), "fine");
    }

    #[test]
    fn a_way_on_that_may_be_left_out_is_an_end() {
        let page = read(&fakes::stream("windowed"), br#"{"data": [{"id": 1}]}"#).unwrap();
        let first = FirstPage { is_full: true, leads_on: false, absent: AbsentNext::IsAnEnd };
        assert_eq!(PointersHit::default().judge("windowed", &page, first), PointerVerdict::Fine);
    }
}
