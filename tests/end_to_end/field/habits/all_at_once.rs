//! All habits at once: within three runs the lake holds what the source has.

use convolake_simulator::{
    ChangeRequest, ContentEncoding, Corpus, CursorLife, DeadIds, End, Envelope, Failure, FailureSign,
    Generator, HabitPlan, Habits, Heavy, KeyOrder, Lag, Limit, OddValue, OddValues, PageSize, Place, Poison,
    PoisonKind, Reset, ResetUnit, SignedUrls, SimulatorConfig, Stream, UrlLength, Version, Which,
    WindowLimits,
};
use serde_json::json;

use super::converged::Truth;
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{PIPELINES, SMALL_PAGE, Source, lately, tidy, unlimited};
use crate::verify::is_sound;

const CONVERSATIONS: u64 = 40;
const SEEDS: [u64; 3] = [1, 2, 3];

/// Every habit there is, at both endpoints of a pipeline as far as they have a place for it.
pub(super) fn plan(pipeline: &str) -> HabitPlan {
    let streams = PIPELINES.into_iter().find(|(name, _)| *name == pipeline).unwrap().1;
    streams.into_iter().fold(HabitPlan::default(), |plan, stream| plan.and(stream, habits(stream)))
}

/// No `..`: a habit that is new has to be named here.
fn habits(stream: Stream) -> Habits {
    let is_agentx = matches!(stream, Stream::AgentxConversations | Stream::AgentxMessages);
    // What an endpoint leads to is behind it, and some of it is dead there.
    let follows = matches!(stream, Stream::AgentxMessages | Stream::ConvocoreExport);
    let of = if stream == Stream::ConvocoreExport { Which::Newest(2) } else { Which::None };
    let tells = vec![Reset { header: "X-RateLimit-Reset".to_owned(), unit: ResetUnit::EpochSeconds }];
    Habits {
        lag: follows.then_some(Lag { requests: Some(1), seconds: None, of, version: Version::Older }),
        signed_urls: Some(SignedUrls::default()),
        key_order: Some(KeyOrder::Shuffled),
        limit: Some(Limit { requests: 300, per_s: 1.0, status: 429, tells }),
        // What a cursor leads to is no page past the end.
        end: Some(End {
            past_end: (!is_agentx).then_some(404),
            null_data: true,
            empty_last_page: is_agentx,
            flag: None,
        }),
        dead_ids: follows.then_some(DeadIds { of: Which::Every(9), status: 404 }),
        url_length: Some(UrlLength { bytes: 300, status: 414 }),
        poison: Some(Poison { kind: PoisonKind::Nan, of: Which::Every(13), field: "score".to_owned() }),
        window: is_agentx.then_some(WindowLimits {
            widest_s: Some(31 * 86_400),
            refuses_future: true,
            clock_s: 0,
        }),
        cursor_life: Some(CursorLife { seconds: Some(2.0), pages: None, status: 410 }),
        failure: Some(Failure { sign: FailureSign::Partial, from: 4, times: 2, when: None }),
        page_size: Some(PageSize { refused_above: Some(50), status: 422, cap: Some(SMALL_PAGE) }),
        heavy: Some(Heavy { bytes: 200_000, of: Which::Every(11) }),
        content_encoding: Some(ContentEncoding("UTF-8".to_owned())),
        odd_values: Some(OddValues {
            kinds: vec![OddValue::Booleans, OddValue::EmptyInput, OddValue::FarDates],
            of: Which::Every(7),
        }),
        envelope: Some(Envelope {
            fields: json!({"channel": {"id": "7"}}).as_object().unwrap().clone(),
            place: Place::Before,
        }),
    }
}

#[test]
fn with_all_habits_at_once_three_runs_bring_what_the_source_has() {
    for (pipeline, _) in PIPELINES {
        let mut n_requests = [0, 0];
        for seed in SEEDS {
            n_requests[0] += play(pipeline, seed, &HabitPlan::default());
            n_requests[1] += play(pipeline, seed, &plan(pipeline));
        }
        let [plain, with_habits] = n_requests;
        println!("figure habits_all_at_once_{pipeline}_requests {with_habits}");
        println!("figure habits_none_{pipeline}_requests {plain}");
    }
}

/// Three runs, with a tenth of the conversations going on after the first; the requests that they made.
fn play(pipeline: &'static str, seed: u64, habits: &HabitPlan) -> usize {
    let corpus = Corpus::Generated(Generator { seed, ..tidy(CONVERSATIONS) });
    let source = Source::start(SimulatorConfig { page_cap: Some(SMALL_PAGE), ..unlimited(corpus) });
    source.running.set_habits(habits);
    let lake = Lake::new();
    let mut ended: Vec<Ended> = Vec::new();
    for n_before in 0..3 {
        if n_before == 1 {
            drop(source.running.change(ChangeRequest { percent: 10.0, seed, at: lately() }));
        }
        ended.push(Convolake::pull(pipeline, &source, &lake).ends_somehow());
    }
    let n_requests = source.running.ledger().requests().len();
    let last = &ended[2];
    // A record that is no JSON and whose URLs are signed anew is another one each time it is quarantined.
    assert!(matches!(last.code, Some(0 | 65)), "{pipeline}, seed {seed}: {last}");
    Truth::of(&source, pipeline).is_held_by(&lake);
    is_sound(&lake);
    n_requests
}
