//! A lake in a bucket.

#[path = "../../../../tests/end_to_end/s3/store.rs"]
#[expect(dead_code, reason = "the tests of the core need more of it")]
mod store;

use crate::call::{Call, csv, refused};
use crate::lake::Lake;
use store::{BUCKET, Store};

#[test]
fn a_lake_in_a_bucket_answers_as_one_in_a_folder() {
    let store = Store::start();
    let lake = Lake::in_bucket(format!("s3://{BUCKET}/some/lake"), store.environment()).with_small_rows();
    let folder = Lake::small();
    for sql in [
        "SELECT source, message_id, text, date, month FROM messages ORDER BY source, message_id",
        "SELECT c.locale, count(*) AS n FROM messages AS m JOIN conversations AS c USING (source, conversation_id) GROUP BY c.locale ORDER BY 1",
        "SELECT count(*) AS n FROM messages",
    ] {
        assert_eq!(csv(&lake, sql), csv(&folder, sql), "{sql}");
    }
    let sql = "SELECT message_id FROM messages WHERE month = '2025-04'";
    let ended = Call::query(&lake, &["-v", "--output", "csv", sql]).ends(0);
    assert_eq!(ended.stdout, "message_id\nm3\n");
    assert!(ended.stderr.contains("messages: 1 of 4 files read"), "{}", ended.stderr);
}

#[test]
fn a_bucket_without_a_lake_is_told_of() {
    let store = Store::start();
    let lake = Lake::in_bucket(format!("s3://{BUCKET}/nothing"), store.environment());
    assert!(refused(&lake, "SELECT 1", 2).contains("is no lake"));
    let other = Lake::in_bucket("s3://no-such-bucket/lake".to_owned(), store.environment());
    assert!(refused(&other, "SELECT 1", 2).contains("no bucket"));
}
