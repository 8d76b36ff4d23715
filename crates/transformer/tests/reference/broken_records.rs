//! A record that is no JSON costs only itself.

use arrow_array::RecordBatch;
use convolake_model::OnMismatch;
use convolake_transformer::{FlatPage, Flattener, PageInput, Reject, RejectReason};
use proptest::prelude::*;
use serde_json::value::RawValue;

use crate::compare::compared;
use crate::dice::Dice;
use crate::invented::{Rules, stream};
use crate::levels::keys;
use crate::property::{choices, config};
use crate::repair::repaired;
use crate::schemas::{self, Stream};
use crate::shape::Shape;

/// Put between the characters of a record outside of texts, and inside of them: brackets match as before.
const OUTSIDE: &[&str] =
    &["NaN", "-Infinity", "undefined", ":", "'", "\\", "[]", "{,}", ".5", "\"]\\x\"", "\u{1}"];
const INSIDE: &[&str] = &["\n", "\t", "\u{0}", "\\x", "\\u12"];

/// The record with something in it that is no JSON; `None` where it happens to be JSON all the same.
fn broken(dice: &mut Dice<'_>, record: &str) -> Option<String> {
    let mut places = Vec::new();
    let (mut in_text, mut is_escaped) = (false, false);
    for (at, char) in record.char_indices() {
        if !is_escaped {
            places.push((at, in_text));
        }
        match char {
            _ if is_escaped => is_escaped = false,
            '"' => in_text = !in_text,
            '\\' => is_escaped = true,
            _ => {}
        }
    }
    let (at, in_text) = places[usize::try_from(dice.number()).unwrap() % places.len()];
    let (before, after) = record.split_at(at);
    let broken = format!("{before}{}{after}", dice.pick(if in_text { INSIDE } else { OUTSIDE }));
    let broken = if dice.rarely(5) { "NaN".to_owned() } else { broken };
    serde_json::from_str::<&RawValue>(&broken).is_err().then_some(broken)
}

fn page(stream: &Stream, records: &[String]) -> Vec<u8> {
    let records = format!("[{}]", records.join(" , "));
    let page = keys(&stream.envelope.records).0.iter().rev().fold(records, |inner, key| {
        format!("{{\"cursor\":null,{}:{inner}}}", serde_json::to_string(key).unwrap())
    });
    page.into_bytes()
}

/// The rows of each table, and the keys of its parents.
fn batches(flat: &FlatPage) -> Vec<(&RecordBatch, Option<&RecordBatch>)> {
    let parents = flat.tables.iter().map(|table| table.parents.as_ref().map(|parents| &parents.keys));
    flat.tables.iter().map(|table| &table.rows).zip(parents).collect()
}

/// The records each row and parent is of.
fn indexes(flat: &FlatPage) -> Vec<u32> {
    let parents = flat.tables.iter().filter_map(|table| table.parents.as_ref());
    let parents = parents.flat_map(|parents| &parents.index_in_page);
    flat.tables.iter().flat_map(|table| &table.index_in_page).chain(parents).copied().collect()
}

fn check(dice: &mut Dice<'_>, stream: &Stream) -> Result<(), TestCaseError> {
    let on_mismatch = if dice.rarely(20) { OnMismatch::Quarantine } else { OnMismatch::Keep };
    let shape = Shape::of(stream);
    let good: Vec<String> = (0..dice.below(4)).map(|_| shape.value(dice)).collect();
    let record = shape.value(dice);
    let Some(broken) = broken(dice, &record) else { return Ok(()) };
    let place = dice.below(good.len() + 1);
    let mut with = good.clone();
    with.insert(place, broken.clone());
    let (body, without) = (page(stream, &with), page(stream, &good));
    let fail = |difference| TestCaseError::fail(format!("{difference}\npage {}", body.escape_ascii()));
    compared(stream, &body, on_mismatch).map_err(fail)?;

    let flattener =
        Flattener::compile(&stream.schema, &stream.tables, &stream.envelope, on_mismatch).unwrap();
    let (params, listed) = ([("p".to_owned(), "P".to_owned())].into(), Default::default());
    let flatten = |body| {
        flattener.flatten(&PageInput { body, page: "raw/x#1", position: 0, params: &params, listed: &listed })
    };
    let (with, without) = (flatten(&body).unwrap(), flatten(&without).unwrap());
    let place = u32::try_from(place).unwrap();
    let moved = |index: u32| index + u32::from(index >= place);
    prop_assert_eq!(with.records, without.records + 1);
    prop_assert_eq!(batches(&with), batches(&without));
    prop_assert_eq!(indexes(&with), indexes(&without).into_iter().map(moved).collect::<Vec<_>>());
    let (mine, others): (Vec<Reject>, Vec<Reject>) =
        with.rejects.iter().partition(|reject| reject.index_in_page == place);
    prop_assert_eq!(mine.len(), 1);
    prop_assert_eq!(mine[0].reason, RejectReason::NotJson);
    prop_assert_eq!(repaired(mine[0].text.as_bytes()).0, repaired(broken.as_bytes()).0);
    let said = |reject: Reject| (reject.reason, reject.detail, reject.text);
    let expected = without.rejects.iter().map(|reject| (moved(reject.index_in_page), said(reject)));
    let others = others.into_iter().map(|reject| (reject.index_in_page, said(reject)));
    prop_assert_eq!(others.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn of_any_schema(bytes in choices(3000)) {
        let dice = &mut Dice::of(&bytes.0);
        let (stream, _) = stream(dice, Rules::Any);
        check(dice, &stream)?;
    }

    #[test]
    fn of_exported_conversations(bytes in choices(2000)) {
        check(&mut Dice::of(&bytes.0), &schemas::stream("convocore/export"))?;
    }
}
