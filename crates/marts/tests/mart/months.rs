//! Time goes on: what is open counts up to the newest commit, what is over stays as it is.

use serde_json::json;

use crate::build::{contents, conversation, from_nothing, half_a_year, message, months};
use crate::lake::Lake;

#[test]
fn a_month_is_built_anew_while_something_in_it_is_open() {
    let lake = Lake::new();
    half_a_year(&lake);
    // Asked a moment ago, whatever the clock says.
    #[expect(clippy::disallowed_methods, reason = "what is after the present is what is asked for")]
    let now = jiff::Timestamp::now();
    let month = now.strftime("%Y-%m").to_string();
    lake.flatten(
        "agentx/conversations",
        "bot_name=b",
        &json!([conversation("open", &now.to_string(), "en")]),
    );
    let question = message("open", "open-a", &now.to_string(), "UserInput", "anybody?");
    lake.flatten("agentx/messages", "bot_name=b", &json!([question]));
    assert_eq!(months(&lake, "agentx").len(), 7);
    assert_eq!(months(&lake, "agentx").len(), 0);
    // A commit that changes nothing of these months lets time go on.
    let other = message("c1-1", "c1-1-x", "2025-01-05T12:00:00Z", "Bot", "and?");
    lake.flatten("agentx/messages", "bot_name=b", &json!([other]));
    assert_eq!(months(&lake, "agentx"), ["2025-01".to_owned(), month]);
    let after = contents(&lake);
    assert_eq!(from_nothing(&lake), after);
}

/// A clock that is years ahead has dated one message. Builds that go by the greatest time they have seen then take nothing more
/// (dbt-labs/docs.getdbt.com#5321 has that filter); here it must neither hold others up nor be built again and again.
#[test]
fn a_month_yet_to_come_is_built_once() {
    let lake = Lake::new();
    half_a_year(&lake);
    let later = "2099-05-01T00:00:00Z";
    lake.flatten("agentx/conversations", "bot_name=b", &json!([conversation("ahead", later, "en")]));
    let question = message("ahead", "ahead-a", later, "UserInput", "anybody?");
    lake.flatten("agentx/messages", "bot_name=b", &json!([question]));
    assert!(months(&lake, "agentx").contains(&"2099-05".to_owned()));
    let other = message("c1-1", "c1-1-x", "2025-01-05T12:00:00Z", "Bot", "and?");
    lake.flatten("agentx/messages", "bot_name=b", &json!([other]));
    assert_eq!(months(&lake, "agentx"), ["2025-01"]);
    let after = contents(&lake);
    assert_eq!(from_nothing(&lake), after);
}
