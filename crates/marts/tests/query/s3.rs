//! A lake in a bucket.

use crate::call::{Call, csv, refused};
use crate::lake::Lake;
use crate::moto::Moto;

#[test]
fn a_lake_in_a_bucket_answers_as_one_in_a_folder() {
    let Some(moto) = Moto::start() else { return };
    let lake = moto.lake("s3://lakes/some/lake=1").with_small_rows();
    let folder = Lake::small();
    for sql in [
        "SELECT source, message_id, text, date, month FROM messages ORDER BY source, message_id",
        "SELECT c.locale, count(*) AS n FROM messages AS m JOIN conversations AS c
            ON m.source = c.source AND m.conversation_id = c.conversation_id GROUP BY c.locale ORDER BY 1",
        "SELECT count(*) AS n FROM messages",
        "SELECT name, sources, rows FROM (SELECT 1 AS name, 2 AS sources, 3 AS rows)",
    ] {
        assert_eq!(csv(&lake, sql), csv(&folder, sql), "{sql}");
    }
    let sql = "SELECT message_id FROM messages WHERE month = '2025-04'";
    let ended = Call::query(&lake, &["-v", "--output", "csv", sql]).ends(0);
    assert_eq!(ended.stdout, "message_id\nm3\n");
    assert!(ended.stderr.contains("messages: 1 of 4 files read"), "{}", ended.stderr);

    let nothing = moto.lake("s3://lakes/nothing");
    assert!(refused(&nothing, "SELECT 1", 2).contains("is no lake"));
    let other = moto.lake("s3://no-such-bucket/lake");
    assert!(refused(&other, "SELECT 1", 2).contains("no bucket"));
}
