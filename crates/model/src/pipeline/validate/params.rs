//! `params:`: values the user chooses.

use crate::pipeline::Param;
use crate::pipeline::written::{ParamWritten, ScalarWritten};

/// A param that stands at `line`, with the values it has so far.
pub(super) fn param(written: &ParamWritten, line: u64) -> Param {
    let text = |scalar: &ScalarWritten| match scalar {
        ScalarWritten::Text(text) => text.clone(),
        ScalarWritten::Number(number) => number.to_string(),
    };
    let (required, doc, values) = match written {
        ParamWritten::Value(value) => (true, None, vec![text(value)]),
        ParamWritten::Values(values) => (true, None, values.iter().map(text).collect()),
        ParamWritten::Spec(spec) => {
            (spec.required, spec.doc.clone(), spec.default.iter().map(text).collect())
        }
    };
    Param { required, doc, values, line }
}
