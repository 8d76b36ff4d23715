//! The built-in schemas.

use convolake_model::{Envelope, Override, Pipeline, StreamSchema, Table};
use indexmap::IndexMap;

const TABLES: [(&str, &str); 4] = [
    ("conversations", include_str!("../../../../schemas/tables/conversations.yaml")),
    ("turns", include_str!("../../../../schemas/tables/turns.yaml")),
    ("messages", include_str!("../../../../schemas/tables/messages.yaml")),
    ("leads", include_str!("../../../../schemas/tables/leads.yaml")),
];
const AGENTX: &str = include_str!("../../../../pipelines/agentx.yaml");
const CONVOCORE: &str = include_str!("../../../../pipelines/convocore.yaml");

/// A stream's schema with all it needs.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) schema: StreamSchema,
    pub(crate) tables: IndexMap<String, Table>,
    pub(crate) envelope: Envelope,
}

/// A built-in stream, as in `convocore/export`.
pub(crate) fn stream(name: &str) -> Stream {
    let (pipeline, text) = match name {
        "agentx/conversations" => (AGENTX, include_str!("../../../../schemas/agentx/conversations.yaml")),
        "agentx/messages" => (AGENTX, include_str!("../../../../schemas/agentx/messages.yaml")),
        "convocore/list" => (CONVOCORE, include_str!("../../../../schemas/convocore/list.yaml")),
        "convocore/export" => (CONVOCORE, include_str!("../../../../schemas/convocore/export.yaml")),
        other => panic!("no schema {other}"),
    };
    let table = |(name, text): &(&str, &str)| {
        ((*name).to_owned(), Table::parse(name, name, text).unwrap_or_else(|error| panic!("{error}")))
    };
    let tables: IndexMap<String, Table> = TABLES.iter().map(table).collect();
    let schema = StreamSchema::parse(name, text, &tables).unwrap_or_else(|error| panic!("{error}"));
    let no_overrides: [Override; 0] = [];
    let pipeline =
        Pipeline::parse("pipeline", pipeline, &no_overrides).unwrap_or_else(|error| panic!("{error}"));
    Stream { schema, tables, envelope: pipeline.streams[0].envelope.clone() }
}
