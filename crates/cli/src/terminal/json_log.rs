//! Log lines as JSON: `at`, `level`, and what the event has.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// One event as a line, with its end.
#[expect(clippy::disallowed_methods, reason = "no run depends on what a line is dated")]
pub(super) fn json_line(level: &str, fields: Map<String, Value>) -> String {
    let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let mut all = Map::from_iter([("at".to_owned(), at.into()), ("level".to_owned(), level.into())]);
    all.extend(fields);
    format!("{}\n", Value::Object(all))
}

/// Writes what libraries and crates log.
pub(super) struct JsonEvents;

impl<S, N> FormatEvent<S, N> for JsonEvents
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields(Map::from_iter([("target".to_owned(), event.metadata().target().into())]));
        event.record(&mut fields);
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        out.write_str(&json_line(&level, fields.0))
    }
}

struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_that_reads_as_json() {
        let fields = Map::from_iter([("message".to_owned(), "two\nlines".into())]);
        let line = json_line("warn", fields);
        assert_eq!(line.matches('\n').count(), 1);
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["level"], &read["message"]), (&"warn".into(), &"two\nlines".into()));
        assert!(read["at"].as_str().unwrap().parse::<Timestamp>().is_ok(), "{line}");
    }
}
