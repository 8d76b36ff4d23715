//! Records that declare more rows than they bring: their parents came in part.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BinaryArray};
use convolake_batch::{ParentExtent, TableBatch};
use convolake_model::Stream;

use crate::Project;
use crate::project::declared_counts::declaring_table;

/// Where a stream's records declare how many rows they bring: one record gives both the count and the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeclaredRows {
    /// The table with the count, and the column.
    declaring: (String, String),
    /// The table whose rows are counted.
    counted: String,
    /// Columns of those, and the text that a row which counts holds.
    filter: Vec<(String, String)>,
}

/// A record's place among some pages: the page, and the index of the record on it.
type Place = (usize, u32);

impl DeclaredRows {
    /// `None` where a stream's records declare nothing, or what other records bring.
    pub(crate) fn of(project: &Project, stream: &Stream) -> Option<Self> {
        let (declares, schema) = (stream.declares.as_ref()?, project.schemas.get(&stream.name)?);
        let declaring = declaring_table(schema, declares)?;
        schema.mappings.iter().find(|mapping| mapping.table == declares.rows)?;
        let filter = declares.filter.iter().map(|(column, text)| (column.clone(), text.clone()));
        Some(Self {
            declaring: (declaring.to_owned(), declares.column.clone()),
            counted: declares.rows.clone(),
            filter: filter.collect(),
        })
    }

    /// Marks the parents whose record declares more rows than it brings, in all tables of the same pages, beside those that are marked.
    pub(crate) fn mark_parts(&self, tables: &mut [TableBatch]) {
        let parts = self.parts(tables);
        if parts.is_empty() {
            return;
        }
        for parents in tables.iter_mut().filter_map(|table| table.parents.as_mut()) {
            let places = places(&parents.index_in_page, &parents.page_ends);
            let known = parents.extents.iter().copied().chain(std::iter::repeat(ParentExtent::Whole));
            let extent = |(place, known): (Place, ParentExtent)| match parts.binary_search(&place) {
                Ok(_) => ParentExtent::Part,
                Err(_) => known,
            };
            parents.extents = places.zip(known).map(extent).collect();
        }
    }

    /// The records that declare more rows than they bring, in order.
    fn parts(&self, tables: &[TableBatch]) -> Vec<Place> {
        let table = |name: &str| tables.iter().find(|table| table.table == name);
        let (Some(declaring), Some(counted)) = (table(&self.declaring.0), table(&self.counted)) else {
            return Vec::new();
        };
        let Some(declared) = declaring.rows.column_by_name(&self.declaring.1).and_then(numbers) else {
            return Vec::new();
        };
        let brought = self.brought(counted);
        let places = places(&declaring.index_in_page, &declaring.page_ends);
        let is_part = |(place, declared): (Place, Option<i64>)| {
            let found = brought.binary_search_by_key(&place, |(other, _)| *other);
            let n_rows = found.map_or(0, |at| brought[at].1);
            (declared? > n_rows).then_some(place)
        };
        let mut parts: Vec<Place> = places.zip(declared).filter_map(is_part).collect();
        parts.sort_unstable();
        parts
    }

    /// How many rows each record brings of those that count, in the order of the records.
    fn brought(&self, counted: &TableBatch) -> Vec<(Place, i64)> {
        let texts = |name: &str| counted.rows.column_by_name(name)?.as_binary_opt::<i32>();
        let filter = self.filter.iter().filter_map(|(name, text)| Some((texts(name)?, text.as_str())));
        let filter: Vec<(&BinaryArray, &str)> = filter.collect();
        let counts = |row: usize| {
            filter.iter().all(|(texts, text)| texts.is_valid(row) && texts.value(row) == text.as_bytes())
        };
        let mut brought: Vec<(Place, i64)> = Vec::new();
        for (row, place) in places(&counted.index_in_page, &counted.page_ends).enumerate() {
            if !counts(row) {
                continue;
            }
            match brought.last_mut() {
                Some((last, n_rows)) if *last == place => *n_rows += 1,
                _ => brought.push((place, 1)),
            }
        }
        brought.sort_unstable_by_key(|(place, _)| *place);
        brought
    }
}

/// The place of each row, or parent.
fn places(index_in_page: &[u32], page_ends: &[usize]) -> impl Iterator<Item = Place> {
    let begins = std::iter::once(0).chain(page_ends.iter().copied());
    let pages = begins.zip(page_ends).enumerate();
    let pages = pages.flat_map(|(page, (begin, end))| std::iter::repeat_n(page, end - begin));
    pages.zip(index_in_page.iter().copied())
}

/// Whole numbers, whatever their width; `None` for a column of anything else.
fn numbers(column: &ArrayRef) -> Option<Vec<Option<i64>>> {
    let wide = || Some(column.as_primitive_opt::<Int64Type>()?.iter().collect());
    let narrow =
        || Some(column.as_primitive_opt::<Int32Type>()?.iter().map(|at| at.map(i64::from)).collect());
    wide().or_else(narrow)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use convolake_model::ParamSet;
    use convolake_transformer::PageInput;

    use super::*;

    /// Two pages; what each of their records declares, and how many messages it brings.
    #[test]
    fn a_record_that_declares_more_than_it_brings_comes_in_part() {
        let project = Project::load("convocore", &[]).unwrap();
        let export = &project.pipeline.streams["export"];
        let declared_rows = DeclaredRows::of(&project, export).unwrap();
        let flattener = project.flattener(export).unwrap();
        let params = ParamSet::from([("agent_id".to_owned(), "a1".to_owned())]);
        let record = |id: &str, declared: &str, n_messages: usize| {
            let message = r#"{"type":"text","payload":"x","ts":"2025-01-01T00:00:00"}"#;
            let messages = vec![message; n_messages].join(",");
            format!(
                r#"{{"metadata":{{"ID":"{id}","ts":1735689600{declared}}},"turns":[{{"from":"bot","messages":[{messages}]}}]}}"#
            )
        };
        let page = |records: &[String]| format!(r#"{{"success":true,"data":[{}]}}"#, records.join(","));
        let mut gathered = flattener.gather();
        for (number, body) in [
            page(&[record("whole", r#","messagesNum":2"#, 2), record("part", r#","messagesNum":6"#, 2)]),
            page(&[
                record("none", r#","messagesNum":1"#, 0),
                record("silent", "", 1),
                record("over", r#","messagesNum":1"#, 3),
            ]),
        ]
        .iter()
        .enumerate()
        {
            let page = format!("p{number}#1");
            let input = PageInput {
                body: body.as_bytes(),
                page: &page,
                params: &params,
                listed: &BTreeMap::new(),
                position: 0,
            };
            flattener.flatten_into(&input, &mut gathered).unwrap();
        }
        let mut tables = flattener.take(&mut gathered).unwrap();
        declared_rows.mark_parts(&mut tables);
        use ParentExtent::{Part, Whole};
        for table in &tables {
            match (table.table.as_str(), &table.parents) {
                ("turns" | "messages", Some(parents)) => {
                    assert_eq!(parents.extents, [Whole, Part, Part, Whole, Whole], "{}", table.table);
                }
                (name, parents) => assert!(name == "conversations" && parents.is_none(), "{name}"),
            }
        }
    }

    #[test]
    fn what_other_records_bring_says_nothing_of_one() {
        let project = Project::load("agentx", &[]).unwrap();
        for stream in project.pipeline.streams.values() {
            assert_eq!(DeclaredRows::of(&project, stream), None, "{}", stream.name);
        }
    }
}
