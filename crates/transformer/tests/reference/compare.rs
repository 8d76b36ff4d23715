//! The flattener's page beside the reference's, cell by cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use convolake_batch::ParentExtent;
use convolake_model::OnMismatch;
use convolake_transformer::{
    Drift, FlatPage, Flattener, PageInput, Reject, RejectReason, Rejects, UnreadablePage,
};

use crate::cells::Cell;
use crate::flattening::flatten;
use crate::json::Json;
use crate::leftover::Extra;
use crate::repair::repaired;
use crate::rows::{Flat, Rejected, Row, Unreadable};
use crate::schemas::Stream;
use crate::wide_numbers::numbers_again;

/// Flattens a page both ways; what differs first, if anything does. Gives the flattener's page back.
pub(crate) fn compared(
    stream: &Stream,
    body: &[u8],
    on_mismatch: OnMismatch,
) -> Result<Option<FlatPage>, String> {
    let params = ["agent_id", "bot_name", "p"].map(|name| (name.to_owned(), format!("the {name}"))).into();
    let listed = ["id-0", "id-2", "x"].map(|id| (id.to_owned(), format!("hash of {id}"))).into();
    let input = PageInput { body, page: "raw/x#1", position: 0, params: &params, listed: &listed };
    let flattener = Flattener::compile(&stream.schema, &stream.tables, &stream.envelope, on_mismatch)
        .map_err(|error| error.to_string())?;
    match (flattener.flatten(&input), flatten(stream, on_mismatch, &input)) {
        (Ok(found), Ok(expected)) => difference(&found, &expected).map_or(Ok(Some(found)), Err),
        (Err(found), Err(expected)) if is_same_error(&found, &expected) => Ok(None),
        (found, expected) => Err(format!("found {:?}, expected {:?}", found.map(drop), expected.map(drop))),
    }
}

fn is_same_error(found: &UnreadablePage, expected: &Unreadable) -> bool {
    match (found, expected) {
        (UnreadablePage::Syntax { .. }, Unreadable::Syntax)
        | (UnreadablePage::NoRecords { .. }, Unreadable::NoRecords) => true,
        (UnreadablePage::Failed { message }, Unreadable::Failed(expected)) => {
            expected.as_ref().is_none_or(|expected| expected == message)
        }
        _ => false,
    }
}

fn extents(table: &str, found: &[ParentExtent], expected: &[ParentExtent]) -> Option<String> {
    let is_same = match found.is_empty() {
        true => expected.iter().all(|extent| *extent == ParentExtent::Whole),
        false => found == expected,
    };
    (!is_same).then(|| format!("extents in {table}: {found:?}, expected {expected:?}"))
}

fn difference(found: &FlatPage, expected: &Flat) -> Option<String> {
    let all_extents = &expected.extents;
    let names: Vec<&str> = found.tables.iter().map(|flat| flat.table.as_str()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    if !sorted.iter().eq(expected.rows.keys()) {
        return Some(format!("tables {names:?}"));
    }
    let of_rejects = || rejects(&found.rejects, &expected.rejects);
    let of_tables = || {
        found.tables.iter().find_map(|flat| {
            let name = flat.table.as_str();
            let of_rows = rows(name, &flat.rows, &flat.index_in_page, &expected.rows[name]);
            of_rows.or_else(|| match (&flat.parents, expected.parents.get(name)) {
                (None, None) => None,
                (Some(found), Some(expected)) => {
                    rows(&format!("parents of {name}"), &found.keys, &found.index_in_page, expected)
                        .or_else(|| extents(name, &found.extents, &all_extents[name]))
                }
                _ => Some(format!("parents of {name}")),
            })
        })
    };
    let of_records = || {
        let (found, expected) = (found.records, expected.records);
        (found != expected).then(|| format!("{found} records, expected {expected}"))
    };
    of_rejects().or_else(of_tables).or_else(of_records).or_else(|| drift(&found.drift, expected))
}

fn rejects(found: &Rejects, expected: &[Rejected]) -> Option<String> {
    // What of a block that stands twice lacks something is nobody's concern: the record is rejected.
    let is_twice = |index: u32| {
        let mut of_record = expected.iter().filter(|reject| reject.index_in_page == index);
        of_record.any(|reject| reject.reason == RejectReason::DuplicateKey)
    };
    let counts = |index, reason| reason == RejectReason::DuplicateKey || !is_twice(index);
    let mut found: Vec<Reject> =
        found.iter().filter(|reject| counts(reject.index_in_page, reject.reason)).collect();
    found.sort_by_key(|reject| (reject.index_in_page, reject.pointer.clone()));
    let mut expected: Vec<&Rejected> =
        expected.iter().filter(|reject| counts(reject.index_in_page, reject.reason)).collect();
    expected.sort_by_key(|reject| (reject.index_in_page, reject.pointer.clone()));
    let is_same = |(found, expected): (&Reject, &&Rejected)| {
        // A required column may have a value, and one that does not fit.
        let reason = match expected.reason {
            RejectReason::MissingRequired if found.detail.contains(" is required, and ") => {
                RejectReason::Mismatch
            }
            reason => reason,
        };
        // The text is as it came; what is read has stand-ins for what is no text.
        let text = repaired(found.text.as_bytes()).0;
        (found.reason, &found.pointer, found.index_in_page, &text)
            == (reason, &expected.pointer, expected.index_in_page, &expected.text)
            && (expected.details.is_empty() || expected.details.contains(&found.detail))
    };
    let is_all_same = found.len() == expected.len() && found.iter().zip(&expected).all(is_same);
    (!is_all_same).then(|| format!("rejects {found:#?}\nexpected {expected:#?}"))
}

fn rows(table: &str, batch: &RecordBatch, index_in_page: &[u32], expected: &[Row]) -> Option<String> {
    if batch.num_rows() != expected.len() {
        return Some(format!("{table}: {} rows, expected {}", batch.num_rows(), expected.len()));
    }
    if !index_in_page.iter().eq(expected.iter().map(|row| &row.index_in_page)) {
        return Some(format!("{table}: index_in_page {index_in_page:?}"));
    }
    expected.iter().enumerate().find_map(|(at, row)| {
        assert_eq!(row.cells.len(), batch.num_columns(), "{table}: columns");
        let schema = batch.schema();
        let cells = row.cells.iter().zip(batch.columns()).zip(schema.fields());
        cells.into_iter().find_map(|((expected, column), field)| {
            let place = format!("{table} row {at} (record {}) {}", row.index_in_page, field.name());
            cell(&place, found(column, at), expected)
        })
    })
}

fn cell(place: &str, found: Cell, expected: &Cell) -> Option<String> {
    match (expected, &found) {
        (Cell::Extra(extra), Cell::Text(text)) => {
            let is_readable = extra.is_verbatim() || serde_json::from_str::<serde_json::Value>(text).is_ok();
            if !is_readable {
                return Some(format!("{place}: readers refuse {text}"));
            }
            let text = numbers_again(text);
            let found = Json::parse(&text).unwrap_or_else(|| panic!("{place}: no JSON: {text}"));
            extra.difference(Some(&found), place)
        }
        (Cell::Extra(Extra::Nothing), Cell::Null) => None,
        _ if *expected == found => None,
        _ => Some(format!("{place}: found {found:?}, expected {expected:?}")),
    }
}

/// The cell of a column.
pub(crate) fn found(column: &dyn Array, row: usize) -> Cell {
    if column.is_null(row) {
        return Cell::Null;
    }
    match column.data_type() {
        DataType::Binary => {
            // Whoever takes a batch takes it for granted that texts are UTF-8.
            Cell::Text(str::from_utf8(column.as_binary::<i32>().value(row)).unwrap().to_owned())
        }
        DataType::Int32 => Cell::Whole(column.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Cell::Whole(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Cell::Double(column.as_primitive::<Float64Type>().value(row).to_bits()),
        DataType::Boolean => Cell::Bool(column.as_boolean().value(row)),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => {
            Cell::Instant(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        DataType::Date32 => Cell::Day(column.as_primitive::<Date32Type>().value(row)),
        DataType::List(_) => {
            let texts = column.as_list::<i32>().value(row);
            Cell::List(texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect())
        }
        other => panic!("a column of type {other}"),
    }
}

fn drift(found: &Drift, expected: &Flat) -> Option<String> {
    if found.replaced_characters != expected.replaced_characters {
        return Some(format!(
            "{} mended, expected {}",
            found.replaced_characters, expected.replaced_characters
        ));
    }
    if expected.rejects.iter().any(|reject| reject.reason == RejectReason::NotJson) {
        // How much of a record that is no JSON is counted is nobody's concern.
        return None;
    }
    let met = |(count, first): &(u64, u32)| (*count, format!("raw/x#1 record {first}"));
    let new_fields = differing(
        found.new_fields.iter().map(|(place, drift)| (place.clone(), (drift.count, drift.first.to_string()))),
        expected.new_fields.iter().map(|(place, count)| (place.clone(), met(count))),
    );
    if let Some(difference) = new_fields {
        return Some(format!("new fields: {difference}"));
    }
    if expected.rejects.iter().any(|reject| reject.reason == RejectReason::DuplicateKey) {
        // What of a block that stands twice is counted is nobody's concern.
        return None;
    }
    let mismatches = differing(
        found
            .mismatches
            .iter()
            .map(|(column, drift)| (column.clone(), (drift.count, drift.first.to_string()))),
        expected.mismatches.iter().map(|(column, count)| (column.clone(), met(count))),
    );
    mismatches.map(|difference| format!("mismatches: {difference}"))
}

/// The entries that are not the same on both sides.
fn differing<K: Ord + Debug, V: Eq + Debug>(
    found: impl Iterator<Item = (K, V)>,
    expected: impl Iterator<Item = (K, V)>,
) -> Option<String> {
    let (found, expected): (BTreeMap<K, V>, BTreeMap<K, V>) = (found.collect(), expected.collect());
    let keys: BTreeSet<&K> = found.keys().chain(expected.keys()).collect();
    let differs = |key: &&K| found.get(*key) != expected.get(*key);
    let lines: Vec<String> = (keys.into_iter().filter(differs))
        .map(|key| format!("{key:?} {:?}, expected {:?}", found.get(key), expected.get(key)))
        .collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}
