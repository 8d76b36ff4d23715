//! Pages gathered into one batch give what each of them gives alone.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use convolake_model::OnMismatch;
use convolake_transformer::{FlatPage, Flattener, PageInput};
use proptest::prelude::*;

use crate::dice::Dice;
use crate::invented::{Rules, stream};
use crate::property::{choices, config};
use crate::shape::{Shape, page};

/// The batches of all pages as one, and the rows there are at the end of each.
fn joined<'x>(batches: impl Iterator<Item = &'x RecordBatch>) -> (RecordBatch, Vec<usize>) {
    let batches: Vec<&RecordBatch> = batches.collect();
    let ends = batches.iter().scan(0, |end, batch| {
        *end += batch.num_rows();
        Some(*end)
    });
    (concat_batches(&batches[0].schema(), batches.iter().copied()).unwrap(), ends.collect())
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn gathered_pages_are_the_pages(bytes in choices(3000)) {
        let dice = &mut Dice::of(&bytes.0);
        let (stream, _) = stream(dice, Rules::Any);
        let shape = Shape::of(&stream);
        let flattener =
            Flattener::compile(&stream.schema, &stream.tables, &stream.envelope, OnMismatch::Keep).unwrap();
        let params = [("p".to_owned(), "P".to_owned())].into();
        let listed = BTreeMap::new();
        let mut gathered = flattener.gather();
        // What is gathered is taken twice, so that nothing of the first time is left over.
        for _ in 0..2 {
            let mut alone: Vec<FlatPage> = Vec::new();
            for number in 0..=dice.below(4) {
                let mut body = page(dice, &stream, &shape);
                if dice.rarely(25) {
                    let cut = usize::try_from(dice.number()).unwrap() % body.len();
                    body.truncate(cut);
                }
                let name = format!("raw/x#{number}");
                let input = PageInput { body: &body, page: &name, position: 0, params: &params, listed: &listed };
                match (flattener.flatten_into(&input, &mut gathered), flattener.flatten(&input)) {
                    (Ok(notes), Ok(flat)) => {
                        prop_assert_eq!((notes.records, &notes.rejects, &notes.drift), (flat.records, &flat.rejects, &flat.drift));
                        alone.push(flat);
                    }
                    (notes, flat) => prop_assert_eq!(notes.err(), flat.err()),
                }
            }
            prop_assert_eq!(gathered.pages(), alone.len());
            let rows: usize = alone.iter().flat_map(|flat| &flat.tables).map(|flat| flat.rows.num_rows()).sum();
            prop_assert_eq!(gathered.rows(), rows);
            for (at, table) in flattener.take(&mut gathered).unwrap().iter().enumerate() {
                let pages = || alone.iter().map(|flat| &flat.tables[at]);
                prop_assert!(pages().all(|flat| flat.table == table.table));
                if alone.is_empty() {
                    prop_assert_eq!(table.rows.num_rows(), 0);
                    continue;
                }
                let (batch, ends) = joined(pages().map(|flat| &flat.rows));
                prop_assert_eq!(&table.rows, &batch);
                prop_assert_eq!(&table.page_ends, &ends);
                prop_assert!(table.index_in_page.iter().eq(pages().flat_map(|flat| &flat.index_in_page)));
                if let Some(parents) = &table.parents {
                    let pages = || pages().map(|flat| flat.parents.as_ref().unwrap());
                    let (keys, ends) = joined(pages().map(|parents| &parents.keys));
                    prop_assert_eq!(&parents.keys, &keys);
                    prop_assert_eq!(&parents.page_ends, &ends);
                    prop_assert!(parents.index_in_page.iter().eq(pages().flat_map(|parents| &parents.index_in_page)));
                }
            }
        }
    }
}
