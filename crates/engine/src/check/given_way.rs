//! Rows of a page that would give way to another of it: of each key a table holds one row, of each parent one record's.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use convolake_batch::TableBatch;
use convolake_model::{Mapping, Table};
use serde::Serialize;

/// Rows of one table that would give way to another of their page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GaveWaySeen {
    /// The table.
    pub table: String,
    /// Its key.
    pub key_columns: Vec<String>,
    /// How many rows of the page have none of their own there.
    pub rows: u64,
    /// The key of the first.
    pub key: String,
    /// The columns in which it differs from the one it gives way to; empty where that record has no such row.
    pub columns: Vec<String>,
}

impl GaveWaySeen {
    /// Those of one page's rows; `None` where each row stays.
    pub(crate) fn of(rows: &TableBatch, table: &Table, mapping: &Mapping) -> Option<Self> {
        let batch = &rows.rows;
        let keys: Vec<Vec<String>> = (0..batch.num_rows()).map(|row| words(batch, &table.key, row)).collect();
        let parents: Vec<Vec<String>> =
            (0..batch.num_rows()).map(|row| words(batch, &mapping.replace, row)).collect();
        let last_of_key: HashMap<&[String], usize> =
            keys.iter().enumerate().map(|(row, key)| (key.as_slice(), row)).collect();
        let last_record: HashMap<&[String], u32> = parents
            .iter()
            .zip(&rows.index_in_page)
            .map(|(parent, record)| (parent.as_slice(), *record))
            .collect();
        let mut found: Option<Self> = None;
        for row in 0..batch.num_rows() {
            let stays = last_of_key[keys[row].as_slice()];
            let last_record = last_record[parents[row].as_slice()];
            let is_replaced = !mapping.replace.is_empty() && rows.index_in_page[stays] < last_record;
            let columns = if is_replaced { Vec::new() } else { differing(batch, row, stays) };
            if !is_replaced && columns.is_empty() {
                continue;
            }
            let named = table.key.iter().zip(&keys[row]).map(|(column, value)| format!("{column}={value}"));
            let first = || Self {
                table: table.name.clone(),
                key_columns: table.key.clone(),
                rows: 0,
                key: named.collect::<Vec<_>>().join(" "),
                columns,
            };
            found.get_or_insert_with(first).rows += 1;
        }
        found
    }
}

fn differing(batch: &RecordBatch, row: usize, other: usize) -> Vec<String> {
    if row == other {
        return Vec::new();
    }
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let differs = fields.filter(|(_, column)| column.slice(row, 1) != column.slice(other, 1));
    differs.map(|(field, _)| field.name().clone()).collect()
}

/// The cells of some columns, which are texts or whole numbers.
fn words(batch: &RecordBatch, columns: &[String], row: usize) -> Vec<String> {
    let word = |name: &String| {
        let column = batch.column_by_name(name).filter(|column| column.is_valid(row))?;
        let text = || Some(String::from_utf8_lossy(column.as_binary_opt::<i32>()?.value(row)).into_owned());
        let wide = || Some(column.as_primitive_opt::<Int64Type>()?.value(row).to_string());
        let narrow = || Some(column.as_primitive_opt::<Int32Type>()?.value(row).to_string());
        text().or_else(wide).or_else(narrow)
    };
    columns.iter().map(|name| word(name).unwrap_or_else(|| "null".to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use convolake_model::ParamSet;
    use convolake_transformer::PageInput;

    use super::*;
    use crate::Project;

    #[test]
    fn rows_that_would_give_way_are_counted_by_key_and_by_record() {
        let project = Project::load("convocore", &[]).unwrap();
        let stream = &project.pipeline.streams["export"];
        let flattener = project.flattener(stream).unwrap();
        let params = ParamSet::from([("agent_id".to_owned(), "a1".to_owned())]);
        let record = |id: &str, texts: &[&str]| {
            let message = |text: &&str| format!(r#"{{"type":"text","payload":"{text}"}}"#);
            let messages: Vec<String> = texts.iter().map(message).collect();
            format!(
                r#"{{"metadata":{{"ID":"{id}","ts":1735689600}},"turns":[{{"from":"bot","messages":[{}]}}]}}"#,
                messages.join(",")
            )
        };
        for (records, expected) in [
            (vec![record("c1", &["a"]), record("c2", &["b"])], None),
            // What comes twice and is equal is one row.
            (vec![record("c1", &["a", "b"]), record("c1", &["a", "b"])], None),
            (
                vec![record("c1", &["a", "b"]), record("c1", &["c"])],
                Some((2, "0.0", vec!["text", "payload"])),
            ),
            (vec![record("c1", &["a", "b"]), record("c1", &["a"])], Some((1, "0.1", vec![]))),
        ] {
            let body = format!(r#"{{"success":true,"data":[{}]}}"#, records.join(","));
            let input = PageInput {
                body: body.as_bytes(),
                page: "p#1",
                params: &params,
                listed: &BTreeMap::new(),
                position: 0,
            };
            let flat = flattener.flatten(&input).unwrap();
            let rows = flat.tables.iter().find(|table| table.table == "messages").unwrap();
            let mut mappings = project.schemas["export"].mappings.iter();
            let mapping = mappings.find(|mapping| mapping.table == "messages").unwrap();
            let found = GaveWaySeen::of(rows, &project.tables["messages"], mapping);
            let found = found.as_ref().map(|found| {
                let id = found.key.rsplit_once('=').unwrap().1;
                (found.rows, id, found.columns.iter().map(String::as_str).collect::<Vec<_>>())
            });
            assert_eq!(found, expected, "{body}");
        }
    }
}
