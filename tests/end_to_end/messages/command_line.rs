//! Words of a command line that are wrong.

use super::case::Case;

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        "flaten",
        "https://ann:S3cret@h.invalid/",
        "run",
        "run agentx",
        "run agentx --to lake https://ann:S3cret@h.invalid/p?key=S3cret",
        "run agentx --to lake params.bot_name=S3cret",
        "run agentx --to lake sk-live-0123456789S3cret",
        "run agentx --to lake --api-key=S3cret",
        "run agentx --to lake --ouput json",
        "run agentx --to lake --to other",
        "run agentx --to",
        "run agentx --to lake --output yaml",
        "run agentx --to lake --output https://ann:S3cret@h.invalid",
        "run agentx --to lake --memory much",
        "run agentx --to lake --memory -5",
        "run agentx --to lake --memory 1kB --set params.bot_name=b",
        "run agentx --to lake --max-duration soon",
        "run agentx --to lake --max-duration 0s",
        "run agentx --to lake --max-duration https://ann:S3cret@h.invalid",
        "run agentx --to lake --max-requests many",
        "run agentx --to lake --max-requests 0",
        "run agentx --to lake --max-requests -1",
        "run agentx --to lake --max-requests 99999999999999999999999",
        "run agentx --to lake --from yesterday",
        "run agentx --to lake --from 2024-13-01",
        "run agentx --to lake --set params.bot_name=b --from 2024-02-01 --until 2024-01-01",
        "backfill agentx --to lake",
        "backfill agentx --to lake --set params.bot_name=b --from 2024-02-01 --until 2024-01-01",
        "status --to lake --runs 0",
        "status --to lake --fail-if-older-than soon",
        "flatten agentx pages.json --to lake",
        "flatten agentx/messages --to lake",
        "flatten agentx/nope pages.json --to lake --set params.bot_name=b",
        "completions powerfish",
        "simulate --port 99999",
        "simulate --port x",
        "simulate --conversations -1",
        "simulate --habit nope",
        "simulate --habit x.y=1",
        "simulate --habit convocore_list.lagg.requests=1",
        "simulate --habit convocore_list.lag.requests=soon",
        "simulate --habit 'convocore_list.poison={\"kind\":\"nope\"}'",
        "demo --scale 0",
    ]
    .map(Case::new)
    .into();
    cases.push(Case::new("status --to lake").env("CONVOLAKE_LOG_FORMAT", "xml"));
    cases.push(Case::new("run agentx --to lake").env("CONVOLAKE_MAX_REQUESTS", "many"));
    cases
}
