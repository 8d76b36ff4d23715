//! The built-in schemas, compiled, and pages through them.

use convolake_model::OnMismatch;
use convolake_transformer::{FlatPage, Flattener, PageInput, UnreadablePage};

use crate::schemas::{Stream, stream};

pub(crate) fn flattener(name: &str) -> Flattener {
    flattener_with(name, OnMismatch::Keep)
}

pub(crate) fn flattener_with(name: &str, on_mismatch: OnMismatch) -> Flattener {
    let Stream { schema, tables, envelope } = stream(name);
    Flattener::compile(&schema, &tables, &envelope, on_mismatch).unwrap()
}

pub(crate) fn flatten(flattener: &Flattener, body: &[u8]) -> Result<FlatPage, UnreadablePage> {
    let params =
        [("agent_id", "demo"), ("bot_name", "demo")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    flattener.flatten(&PageInput {
        body,
        page: "raw/x#1",
        position: 0,
        params: &params,
        listed: &std::collections::BTreeMap::new(),
    })
}
