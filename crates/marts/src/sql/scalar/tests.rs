//! What Polars is asked in place of what was written.

use std::sync::Arc;

use polars::prelude::{DataType, Field, Schema, TimeUnit, TimeZone};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::Scalars;

fn rewritten(sql: &str) -> Result<String, String> {
    let instant = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let kinds = [("a", instant), ("d", DataType::Date), ("n", DataType::Int64), ("e", DataType::String)];
    let types: Schema = kinds.into_iter().map(|(name, kind)| Field::new(name.into(), kind)).collect();
    let at = "2026-01-31T10:20:30Z".parse().unwrap();
    let expression = Parser::new(&GenericDialect).try_with_sql(sql).unwrap().parse_expr().unwrap();
    let mut scalars = Scalars { sql, at, types: Arc::new(types), ask: Box::new(|_| None) };
    scalars.rewritten(&expression).map(|rewritten| rewritten.to_string()).map_err(|failure| failure.text())
}

#[test]
fn instants_are_of_utc() {
    for (sql, expected) in [
        ("a > TIMESTAMP '2025-01-01 00:00:00'", "a > '2025-01-01T00:00:00'"),
        ("a > '2025-01-01T02:00:00+02:00'", "a > '2025-01-01T00:00:00'"),
        ("'2025-01-01' <= a", "a >= '2025-01-01T00:00:00'"),
        ("e > '2025-01-01T02:00:00Z'", "e > '2025-01-01T02:00:00Z'"),
        (
            "a BETWEEN TIMESTAMP '2025-01-01' AND '2025-01-02T00:00:00.25Z'",
            "a BETWEEN '2025-01-01T00:00:00' AND '2025-01-02T00:00:00.25'",
        ),
        ("max(a) - TIMESTAMP '2025-01-01'", "max(a) - instant_of_utc('2025-01-01T00:00:00Z')"),
        ("a > now() - INTERVAL '1 day'", "a > '2026-01-30T10:20:30'"),
        ("a > (now() - INTERVAL '1' MONTH)", "a > '2025-12-31T10:20:30'"),
        ("a > CAST('2025-01-01' AS TIMESTAMP)", "a > '2025-01-01T00:00:00'"),
        ("now()", "instant_of_utc('2026-01-31T10:20:30Z')"),
        ("CURRENT_DATE - 7", "DATE '2026-01-24'"),
        ("d + 7", "d + INTERVAL '7 days'"),
        ("a + INTERVAL 3 DAY", "a + INTERVAL '3 day'"),
        ("a AT TIME ZONE 'Europe/Berlin'", "at_time_zone(a, 'Europe/Berlin')"),
        (
            "TIMESTAMP '2025-10-26 02:30:00' AT TIME ZONE 'Europe/Berlin'",
            "instant_of_utc('2025-10-26T01:30:00Z')",
        ),
        ("'TIMESTAMP ''2025-01-01'''", "'TIMESTAMP ''2025-01-01'''"),
    ] {
        assert_eq!(rewritten(sql).as_deref(), Ok(expected), "{sql}");
    }
}

#[test]
fn integers_truth_and_json_have_the_words_that_are_answered_rightly() {
    for (sql, expected) in [
        ("length(e)", "CAST(length(e) AS BIGINT)"),
        ("extract(hour FROM a)", "CAST(EXTRACT(HOUR FROM a) AS BIGINT)"),
        ("strpos(e, 'x')", "position_in_text(e, 'x')"),
        ("n * 1000", "times_of_64_bits(n, 1000)"),
        ("n = '5'", "n = 5"),
        ("1e3", "1000.0"),
        ("(n > 3) IS NOT TRUE", "(NOT coalesce((n > 3), false))"),
        ("(n > 3) IS NOT FALSE", "coalesce((n > 3), true)"),
        ("e ->> 'k'", "json_extract_string(e, '$[''k'']')"),
        ("e ->> 'k' IS NULL", "(json_extract_string(e, '$[''k'']')) IS NULL"),
        ("e ->> 'k' = 'x'", "(json_extract_string(e, '$[''k'']')) = 'x'"),
    ] {
        assert_eq!(rewritten(sql).as_deref(), Ok(expected), "{sql}");
    }
}

#[test]
fn what_is_not_taken_is_told_at_its_place() {
    for (sql, expected) in [
        ("a > 5", "a time is not compared with a number, at line 1, column 5"),
        ("a > 'nonsense'", "this text is no time, at line 1, column 5"),
        ("d = 'today'", "this text is no date, at line 1, column 5"),
        ("n = 'x'", "this text is no number, at line 1, column 5"),
        ("a + 7", "a number is neither added to a timestamp nor taken from it, at line 1, column 5"),
        ("e SIMILAR TO 'x'", "SIMILAR TO is not taken, at line 1, column 1"),
        ("e ->> 'it''s'", "this key cannot be taken"),
        ("foo(e)", "there is no function `foo`, at line 1, column 1"),
    ] {
        let said = rewritten(sql).unwrap_err();
        assert!(said.contains(expected), "{sql}: {said}");
    }
}
