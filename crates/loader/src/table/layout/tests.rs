//! The built-in tables' layouts: what lakes that were written before rest on, which is not to change.

use std::path::Path;

use super::*;

/// A built-in table.
pub(crate) fn built_in(name: &str) -> Table {
    // Asked for when it runs, as checkouts may share a build folder.
    let crate_folder =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let path = Path::new(&crate_folder).join(format!("../../schemas/tables/{name}.yaml"));
    Table::parse(name, name, &std::fs::read_to_string(path).unwrap()).unwrap()
}

/// For each table the hash of its schema by days and by months, and what the index of its files is keyed by: alone, and where
/// parents' rows are replaced.
const BUILT_IN: [(&str, [&str; 2]); 4] = [
    (
        "conversations",
        [
            "6c9f8f069b91a3e4c4bb864e02e04cdb64fdeb4b41120386ba3123390ba5ec24",
            "d72ba65e2d72e0620e7326a206acc76a8eb26ff698f6fd1d8050cb6d1c737ec1",
        ],
    ),
    (
        "leads",
        [
            "31f2058ada36722ca2ef02e761a6ad7f316c6577b1c8ab1f952a9a1a74e85fd9",
            "818a2568f1a9e06f443ffd2041055ce7100c3b20e0efb2879e48a4f791035602",
        ],
    ),
    (
        "messages",
        [
            "5471eda9566b258338b2fcc40883ac6b8298a828a81b4ece4bcc1e8c90dc7ae0",
            "89c0f751c6935d7772bc6c8e17c3254ff768142df1d9cf9e0f78ddacca37358b",
        ],
    ),
    (
        "turns",
        [
            "acc7846e29c55bbee1fbb75dc9c2fdef4b904dc04ef30a2b21323157877b28f1",
            "ccd0f1c293b9a5ae937c24c5502163cd3b8165469920da70bfee70d2787a9b0e",
        ],
    ),
];
const KINDS: [PartitionBy; 2] = [PartitionBy::Day, PartitionBy::Month];

#[test]
fn built_in_tables_are_known_again_and_indexed_by_conversation() {
    let conversation = ["agent_id", "conversation_id"].map(str::to_owned);
    for (name, hashes) in BUILT_IN {
        let table = built_in(name);
        for (replace, (by, hash)) in [&[][..], &conversation]
            .into_iter()
            .flat_map(|replace| KINDS.into_iter().zip(hashes).map(move |kind| (replace, kind)))
        {
            let layout = TableLayout::new(&table, replace, 7, by).unwrap();
            assert_eq!(layout.hash, hash, "{name} {by:?}");
            let names = |columns: &[usize], schema: &SchemaRef| -> Vec<String> {
                columns.iter().map(|column| schema.field(*column).name().clone()).collect()
            };
            assert_eq!(names(&layout.index_columns(), &layout.schema), conversation, "{name}");
            assert_eq!(names(&layout.pushed.group, &layout.pushed.schema), conversation, "{name}");
        }
        // Where the unit is coarser than the group, the index knows rows by the unit.
        let layout = TableLayout::new(&table, &conversation[..1], 7, PartitionBy::Month).unwrap();
        assert_eq!(layout.index_columns(), layout.unit, "{name}");
    }
}

#[test]
fn what_is_pushed_comes_back_from_what_is_stored() {
    for ((name, _), by) in BUILT_IN.into_iter().flat_map(|table| KINDS.map(|by| (table, by))) {
        let layout = TableLayout::new(&built_in(name), &[], 1, by).unwrap();
        let stored = layout.pushed.in_table.iter().map(|column| layout.schema.field(*column).name().as_str());
        let pushed = layout.pushed.schema.fields().iter().map(|field| field.name().as_str());
        assert!(stored.eq(pushed), "{name}");
        assert_eq!(layout.pushed.schema.fields().len() + 2, layout.schema.fields().len(), "{name}");
    }
}
