//! Reading run reports back, also those of earlier versions: what is not there counts as nothing.

use convolake_model::ParamSet;
use serde_json::Value;

/// What a report says of one stream with one set of params.
pub(crate) fn of_stream<'a>(report: &'a Value, stream: &str, params: &ParamSet) -> Option<&'a Value> {
    let has_params = |entry: &Value| {
        let entry = entry.get("params").and_then(Value::as_object);
        let same = |(name, value): (&String, &Value)| params.get(name).map(String::as_str) == value.as_str();
        entry.is_some_and(|entry| entry.len() == params.len() && entry.iter().all(same))
    };
    let is_it = |entry: &&Value| text(entry, "stream") == stream && has_params(entry);
    report.get("streams")?.as_array()?.iter().find(is_it)
}

/// A text; empty where there is none.
pub(crate) fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A number; 0 where there is none.
pub(crate) fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stream_is_found_by_its_params() {
        let report = json!({"streams": [
            {"stream": "s", "params": {"a": "1"}, "pages": 1},
            {"stream": "s", "params": {"a": "2"}, "pages": 2},
            {"stream": "t", "params": {}},
        ]});
        let params = |value: &str| ParamSet::from([("a".to_owned(), value.to_owned())]);
        assert_eq!(of_stream(&report, "s", &params("2")).map(|entry| number(entry, "pages")), Some(2));
        assert_eq!(of_stream(&report, "s", &params("3")), None);
        assert_eq!(of_stream(&report, "s", &ParamSet::new()), None);
        assert!(of_stream(&report, "t", &ParamSet::new()).is_some());
    }
}
