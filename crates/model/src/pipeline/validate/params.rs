//! `params:`: values the user chooses.

use std::collections::HashSet;

use crate::pipeline::Param;
use crate::pipeline::written::{ParamWritten, ScalarWritten};

/// A param that stands at `line`, with the values it has so far, each once.
pub(super) fn param(written: &ParamWritten, line: u64) -> Param {
    let (required, doc, mut values): (_, _, Vec<String>) = match written {
        ParamWritten::Value(value) => (true, None, vec![value.text()]),
        ParamWritten::Values(values) => (true, None, values.iter().map(ScalarWritten::text).collect()),
        ParamWritten::Spec(spec) => {
            (spec.required, spec.doc.clone(), spec.default.iter().map(ScalarWritten::text).collect())
        }
    };
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
    Param { required, doc, values, line }
}
