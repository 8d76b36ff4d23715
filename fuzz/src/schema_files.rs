use std::sync::LazyLock;

use convolake_model::{Envelope, OnMismatch, Override, Pipeline, Pointer, StreamSchema, Table};
use convolake_transformer::{Flattener, PageInput};
use indexmap::IndexMap;

use crate::schemas;

static TABLES: LazyLock<IndexMap<String, Table>> = LazyLock::new(|| schemas::stream("convocore/export").tables);

/// Any text as a file of each kind; a schema that is one has to compile, or say why not, and to bear a page.
pub fn schema_files(bytes: &[u8]) {
    let Some((kind, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    match kind % 4 {
        0 => drop(Table::parse("t", "t.yaml", text).map(|table| table.fingerprint())),
        1 => drop(Pipeline::parse("p.yaml", text, &[] as &[Override; 0])),
        2 => schema(text, &TABLES),
        _ => {
            // A table, a line of dashes, and a schema that may name it.
            let (table, mapping) = text.split_once("\n----\n").unwrap_or((text, text));
            if let Ok(table) = Table::parse("t", "t.yaml", table) {
                schema(mapping, &IndexMap::from([("t".to_owned(), table)]));
            }
        }
    }
}

fn schema(text: &str, tables: &IndexMap<String, Table>) {
    let Ok(schema) = StreamSchema::parse("s.yaml", text, tables) else { return };
    let envelope = Envelope { records: Pointer::root(), success: None, message: None };
    let Ok(flattener) = Flattener::compile(&schema, tables, &envelope, OnMismatch::Keep) else { return };
    let params = [("agent_id".to_owned(), "a".to_owned())].into();
    let body = br#"[{"metadata":{"ID":"c","a":1},"turns":[{"from":"user","messages":[{"ts":1733011279},"x"]}]},{},1]"#;
    let input =
        PageInput { body, page: "p#1", position: 0, params: &params, listed: &std::collections::BTreeMap::new() };
    let flat = flattener.flatten(&input).expect("a page that can be read");
    assert_eq!(flat.records, 3);
}
