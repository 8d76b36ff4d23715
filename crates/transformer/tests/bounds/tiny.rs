//! Streams with hardly a column.

use convolake_model::{Envelope, Pointer, StreamSchema, Table};
use indexmap::IndexMap;

use crate::schemas::Stream;

/// A stream of tables named in `schema`, each with the key `k` and these columns.
fn stream(schema: &str, columns: &[(&str, &str)]) -> Stream {
    let table = |(name, columns): &(&str, &str)| {
        let text = format!(
            "key: [k]
partition: {{ date: [] }}
order: []
columns:
  k: {{ type: string, required: true }}
  extra: {{ type: json }}
  fetched_at: {{ type: timestamp, required: true }}
  page: {{ type: string, required: true }}
{columns}"
        );
        ((*name).to_owned(), Table::parse(name, name, &text).unwrap_or_else(|error| panic!("{error}")))
    };
    let tables: IndexMap<String, Table> = columns.iter().map(table).collect();
    let schema = StreamSchema::parse("schema", schema, &tables).unwrap_or_else(|error| panic!("{error}"));
    let envelope = Envelope { records: Pointer::parse("/data").unwrap(), success: None, message: None };
    Stream { schema, tables, envelope }
}

/// Records that are nothing but rows.
pub(crate) fn records() -> Stream {
    stream("t: { columns: { k: { param: p } } }", &[("t", "")])
}

/// Records with `/m/*`, each of which takes `x`, of this type, from its record.
pub(crate) fn taking(column_type: &str) -> Stream {
    stream(
        "t: { columns: { k: { param: p } } }
m: { rows: '/m/*', columns: { k: { param: p }, x: { from: record, at: /x } } }",
        &[("t", ""), ("m", &format!("  x: {{ type: {column_type} }}"))],
    )
}
