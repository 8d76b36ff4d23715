//! A page of a stream, pulled and flattened, and nothing of it kept.

use std::collections::BTreeMap;

use convolake_extractor::{Clock, Extractor, OddEnd, Page, Slice};
use convolake_model::{ParamSet, Stream};
use convolake_transformer::{Flattener, PageInput};
use jiff::Timestamp;

use crate::check::given_way::GaveWaySeen;
use crate::check::report::{Finding, Level, RejectSeen, StreamCheck, Subject};
use crate::error::{param_names, with_params};
use crate::numbers::count;
use crate::source::probe::{Probe, first_ids, probe, recent_slice};
use crate::{Outcome, Project, with_causes};

/// Rejects that are shown with their reason.
const MAX_REJECTS: usize = 5;

/// Asks for a page of a stream; where its newest window is empty, or shows no way to a next page, for the first page of all, which
/// may lead on.
pub(crate) async fn probe_newest(
    extractor: &Extractor,
    clock: &dyn Clock,
    stream: &Stream,
    params: &ParamSet,
    begin: Timestamp,
) -> Probe {
    let now = clock.now();
    let newest = probe(extractor, clock, stream, params, recent_slice(stream, begin, now)).await;
    let is_empty = newest.page.as_ref().is_ok_and(|page| page.record_count == 0);
    let leads_nowhere = matches!(newest.odd_end, Some(OddEnd::PointerMissed(_)));
    match stream.windows.is_some() && (is_empty || leads_nowhere) && begin < now {
        true => probe(extractor, clock, stream, params, Slice::Window { from: begin, until: now }).await,
        false => newest,
    }
}

/// Asks a stream that is asked by ids alone for the first ids of its list's page; `None` where there are none.
pub(crate) async fn probe_listed(
    extractor: &Extractor,
    clock: &dyn Clock,
    stream: &Stream,
    params: &ParamSet,
    list: &Probe,
) -> Option<Probe> {
    let slice = first_ids(stream, list.page.as_ref().ok()?)?;
    Some(probe(extractor, clock, stream, params, slice).await)
}

/// What is told of a stream that is asked by ids alone, where its list gives none.
pub(crate) fn nothing_listed(stream: &Stream, params: &ParamSet) -> Finding {
    let name = [stream.name.as_str(), &param_names(params)].join(" ").trim_end().to_owned();
    let list = stream.changed.as_ref().map(|changed| changed.list.as_str()).unwrap_or_default();
    let message = format!("{name}: was not asked, since the page of {list} shows no id to ask for");
    Finding::warning(Subject::Source, message, "is there anything to export? are the params right?")
}

/// Flattens the page of a probe: what a run would make of it, and whether it is as it should be.
pub(crate) fn check_page(
    project: &Project,
    stream: &Stream,
    params: &ParamSet,
    probed: &Probe,
) -> (StreamCheck, Finding) {
    let mut check = StreamCheck {
        stream: stream.name.clone(),
        params: params.clone(),
        slice: probed.slice.to_json(),
        error: None,
        bytes: 0,
        seconds: probed.seconds,
        records: 0,
        rows: BTreeMap::new(),
        rejected: 0,
        rejects: Vec::new(),
        new_fields: Vec::new(),
        mismatches: Vec::new(),
        unknown_words: Vec::new(),
        gave_way: Vec::new(),
    };
    let name = [stream.name.as_str(), &param_names(params)].join(" ").trim_end().to_owned();
    let read = match &probed.page {
        Err(error) => Err((probed.outcome(), with_params(&with_causes(error, ": "), params))),
        Ok(page) => match project.flattener(stream) {
            Err(error) => Err((error.outcome(), with_causes(&error, ": "))),
            Ok(flattener) => flatten(project, &flattener, params, page, &mut check)
                .map_err(|message| (Outcome::Failed, format!("{name}: the page does not read: {message}"))),
        },
    };
    let result = match read {
        Ok(()) => way_on(stream, &name, probed).unwrap_or_else(|| finding(project, &name, &check)),
        Err((outcome, message)) => {
            check.error = Some(message.clone());
            let hint = (outcome == Outcome::Unavailable)
                .then(|| format!("try again later; is {} the right base_url?", stream.base_url));
            Finding::error(Subject::Source, outcome, message, hint)
        }
    };
    (check, result)
}

/// What is wrong with the way to further pages, or with a part of the page; `None` where nothing is.
fn way_on(stream: &Stream, name: &str, probed: &Probe) -> Option<Finding> {
    if let Some(fault) = &probed.fault {
        return Some(Finding::error(Subject::Source, probed.outcome(), with_causes(fault, ": "), None));
    }
    if let Some(OddEnd::Full) = probed.odd_end {
        let pages = &stream.pages;
        let names_none = pages.cursor.is_none() && pages.next_link.is_none() && pages.numbered.is_none();
        let hint = "name the way under `pages`: `number`, `cursor` with `param`, or `next_link`";
        return Some(match names_none {
            true => Finding::error(
                Subject::Source,
                Outcome::Misconfigured,
                format!("{name}: the first page is full, and the pipeline names no way to a second one"),
                Some(hint.to_owned()),
            ),
            false => Finding::warning(
                Subject::Source,
                format!("{name}: the first page is full, and leads to no second one"),
                "are these all records there are? else name the way on under `pages`",
            ),
        });
    }
    if let Some(end @ OddEnd::PointerMissed(_)) = &probed.odd_end {
        return Some(only_page(name, probed.page.as_ref().map_or(0, |page| page.record_count), end));
    }
    let partial = probed.page.as_ref().ok()?.partial.as_ref()?;
    let words = partial.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    Some(Finding::warning(
        Subject::Source,
        format!("{name}: {} errors stand beside the records ({}{words})", partial.n_errors, partial.sign),
        "a part may be missing; where such pages are no good, name the sign under `failed`",
    ))
}

/// What to make of a page whose way on stands nowhere: it may be the only one, but hardly where it holds a round number of records.
fn only_page(name: &str, n_records: usize, end: &OddEnd) -> Finding {
    /// Pages of a multiple of so many records are mostly full ones.
    const ROUND: usize = 10;
    let message = format!("{name}: {n_records} records on a page, and none after it: {end}");
    let hint = "do more records exist? then name under `pages` where the answer leads on";
    match n_records > 0 && n_records.is_multiple_of(ROUND) {
        true => Finding::error(Subject::Source, Outcome::Failed, message, Some(hint.to_owned())),
        false => Finding::warning(Subject::Source, message, hint),
    }
}

fn flatten(
    project: &Project,
    flattener: &Flattener,
    params: &ParamSet,
    page: &Page,
    check: &mut StreamCheck,
) -> Result<(), String> {
    let input =
        PageInput { body: &page.body, page: "check#1", position: 0, params, listed: &BTreeMap::new() };
    check.bytes = count(page.body.len());
    let flat = flattener.flatten(&input).map_err(|error| with_causes(&error, ": "))?;
    check.records = u64::from(flat.records);
    let mappings =
        project.schemas.get(&check.stream).map(|schema| schema.mappings.as_slice()).unwrap_or_default();
    let gave_way = flat.tables.iter().filter_map(|rows| {
        let mapping = mappings.iter().find(|mapping| mapping.table == rows.table)?;
        GaveWaySeen::of(rows, project.tables.get(&rows.table)?, mapping)
    });
    check.gave_way = gave_way.collect();
    check.rows =
        flat.tables.iter().map(|table| (table.table.clone(), count(table.rows.num_rows()))).collect();
    check.rejected = count(flat.rejects.len());
    let rejects = flat.rejects.iter().take(MAX_REJECTS).map(|reject| RejectSeen {
        reason: format!("{}: {}", reject.reason.code(), reject.detail),
        pointer: reject.pointer,
    });
    check.rejects = rejects.collect();
    check.new_fields = flat.drift.new_fields.into_keys().collect();
    let mismatches = flat.drift.mismatches.into_keys();
    check.mismatches = mismatches.map(|(table, column)| format!("{table}.{column}")).collect();
    let words = flat.drift.unknown_words.into_keys();
    check.unknown_words = words.map(|(table, column, word)| format!("{table}.{column}: {word}")).collect();
    Ok(())
}

/// Sums up a page that was flattened.
fn finding(project: &Project, name: &str, check: &StreamCheck) -> Finding {
    let rows: Vec<String> =
        check.rows.iter().map(|(table, rows)| format!("{rows} rows of {table}")).collect();
    let gives = format!("{name}: {} records on a page give {}", check.records, rows.join(", "));
    let aside = |what: &str, number: usize| (number > 0).then(|| format!("{number} {what}"));
    let asides = [
        aside("fields have no column and stand in `extra`", check.new_fields.len()),
        aside("columns do not fit some values, which stand in `extra`", check.mismatches.len()),
        aside("words are new", check.unknown_words.len()),
    ];
    let asides: Vec<String> = asides.into_iter().flatten().collect();
    let message = [vec![gives], asides].concat().join("; ");
    if check.records == 0 {
        let hint = "is there anything to export? are the params right?";
        return Finding::warning(Subject::Source, format!("{name}: the source has no records"), hint);
    }
    if let (Some(first), true) = (check.gave_way.first(), check.rejects.is_empty()) {
        let differ = match first.columns.as_slice() {
            [] => "a later record of its parent has no such row".to_owned(),
            columns => format!("they differ in {}", columns.join(", ")),
        };
        return Finding::warning(
            Subject::Source,
            format!(
                "{message}; {} rows of {} would give way to others of the page, as {}: {differ}",
                first.rows, first.table, first.key
            ),
            format!(
                "a table holds one row of a key; if each of them counts, ({}) is too narrow a key of {}",
                first.key_columns.join(", "),
                first.table
            ),
        );
    }
    match check.rejects.first() {
        None => Finding { level: Level::Ok, ..Finding::ok(Subject::Source, message) },
        Some(first) => Finding::warning(
            Subject::Source,
            format!(
                "{message}; {} would be quarantined, first {} ({})",
                check.rejected, first.pointer, first.reason
            ),
            format!(
                "a run then ends with exit code 65 (max_quarantined is {})",
                project.pipeline.max_quarantined
            ),
        ),
    }
}
