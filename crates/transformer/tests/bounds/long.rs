//! Values that are long.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use convolake_transformer::{RejectReason, repair};

use crate::apart::{apart, flatten, repeated, rows, size};
use crate::schemas::stream;

const MILLION: usize = 1_000_000;

#[test]
fn a_text_in_a_column() {
    apart("long::a_text_in_a_column", || {
        let n = 100 * MILLION;
        let body = format!(r#"{{"data":[{{"ID":"a","notes":"{}"}},{{"ID":"b"}}]}}"#, "x".repeat(n));
        let flat = flatten(&stream("convocore/list"), body.as_bytes(), 3).unwrap();
        assert_eq!(rows(&flat), [("leads", 2)]);
        let notes = flat.tables[0].rows.column_by_name("notes").unwrap().as_binary::<i32>();
        assert_eq!((notes.value(0).len(), notes.is_null(1)), (n, true));
    });
}

#[test]
fn a_text_in_extra() {
    apart("long::a_text_in_extra", || {
        let n = size(100, 30) * MILLION;
        let body = format!(r#"{{"data":[{{"ID":"a","more":"{}"}}]}}"#, "x".repeat(n));
        let flat = flatten(&stream("convocore/list"), body.as_bytes(), 4).unwrap();
        let extra = flat.tables[0].rows.column_by_name("extra").unwrap().as_binary::<i32>();
        assert_eq!(extra.value(0).len(), n + r#"{"more":""}"#.len());
    });
}

#[test]
fn a_text_of_escapes() {
    apart("long::a_text_of_escapes", || {
        let n = size(100, 30) * MILLION / 6;
        let body = format!(r#"{{"data":[{{"ID":"a","notes":"{}"}}]}}"#, r"\u00e9".repeat(n));
        let flat = flatten(&stream("convocore/list"), body.as_bytes(), 3).unwrap();
        let notes = flat.tables[0].rows.column_by_name("notes").unwrap().as_binary::<i32>();
        assert_eq!(notes.value(0).len(), 2 * n);
    });
}

#[test]
fn a_text_that_has_to_be_mended() {
    apart("long::a_text_that_has_to_be_mended", || {
        for broken in [&br"\ud83d"[..], b"\xff", b"\xc3x"] {
            let n = size(100, 10) * MILLION / broken.len();
            let body = [br#"{"data":[{"ID":"a","notes":""#, broken.repeat(n).as_slice(), br#""}]}"#].concat();
            assert_eq!(repair(&body).replaced as usize, n);
            let flat = flatten(&stream("convocore/list"), &body, 16).unwrap();
            assert_eq!(rows(&flat), [("leads", 1)]);
        }
    });
}

#[test]
fn a_number_wherever_one_is_expected() {
    apart("long::a_number_wherever_one_is_expected", || {
        let n = size(100, 10) * MILLION;
        for (digits, exponent) in [("9", ""), ("0", "1"), ("1", "e1"), ("0.0", "e-0")] {
            for field in ["messagesNum", "convoTimeSeconds", "ts", "userName"] {
                let (first, rest) = digits.split_at(digits.len() - 1);
                let number = format!("{first}{}{exponent}", rest.repeat(n));
                let body = format!(r#"{{"data":[{{"ID":"a","{field}":"{number}"}},{{"ID":"b"}}]}}"#);
                let flat = flatten(&stream("convocore/list"), body.as_bytes(), 4).unwrap();
                assert_eq!(rows(&flat), [("leads", 2)]);
            }
        }
    });
}

/// An id stands in each row of its conversation: 20 GB for a page of 20 MB, or 125 GB for one of one.
#[test]
fn an_id_that_all_rows_take() {
    apart("long::an_id_that_all_rows_take", || {
        for (id, messages) in [(20 * MILLION, 1000), (MILLION / 2, MILLION / 4), (MILLION, 64)] {
            let conversation = |id: &str, messages: usize| {
                let messages = repeated("1", messages);
                format!(r#"{{"turns":[{{"messages":[{messages}]}}],"metadata":{{"ID":"{id}"}}}}"#)
            };
            let (good, bad) = (conversation("a", 2), conversation(&"x".repeat(id), messages));
            let body = format!(r#"{{"data":[{good},{bad},{good}]}}"#);
            let flat = flatten(&stream("convocore/export"), body.as_bytes(), 10).unwrap();
            let n = if id * messages < 65 * MILLION { messages } else { 0 };
            let rejects: Vec<_> =
                flat.rejects.iter().map(|reject| (reject.reason, reject.index_in_page)).collect();
            let expected = [(RejectReason::TooLarge, 1)];
            assert_eq!(rejects, if n == 0 { &expected[..] } else { &[] });
            assert_eq!(rows(&flat)[2], ("messages", 4 + n));
        }
    });
}
