use std::collections::BTreeSet;
use std::sync::LazyLock;

use convolake_model::{OnMismatch, StreamSchema, Table};
use convolake_transformer::FlatPage;
use serde_json::value::RawValue;

use crate::broken::{Mended, mended};
use crate::compare::compared;
use crate::dice::Dice;
use crate::invented::{self, Rules};
use crate::json::Json;
use crate::levels::keys;
use crate::repair::repaired;
use crate::restored;
use crate::schemas::{Stream, stream};
use crate::shape::{Shape, page};

static BUILT_IN: LazyLock<Vec<Stream>> = LazyLock::new(|| {
    ["convocore/export", "convocore/list", "agentx/messages", "agentx/conversations"].map(stream).into()
});

/// Any bytes as a page of a built-in stream; the first byte says of which.
pub fn page_to_rows(bytes: &[u8]) {
    let Some((pick, body)) = bytes.split_first() else { return };
    let stream = &BUILT_IN[usize::from(*pick) % BUILT_IN.len()];
    let on_mismatch = if pick & 0x80 == 0 { OnMismatch::Keep } else { OnMismatch::Quarantine };
    if nearly_too_deep(body, &keys(&stream.envelope.records).0) {
        return;
    }
    match compared(stream, body, on_mismatch) {
        Ok(None) => {}
        Ok(Some(flat)) => check(&flat),
        Err(difference) => panic!("{difference}"),
    }
}

/// Where exactly a record of those at this path becomes too deep is not what is compared.
fn nearly_too_deep(body: &[u8], records: &[String]) -> bool {
    let (text, _) = repaired(body);
    let Mended { text, .. } = mended(&text, records);
    Json::parse(&text).is_some_and(|page| (100..150).contains(&page.depth()))
}

/// What holds of every page.
fn check(flat: &FlatPage) {
    let record_rows = &flat.tables[0].index_in_page;
    let met: BTreeSet<u32> =
        record_rows.iter().copied().chain(flat.rejects.iter().map(|reject| reject.index_in_page)).collect();
    assert!(met.into_iter().eq(0..flat.records), "a record that is neither in a table nor rejected");
    for table in &flat.tables {
        assert_eq!(table.rows.num_rows(), table.index_in_page.len());
        assert!(table.index_in_page.is_sorted());
        let schema = table.rows.schema();
        for (field, column) in schema.fields().iter().zip(table.rows.columns()) {
            assert!(field.is_nullable() || column.null_count() == 0);
            if field.metadata().contains_key("convolake.type") {
                let texts = arrow_array::cast::AsArray::as_binary::<i32>(column);
                for text in texts.iter().flatten() {
                    serde_json::from_slice::<&RawValue>(text).expect("a JSON column holds JSON");
                }
            }
        }
    }
}

/// A schema and a page of it, both made of the bytes; its records are put together again.
pub fn any_schema(bytes: &[u8]) {
    let dice = &mut Dice::of(bytes);
    let rules = if dice.rarely(50) { Rules::Rebuildable } else { Rules::Any };
    let (stream, files) = invented::stream(dice, rules);
    let body = page(dice, &stream, &Shape::of(&stream));
    let shown = || format!("page {}\n{files}", String::from_utf8_lossy(&body));
    let flat = compared(&stream, &body, OnMismatch::Keep).unwrap_or_else(|found| panic!("{found}\n{}", shown()));
    if let (Some(flat), Rules::Rebuildable) = (flat, rules)
        && let Some(difference) = restored::difference(&stream, &body, &flat)
    {
        panic!("{difference}\n{}", shown());
    }
}

static DATES: LazyLock<Stream> = LazyLock::new(|| {
    let (mut columns, mut mappings) = (String::new(), String::new());
    for (type_index, column_type) in ["timestamp", "date"].into_iter().enumerate() {
        for usual in ["", ", usual: unix_seconds", ", usual: unix_milliseconds", ", usual: iso", ", usual: rfc3339"] {
            for how in ["", ", unit: seconds", ", unit: milliseconds", ", zone: '+05:30'", ", zone: '-11:00'"] {
                let name = format!("c{type_index}_{}", columns.lines().count());
                columns.push_str(&format!("  {name}: {{ type: {column_type} }}\n"));
                mappings.push_str(&format!("    {name}: {{ at: /d{usual}{how} }}\n"));
            }
        }
    }
    let table = format!(
        "key: [k]\npartition: {{ date: [] }}\norder: []\ncolumns:\n  k: {{ type: string, required: true }}\n{columns}  \
         extra: {{ type: json }}\n  fetched_at: {{ type: timestamp, required: true }}\n  \
         page: {{ type: string, required: true }}\n"
    );
    let schema = format!("t:\n  columns:\n    k: {{ param: p }}\n{mappings}");
    let table = Table::parse("t", "t", &table).unwrap_or_else(|error| panic!("{error}"));
    let tables = [("t".to_owned(), table)].into_iter().collect();
    let schema = StreamSchema::parse("schema", &schema, &tables).unwrap_or_else(|error| panic!("{error}"));
    Stream { schema, tables, envelope: stream("agentx/messages").envelope }
});

/// Any text as a date, in every spelling a column may call usual, as text and as a number.
pub fn timestamps(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let quoted = serde_json::to_string(text).expect("a text");
    let mut body = format!("{{\"data\":[{{\"d\":{quoted}}}");
    if serde_json::from_str::<&RawValue>(text).is_ok() && !nearly_too_deep(bytes, &[]) {
        body.push_str(&format!(",{{\"d\":{text}}}"));
    }
    body.push_str("]}");
    if let Err(difference) = compared(&DATES, body.as_bytes(), OnMismatch::Keep) {
        panic!("{difference}");
    }
}
