//! Batches in halves, by table.

use std::collections::BTreeSet;

use convolake_extractor::{AttemptError, StopReason, TransportError, TransportFault};

use super::BatchBlame::{Likely, Possible};
use super::*;

fn batch(ids: std::ops::Range<usize>) -> Slice {
    Slice::Ids(ids.map(|id| id.to_string()).collect())
}

fn ids(slice: &Slice) -> BTreeSet<usize> {
    let Slice::Ids(ids) = slice else { panic!("{slice:?}") };
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

/// An error that speaks so of a batch.
fn failed(blame: BatchBlame) -> ExtractError {
    let (stream, url) = ("s".to_owned(), "u".to_owned());
    match blame {
        BatchBlame::Likely => {
            let source = TransportError::new(TransportFault::TooLarge { limit_bytes: 1 });
            ExtractError::Transport { stream, url, source }
        }
        BatchBlame::Possible => {
            let source = AttemptError::Transport(TransportError::new(TransportFault::Timeout));
            ExtractError::Unavailable { stream, url, attempts: 1, source }
        }
    }
}

/// Plays a source that turns down each batch with one of these ids; gives the parts, and how many were asked for.
fn play(
    whole: Slice,
    dead: &[usize],
    blame: BatchBlame,
    stream_gave: bool,
) -> (Vec<(Slice, SliceEnd)>, usize) {
    let mut n_asked = 0;
    let mut ask = |slice: &Slice| {
        n_asked += 1;
        match dead.iter().any(|id| ids(slice).contains(id)) {
            true => SliceEnd::Stopped { error: failed(blame), is_begun: false },
            false => SliceEnd::Through { unanswered: Vec::new(), odd_end: None },
        }
    };
    let mut halving = Halving::default();
    let end = ask(&whole);
    halving.add(whole, end);
    while let Some((whole, [first, second])) = halving.next() {
        let ends = [ask(&first), ask(&second)];
        let [first_end, second_end] = ends;
        halving.add_halves(whole, [(first, first_end), (second, second_end)]);
    }
    (halving.judged(stream_gave), n_asked)
}

#[test]
fn a_bad_id_is_found_with_few_requests_and_the_others_come() {
    for (n_ids, dead, blame, n_asked_max) in [
        (20, &[][..], Likely, 1),
        (20, &[3], Likely, 1 + 2 * 5),
        (20, &[19], Possible, 1 + 2 * 5),
        (20, &[3, 17], Likely, 1 + 2 * 2 * 5),
        (100, &[50], Likely, 1 + 2 * 7),
        (2, &[1], Likely, 3),
    ] {
        let (parts, n_asked) = play(batch(0..n_ids), dead, blame, false);
        let of = |is_wanted: fn(&SliceEnd) -> bool| -> BTreeSet<usize> {
            parts.iter().filter(|(_, end)| is_wanted(end)).flat_map(|(slice, _)| ids(slice)).collect()
        };
        let case = format!("{n_ids}, {dead:?}, {blame:?}: {parts:?}");
        let dead: BTreeSet<usize> = dead.iter().copied().collect();
        assert_eq!(of(|end| matches!(end, SliceEnd::Rejected { .. })), dead, "{case}");
        let came = of(|end| matches!(end, SliceEnd::Through { .. }));
        assert_eq!(came, (0..n_ids).filter(|id| !dead.contains(id)).collect(), "{case}");
        assert!(n_asked <= n_asked_max, "{n_asked} requests; {case}");
    }
}

#[test]
fn a_source_that_turns_everything_down_is_not_asked_for_each_id() {
    let all: Vec<usize> = (0..20).collect();
    // A refusal that may be the source's is met by both halves, down to two ids.
    let (parts, n_asked) = play(batch(0..20), &all, Possible, true);
    assert_eq!((parts.len(), n_asked), (2, 11));
    let is_left = |end: &SliceEnd| matches!(end, SliceEnd::Stopped { .. } | SliceEnd::Doubted { .. });
    assert!(parts.iter().all(|(_, end)| is_left(end)), "{parts:?}");
    // Nothing else came either.
    let (parts, n_asked) = play(batch(0..20), &all, Likely, false);
    assert_eq!((parts.len(), n_asked), (20, 39));
    assert!(parts.iter().all(|(_, end)| matches!(end, SliceEnd::Stopped { .. })), "{parts:?}");
}

#[test]
fn what_no_id_is_at_fault_for_ends_the_halving() {
    let stopped = ExtractError::Stopped { stream: "s".to_owned(), reason: StopReason::Requests };
    let mut halving = Halving::default();
    halving.add(batch(0..4), SliceEnd::Stopped { error: failed(Likely), is_begun: false });
    halving.add(batch(4..8), SliceEnd::Stopped { error: stopped, is_begun: true });
    assert!(halving.next().is_none());
    let parts = halving.judged(true);
    assert!(matches!(parts[..], [(_, SliceEnd::Stopped { is_begun: true, .. })]), "{parts:?}");
}

#[test]
fn an_id_that_failed_alone_is_judged_by_what_came_beside_it() {
    for (blame, batch_gave, stream_gave, is_lone, expected) in [
        (Likely, true, true, false, Verdict::Rejected),
        (Possible, true, true, false, Verdict::Rejected),
        (Likely, false, true, false, Verdict::Rejected),
        (Likely, false, true, true, Verdict::Rejected),
        (Possible, false, true, true, Verdict::Doubted),
        (Likely, false, false, true, Verdict::Doubted),
        (Likely, false, false, false, Verdict::Stopped),
        (Possible, false, false, true, Verdict::Stopped),
    ] {
        let evidence = Evidence { batch_gave, stream_gave, is_lone };
        assert_eq!(verdict(blame, evidence), expected, "{blame:?}, {evidence:?}");
    }
}

#[test]
fn where_few_ids_are_answered_the_others_are_asked_for_anew() {
    let names = |ids: std::ops::Range<usize>| ids.map(|id| id.to_string()).collect::<Vec<String>>();
    for (n_ids, n_answered, is_few) in [
        (20, 1, true),
        (20, 5, true),
        (20, 9, true),
        (20, 10, false),
        (20, 17, false),
        (20, 0, false),
        (3, 1, true),
        (2, 1, false),
    ] {
        let end = SliceEnd::Through { unanswered: names(n_answered..n_ids), odd_end: None };
        let expected = is_few.then(|| (batch(0..n_answered), batch(n_answered..n_ids)));
        assert_eq!(few_answered(&batch(0..n_ids), &end), expected, "{n_answered} of {n_ids}");
    }
    let through = SliceEnd::Through { unanswered: Vec::new(), odd_end: None };
    assert_eq!(few_answered(&Slice::Whole, &through), None);
}
