//! Objects and lists with many members, and what multiplies.

use convolake_transformer::RejectReason;

use crate::apart::{apart, flatten, repeated, rows, size};
use crate::schemas::stream;
use crate::tiny;

const MILLION: usize = 1_000_000;

/// Each name is a field without a column, and to be counted.
#[test]
fn a_record_of_many_names() {
    apart("wide::a_record_of_many_names", || {
        let members: Vec<String> =
            (0..size(10 * MILLION, 300_000)).map(|n| format!(r#""{n:x}":1"#)).collect();
        let body = format!(r#"{{"data":[{{"ID":"a",{}}}]}}"#, members.join(","));
        let flat = flatten(&stream("convocore/list"), body.as_bytes(), 40).unwrap();
        assert_eq!(rows(&flat), [("leads", 1)]);
        let counted: u64 = flat.drift.new_fields.values().map(|met| met.count).sum();
        assert_eq!(counted, members.len() as u64);
        assert!(flat.drift.new_fields.len() <= 1001);
    });
}

#[test]
fn one_name_many_times() {
    apart("wide::one_name_many_times", || {
        let members = repeated(r#""x":1"#, size(10 * MILLION, 300_000));
        let body = format!(r#"{{"data":[{{"ID":"a",{members}}}]}}"#);
        let flat = flatten(&stream("convocore/list"), body.as_bytes(), 40).unwrap();
        assert_eq!(rows(&flat), [("leads", 1)]);
    });
}

#[test]
fn a_list_of_many_texts() {
    apart("wide::a_list_of_many_texts", || {
        for text in [r#""""#, "null", r#""a""#] {
            let body = format!(r#"{{"data":[{{"ID":"a","tags":[{}]}}]}}"#, repeated(text, MILLION));
            let flat = flatten(&stream("convocore/list"), body.as_bytes(), 30).unwrap();
            assert_eq!(rows(&flat), [("leads", 1)]);
        }
    });
}

/// A value that each row takes from its record: as many as rows, whatever their type.
#[test]
fn a_value_that_all_rows_take() {
    apart("wide::a_value_that_all_rows_take", || {
        let texts = |text: &str| format!("[{}]", repeated(text, 50_000));
        let cases = [
            ("list<string>", texts(r#""""#)),
            ("list<string>", texts("null")),
            ("list<string>", texts(r#""a""#)),
            ("json", texts("0")),
            ("string", format!(r#""{}""#, "x".repeat(100_000))),
        ];
        for (column_type, value) in cases {
            for n in [100_000, 10] {
                let body = format!(r#"{{"data":[{{"m":[{}],"x":{value}}},{{}}]}}"#, repeated("1", n));
                let flat = flatten(&tiny::taking(column_type), body.as_bytes(), 100).unwrap();
                let is_kept = n == 10;
                assert_eq!(
                    rows(&flat),
                    [("t", 1 + usize::from(is_kept)), ("m", if is_kept { n } else { 0 })]
                );
                let rejects: Vec<_> = flat.rejects.iter().map(|reject| reject.reason).collect();
                assert_eq!(rejects, if is_kept { vec![] } else { vec![RejectReason::TooLarge] });
            }
        }
    });
}
