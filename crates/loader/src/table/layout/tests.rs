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

/// For each table the hash of its schema, and what the index of its files is keyed by: alone, and where parents' rows are
/// replaced.
const BUILT_IN: [(&str, &str); 4] = [
    ("conversations", "6c9f8f069b91a3e4c4bb864e02e04cdb64fdeb4b41120386ba3123390ba5ec24"),
    ("leads", "31f2058ada36722ca2ef02e761a6ad7f316c6577b1c8ab1f952a9a1a74e85fd9"),
    ("messages", "5471eda9566b258338b2fcc40883ac6b8298a828a81b4ece4bcc1e8c90dc7ae0"),
    ("turns", "acc7846e29c55bbee1fbb75dc9c2fdef4b904dc04ef30a2b21323157877b28f1"),
];

#[test]
fn built_in_tables_are_known_again_and_indexed_by_conversation() {
    let conversation = ["agent_id", "conversation_id"].map(str::to_owned);
    for (name, hash) in BUILT_IN {
        let table = built_in(name);
        for replace in [&[][..], &conversation] {
            let layout = TableLayout::new(&table, replace, 7).unwrap();
            assert_eq!(layout.hash, hash, "{name}");
            let names = |columns: &[usize], schema: &SchemaRef| -> Vec<String> {
                columns.iter().map(|column| schema.field(*column).name().clone()).collect()
            };
            assert_eq!(names(&layout.index_columns(), &layout.schema), conversation, "{name}");
            assert_eq!(names(&layout.pushed.group, &layout.pushed.schema), conversation, "{name}");
        }
        // Where the unit is coarser than the group, the index knows rows by the unit.
        let layout = TableLayout::new(&table, &conversation[..1], 7).unwrap();
        assert_eq!(layout.index_columns(), layout.unit, "{name}");
    }
}

#[test]
fn what_is_pushed_comes_back_from_what_is_stored() {
    for (name, _) in BUILT_IN {
        let layout = TableLayout::new(&built_in(name), &[], 1).unwrap();
        let stored = layout.pushed.in_table.iter().map(|column| layout.schema.field(*column).name().as_str());
        let pushed = layout.pushed.schema.fields().iter().map(|field| field.name().as_str());
        assert!(stored.eq(pushed), "{name}");
        assert_eq!(layout.pushed.schema.fields().len() + 2, layout.schema.fields().len(), "{name}");
    }
}
