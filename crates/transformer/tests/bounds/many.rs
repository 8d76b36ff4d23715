//! Records that are tiny and many.

use convolake_transformer::{RejectReason, UnreadablePage};

use crate::apart::{apart, flatten, flatten_named, repeated, rows, size};
use crate::schemas::stream;
use crate::tiny;

const MILLION: usize = 1_000_000;

fn page(record: &str, n: usize) -> String {
    format!(r#"{{"data":[{}]}}"#, repeated(record, n))
}

#[test]
fn that_are_rows() {
    apart("many::that_are_rows", || {
        let n = 10 * MILLION;
        // Its name, the key and an instant in each row make about 30 bytes of a record of three.
        let flat = flatten_named(&tiny::records(), page("{}", n).as_bytes(), "p#1", 25).unwrap();
        assert_eq!(rows(&flat), [("t", n)]);
        assert_eq!(flat.records as usize, n);
    });
}

#[test]
fn that_are_rows_of_a_wide_table() {
    apart("many::that_are_rows_of_a_wide_table", || {
        let n = size(10 * MILLION, 300_000);
        let flat = flatten(&stream("convocore/list"), page(r#"{"ID":"1"}"#, n).as_bytes(), 50).unwrap();
        assert_eq!(rows(&flat), [("leads", n)]);
    });
}

#[test]
fn that_are_rejected() {
    apart("many::that_are_rejected", || {
        for (record, reason) in [
            ("{}", RejectReason::MissingRequired),
            ("1", RejectReason::NotAnObject),
            ("N", RejectReason::NotJson),
            ("[N]", RejectReason::NotJson),
            ("N,[N]", RejectReason::NotJson),
        ] {
            let n = size(10 * MILLION, 300_000);
            let flat = flatten(&stream("convocore/list"), page(record, n).as_bytes(), 16).unwrap();
            assert_eq!(rows(&flat), [("leads", 0)]);
            assert_eq!(flat.rejects.len(), n * record.split(',').count());
            assert!(flat.rejects.iter().all(|reject| reject.reason == reason));
        }
    });
}

#[test]
fn that_are_messages_of_one_record() {
    apart("many::that_are_messages_of_one_record", || {
        let n = size(10 * MILLION, 300_000);
        let messages = repeated("1", n);
        let body =
            format!(r#"{{"data":[{{"turns":[{{"messages":[{messages}]}}],"metadata":{{"ID":"a"}}}}]}}"#);
        let flat = flatten(&stream("convocore/export"), body.as_bytes(), 130).unwrap();
        assert_eq!(rows(&flat), [("conversations", 1), ("turns", 1), ("messages", n)]);
    });
}

/// The page's name stands in each row, and more text than two gigabytes is more than a column holds.
#[test]
fn whose_page_has_a_long_name() {
    apart("many::whose_page_has_a_long_name", || {
        let n = size(3 * MILLION, 100_000);
        let name = "x".repeat(1000);
        let flat = flatten_named(&tiny::records(), page("{}", n).as_bytes(), &name, 500);
        match n * name.len() > i32::MAX as usize {
            true => assert!(matches!(flat, Err(UnreadablePage::TooLarge { .. }))),
            false => assert_eq!(rows(&flat.unwrap()), [("t", n)]),
        }
    });
}
