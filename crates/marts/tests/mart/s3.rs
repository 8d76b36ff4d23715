//! A lake in a bucket.

use serde_json::json;

use crate::build::{build, half_a_year, message, months};
use crate::call::csv;
use crate::lake::Lake;
use crate::moto::Moto;

#[test]
fn derived_tables_in_a_bucket_are_those_of_a_folder() {
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.lake("s3://lakes/some/lake");
    let folder = Lake::new();
    for lake in [&bucket, &folder] {
        half_a_year(lake);
        build(lake, "agentx", &[]);
        let answer = message("c3-2", "c3-2-d", "2025-04-03T11:00:00Z", "Bot", "so am I");
        lake.flatten("agentx/messages", "bot_name=b", &json!([answer]));
        assert_eq!(months(lake, "agentx"), ["2025-03", "2025-04"]);
        assert_eq!(months(lake, "agentx").len(), 0);
    }
    for sql in [
        "SELECT * FROM conversation_stats ORDER BY conversation_id",
        "SELECT * FROM daily_stats ORDER BY day, locale",
        "SELECT * FROM response_times ORDER BY conversation_id, reply",
        "SELECT conversation_id, turn_index, role, message_count FROM turns ORDER BY conversation_id, turn_index",
    ] {
        let (found, expected) = (csv(&bucket, sql), csv(&folder, sql));
        assert!(expected.lines().count() > 6, "{expected}");
        assert_eq!(found, expected, "{sql}");
    }
}
