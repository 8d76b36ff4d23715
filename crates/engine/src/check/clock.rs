//! This machine's clock against the source's.

use convolake_extractor::Page;
use jiff::{SignedDuration, Timestamp};

use crate::check::report::{Finding, Subject};
use crate::run::source_clock::time_of;

/// A difference below this may be the answer's way and the whole seconds of a `Date`.
const SLACK: SignedDuration = SignedDuration::from_secs(30);

/// The finding from a page's `Date`; `None` where the page has none that reads.
pub(crate) fn finding(page: &Page) -> Option<Finding> {
    let theirs = time_of(&page.headers)?;
    Some(compare(page.fetched_at, theirs))
}

fn compare(ours: Timestamp, theirs: Timestamp) -> Finding {
    let ahead = ours.duration_since(theirs);
    let seconds = ahead.abs().as_secs();
    if ahead.abs() <= SLACK {
        return Finding::ok(Subject::Clock, format!("the clock agrees with the source's ({seconds} s)"));
    }
    let (how, what) = match ahead.is_positive() {
        true => ("ahead of", "runs then go by the source's, and what pages are dated is as wrong"),
        false => ("behind", "the newest of each run then comes only with a later one"),
    };
    Finding::warning(
        Subject::Clock,
        format!("this machine's clock is {seconds} s {how} the source's; {what}"),
        "set the clock (NTP); a stream's `lookback` makes up for as much as it reaches back",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn only_a_clock_that_is_far_off_is_worth_a_word() {
        let theirs: Timestamp = "2025-06-01T12:00:00Z".parse().unwrap();
        for (seconds, level, says) in [
            (0, Level::Ok, "agrees"),
            (30, Level::Ok, "agrees"),
            (-30, Level::Ok, "agrees"),
            (31, Level::Warning, "31 s ahead of"),
            (-3600, Level::Warning, "3600 s behind"),
        ] {
            let finding = compare(theirs + SignedDuration::from_secs(seconds), theirs);
            assert_eq!(finding.level, level, "{seconds}");
            assert!(finding.message.contains(says), "{seconds}: {}", finding.message);
        }
    }
}
