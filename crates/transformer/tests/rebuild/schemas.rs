//! The built-in schemas, compiled.

use convolake_model::{OnMismatch, Override, Pipeline, StreamSchema, Table};
use convolake_transformer::{FlatPage, Flattener, PageInput, UnreadablePage};
use indexmap::IndexMap;

const TABLES: [(&str, &str); 4] = [
    ("conversations", include_str!("../../../../schemas/tables/conversations.yaml")),
    ("turns", include_str!("../../../../schemas/tables/turns.yaml")),
    ("messages", include_str!("../../../../schemas/tables/messages.yaml")),
    ("leads", include_str!("../../../../schemas/tables/leads.yaml")),
];
const AGENTX: &str = include_str!("../../../../pipelines/agentx.yaml");
const CONVOCORE: &str = include_str!("../../../../pipelines/convocore.yaml");

pub(crate) fn flattener(schema: &str) -> Flattener {
    flattener_with(schema, OnMismatch::Keep)
}

pub(crate) fn flattener_with(schema: &str, on_mismatch: OnMismatch) -> Flattener {
    let (pipeline, text) = match schema {
        "agentx/conversations" => (AGENTX, include_str!("../../../../schemas/agentx/conversations.yaml")),
        "agentx/messages" => (AGENTX, include_str!("../../../../schemas/agentx/messages.yaml")),
        "convocore/list" => (CONVOCORE, include_str!("../../../../schemas/convocore/list.yaml")),
        "convocore/export" => (CONVOCORE, include_str!("../../../../schemas/convocore/export.yaml")),
        other => panic!("no schema {other}"),
    };
    let tables: IndexMap<String, Table> = TABLES
        .iter()
        .map(|(name, text)| {
            ((*name).to_owned(), Table::parse(name, name, text).unwrap_or_else(|e| panic!("{e}")))
        })
        .collect();
    let schema = StreamSchema::parse(schema, text, &tables).unwrap_or_else(|error| panic!("{error}"));
    let no_overrides: [Override; 0] = [];
    let pipeline =
        Pipeline::parse("pipeline", pipeline, &no_overrides).unwrap_or_else(|error| panic!("{error}"));
    let envelope = &pipeline.streams[0].envelope;
    Flattener::compile(&schema, &tables, envelope, on_mismatch).unwrap()
}

pub(crate) fn flatten(flattener: &Flattener, body: &[u8]) -> Result<FlatPage, UnreadablePage> {
    let params =
        [("agent_id", "demo"), ("bot_name", "demo")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    flattener.flatten(&PageInput {
        body,
        page: "raw/x#1",
        fetched_at: 1_733_011_279_000_000,
        params: &params,
        listed: &std::collections::BTreeMap::new(),
    })
}
