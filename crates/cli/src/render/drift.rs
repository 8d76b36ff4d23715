//! How the records of a run differ from what is known of them, and what its schemas look for in vain.

use convolake_engine::RunReport;

use super::numbers::{counted, number};

/// Places that are named; the report has all.
const MAX_PLACES: usize = 3;

/// Lines about how records differ from what is known of them.
pub(super) fn lines(report: &RunReport) -> Vec<String> {
    let mismatched: u64 = report.mismatches.iter().map(|field| field.count).sum();
    let n_first = report.changed_types.iter().filter(|field| field.is_first).count();
    let counts = [
        (report.new_fields.len(), "field", "no column; see `extra`"),
        (
            usize::try_from(mismatched).unwrap_or(usize::MAX),
            "value",
            "not the type of the column; see `extra`",
        ),
        (report.vanished_fields.len(), "field", "usual so far, and in no record any more"),
        (n_first, "field", "values of more than one type"),
        (report.changed_types.len() - n_first, "field", "values of a type not met in earlier runs"),
        (report.unknown_words.len(), "word", "new to its column, such as a type of message"),
    ];
    let told = counts.into_iter().filter(|(count, ..)| *count > 0);
    let told = told.map(|(count, one, what)| {
        let counted = counted(u64::try_from(count).unwrap_or(u64::MAX), one);
        format!("{counted}: {what}")
    });
    told.chain(doubled_keys(report))
        .chain(as_text(report))
        .chain(beside_records(report))
        .chain(silent_places(report))
        .collect()
}

/// Keys that stand twice in one object.
fn doubled_keys(report: &RunReport) -> impl Iterator<Item = String> {
    report.doubled_keys.iter().take(MAX_PLACES).map(|key| {
        format!(
            "{}: {} values gave way to another of the same key in the same object, the first on {}; the last one counts, as in most \
             readers of JSON",
            key.field,
            number(key.count),
            key.first,
        )
    })
}

/// Bytes that are no text, and stand in the tables as U+FFFD.
pub(super) fn replaced_characters(report: &RunReport) -> Option<String> {
    let first = report.first_replaced.as_ref()?;
    let remedy = match report.files.is_empty() {
        true => "the landed page has them as they came",
        false => {
            "they are no UTF-8, or half of a surrogate pair; convert a file of another encoding and flatten it again: \
             iconv -f WINDOWS-1252 -t UTF-8 FILE"
        }
    };
    let n = counted(report.replaced_characters, "character");
    Some(format!("{n}: no text, and now U+FFFD, first on {first}; {remedy}"))
}

/// Columns of texts that hold numbers or booleans.
fn as_text(report: &RunReport) -> impl Iterator<Item = String> {
    report.as_text.iter().take(MAX_PLACES).map(|column| {
        format!(
            "{}: {} numbers or booleans stand as they are written, so that 12 and \"12\" are one text",
            column.field,
            number(column.count),
        )
    })
}

/// Fields beside the records that nothing takes.
fn beside_records(report: &RunReport) -> Option<String> {
    let first = report.envelope_fields.first()?;
    let some: Vec<&str> =
        report.envelope_fields.iter().take(MAX_PLACES).map(|field| field.field.as_str()).collect();
    let more = if report.envelope_fields.len() > MAX_PLACES { " and elsewhere" } else { "" };
    Some(format!(
        "{}: no column takes what stands beside its records at {}{more}; `from: page` in the schema does",
        first.stream,
        some.join(", ")
    ))
}

/// Columns and tables that find nothing where they look.
fn silent_places(report: &RunReport) -> impl Iterator<Item = String> {
    let places = &report.silent_places;
    let shown = places.iter().take(MAX_PLACES);
    let more = places.len().saturating_sub(MAX_PLACES);
    let more = (more > 0).then(|| {
        let more = number(u64::try_from(more).unwrap_or(u64::MAX));
        format!("{more} more columns or tables find nothing where they look")
    });
    shown.map(|silent| format!("{}: {}: {}", silent.stream, silent.field, silent.first)).chain(more)
}
