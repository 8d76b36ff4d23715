//! What to do about an error, in words.

use http::StatusCode;

use crate::pace::StopReason;
use crate::transport::in_brackets;

/// What to look at where the source takes the request to be wrong, and does not say that it knows no such thing.
pub(super) fn rejection_advice(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 405 | 415 | 422 => "; check the params, and the stream's path and query",
        _ => "",
    }
}

pub(super) fn attempts_made(attempts: u32) -> String {
    if attempts == 1 { "one attempt".to_owned() } else { format!("{attempts} attempts") }
}

pub(super) fn budget_advice(reason: StopReason, pages: u32) -> String {
    let option = match reason {
        StopReason::Duration => "--max-duration",
        StopReason::Requests | StopReason::Asked | StopReason::Quota => "--max-requests",
    };
    format!(
        "the source no longer knew the cursor that the run before had come to, so all pages were asked for anew: there are more \
         than {pages}, and one run has to ask for all of them; raise {option} (or leave it out), for with a budget as small as \
         this the slice never comes through"
    )
}

pub(super) fn advice(status: StatusCode, env: &str, hint: Option<&str>) -> String {
    let check = match status {
        StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
            format!("check that the plan includes the export and what the key in {env} is good for")
        }
        _ => format!("check the key in {env}"),
    };
    check + &in_brackets(hint)
}
