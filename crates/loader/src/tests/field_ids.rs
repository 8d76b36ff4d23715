//! Columns carry numbers in table files, which stay theirs while the table grows.

use std::collections::BTreeMap;

use parquet::schema::types::Type;

use crate::LoadMode;
use crate::table::file::{self, TableFileReader};
use crate::tests::model::{PIPELINE, Page, Scene, Setup, TABLE, table};

/// The numbers in the newest file of the table, by the names of columns, and of the lists' elements.
fn numbers(scene: &Scene) -> BTreeMap<String, i32> {
    let files = file::list(&scene.lake.storage, TABLE, PIPELINE).unwrap();
    let reader = TableFileReader::open(files.last().unwrap()).unwrap();
    let mut numbers = BTreeMap::new();
    let mut fields = reader.metadata().file_metadata().schema().get_fields().to_vec();
    while let Some(field) = fields.pop() {
        let info = field.get_basic_info();
        if info.has_id() {
            assert_eq!(numbers.insert(field.name().to_owned(), info.id()), None);
        }
        if let Type::GroupType { fields: within, .. } = field.as_ref() {
            fields.extend(within.iter().cloned());
        }
    }
    numbers
}

/// `duckdb` on files whose numbers are not those of the Iceberg table: columns of nulls. So numbers are as such formats give them, from 1 in
/// order, list elements behind the columns, and a column that comes to the table gets the next one.
#[test]
fn numbers_stay_with_their_columns() {
    let setup = Setup { replace: false, ..Setup::REPLACING };
    let page: Page = vec![(0, vec![(0, 0, Some(0)), (1, 1, Some(1))])];
    let later: Page = vec![(0, vec![(0, 1, Some(0)), (1, 2, Some(1))])];
    let mut scene = Scene::new(setup);
    scene.load_table(LoadMode::Merge, &[(1, &page)], table(""), serde_json::json!({})).unwrap();
    let first = numbers(&scene);
    let columns = first.len();
    assert_eq!(first["agent_id"], 1);
    assert_eq!(first["element"], i32::try_from(columns).unwrap());
    for mode in [LoadMode::Merge, LoadMode::Rebuild, LoadMode::Merge] {
        let grown = table("_new: { type: string }");
        scene.load_table(mode, &[(2, &later)], grown, serde_json::json!({})).unwrap();
        let mut expected = first.clone();
        expected.insert("_new".to_owned(), i32::try_from(columns).unwrap() + 1);
        assert_eq!(numbers(&scene), expected, "{mode:?}");
    }
    // Another pipeline, whose table is new, has the same numbers.
    let mut other = Scene::new(setup);
    other.lake = scene.lake.clone();
    other.pipeline = "convocore";
    let grown = table("_new: { type: string }");
    other.load_table(LoadMode::Merge, &[(1, &page)], grown, serde_json::json!({})).unwrap();
    let head = |pipeline| scene.lake.head(pipeline).unwrap().unwrap().tables[TABLE].field_ids();
    assert_eq!(head("convocore"), head(PIPELINE));
}
