//! Each habit alone: what three runs end with, and what their reports say.

use convolake_simulator::{
    ContentEncoding, CursorLife, DeadIds, End, EndFlag, Envelope, Failure, FailureSign, HabitPlan, Habits,
    Heavy, KeyOrder, Lag, Limit, OddValue, OddValues, PageSize, Place, Poison, PoisonKind, Reset, ResetUnit,
    SignedUrls, Stream, UrlLength, Version, Which, WindowLimits,
};
use serde_json::json;

/// A habit, and what becomes of it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) pipeline: &'static str,
    pub(super) habits: HabitPlan,
    /// True where it is switched off after the first run.
    pub(super) is_lifted: bool,
    pub(super) codes: [i32; 3],
    /// What any of the reports say.
    pub(super) says: &'static [&'static str],
}

impl Row {
    fn new(name: &'static str, pipeline: &'static str, habits: HabitPlan) -> Self {
        Self { name, pipeline, habits, is_lifted: false, codes: [0, 0, 0], says: &[] }
    }

    fn ends(self, codes: [i32; 3]) -> Self {
        Self { codes, ..self }
    }

    fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    fn lifted(self) -> Self {
        Self { is_lifted: true, ..self }
    }
}

/// A row for each pipeline, the habit at both of its endpoints.
fn both(name: &'static str, habits: &Habits) -> [Row; 2] {
    ["agentx", "convocore"].map(|pipeline| Row::new(name, pipeline, HabitPlan::everywhere(habits)))
}

pub(super) fn all() -> Vec<Row> {
    let mut rows = behind();
    rows.extend(paces_and_ends());
    rows.extend(refusals());
    rows.extend(failures());
    rows.extend(values());
    rows
}

fn behind() -> Vec<Row> {
    let lag = |of, version| Habits {
        lag: Some(Lag { requests: Some(1), seconds: None, of, version }),
        ..Habits::default()
    };
    let export = |of, version| HabitPlan::at(Stream::ConvocoreExport, lag(of, version));
    let messages = |of, version| HabitPlan::at(Stream::AgentxMessages, lag(of, version));
    vec![
        Row::new(
            "the export lacks what the list shows",
            "convocore",
            export(Which::Newest(3), Version::Absent),
        ),
        Row::new("the export has older versions", "convocore", export(Which::Newest(3), Version::Older)),
        Row::new("messages come late", "agentx", messages(Which::None, Version::Absent)),
        Row::new(
            "the list comes late",
            "convocore",
            HabitPlan::at(Stream::ConvocoreList, lag(Which::None, Version::Absent)),
        ),
    ]
}

fn paces_and_ends() -> Vec<Row> {
    let limit = |header: &str, unit| Habits {
        limit: Some(Limit {
            requests: 40,
            per_s: 1.0,
            status: 429,
            tells: vec![Reset { header: header.to_owned(), unit }],
        }),
        ..Habits::default()
    };
    let end = |end| Habits { end: Some(end), ..Habits::default() };
    let past_end = |status| end(End { past_end: Some(status), ..End::default() });
    let mut rows = Vec::new();
    rows.extend(both(
        "a limit told by the second at which it ends",
        &limit("X-RateLimit-Reset", ResetUnit::EpochSeconds),
    ));
    rows.extend(both("a limit told by the seconds left", &limit("RateLimit-Reset", ResetUnit::SecondsLeft)));
    for status in [404, 422] {
        let row =
            Row::new("a page past the end is refused", "convocore", HabitPlan::everywhere(&past_end(status)));
        rows.push(row.says(&["taken for the end"]));
    }
    let null = end(End { null_data: true, ..End::default() });
    rows.extend(
        both("null where the records should be", &null)
            .map(|row| row.says(&["null where the records should be"])),
    );
    rows.extend(both("the last page is empty", &end(End { empty_last_page: true, ..End::default() })));
    let flag = Some(EndFlag { name: "hasMore".to_owned(), at_end: false });
    rows.push(Row::new(
        "a flag beside a cursor that is never null",
        "convocore",
        HabitPlan::everywhere(&end(End { flag, ..End::default() })),
    ));
    let cursor_life = Some(CursorLife { seconds: Some(2.0), pages: None, status: 410 });
    rows.extend(both("cursors that live for two seconds", &Habits { cursor_life, ..Habits::default() }));
    rows
}

fn refusals() -> Vec<Row> {
    let dead = |of, status| {
        HabitPlan::at(
            Stream::ConvocoreExport,
            Habits { dead_ids: Some(DeadIds { of, status }), ..Habits::default() },
        )
    };
    let mut rows = Vec::new();
    let turned_down: &[&str] = &["was turned down, asked for by itself"];
    for status in [404, 403, 400, 410] {
        rows.push(
            Row::new("one id that is dead", "convocore", dead(Which::Newest(1), status)).says(turned_down),
        );
    }
    // Where all that was asked for by id is forbidden, it may be the key; the next run knows an id that is well.
    for (status, codes) in [(404, [0, 0, 0]), (403, [77, 0, 0])] {
        let row = Row::new("several ids that are dead", "convocore", dead(Which::Every(9), status));
        rows.push(row.ends(codes).says(turned_down));
    }
    let messages =
        Habits { dead_ids: Some(DeadIds { of: Which::Every(9), status: 404 }), ..Habits::default() };
    rows.push(Row::new(
        "conversations without messages",
        "agentx",
        HabitPlan::at(Stream::AgentxMessages, messages),
    ));
    for status in [414, 400] {
        let url_length = Some(UrlLength { bytes: 250, status });
        rows.extend(both("URLs are bounded", &Habits { url_length, ..Habits::default() }));
    }
    for status in [422, 413] {
        let page_size = Some(PageSize { refused_above: Some(50), status, cap: Some(7) });
        rows.extend(both("pages of more than 50 are refused", &Habits { page_size, ..Habits::default() }));
    }
    let windows = |name, limits| {
        let habits = HabitPlan::everywhere(&Habits { window: Some(limits), ..Habits::default() });
        Row::new(name, "agentx", habits)
    };
    let future = WindowLimits { refuses_future: true, ..WindowLimits::default() };
    rows.push(windows("bounds in the future are refused", future));
    let month = WindowLimits { widest_s: Some(31 * 86_400), ..future };
    rows.push(windows("windows of more than a month are refused", month));
    rows
}

fn failures() -> Vec<Row> {
    let fields = |fields: serde_json::Value| FailureSign::Fields(fields.as_object().unwrap().clone());
    let failure = |sign, times| Habits {
        failure: Some(Failure { sign, from: 2, times, when: None }),
        ..Habits::default()
    };
    let signs = [
        ("`success` as a text", FailureSign::SuccessText),
        ("`success` as a number", FailureSign::SuccessZero),
        ("`status: error`", FailureSign::StatusError),
        ("`errors` beside no records", FailureSign::Errors),
        ("`error` as an object", FailureSign::ErrorObject),
        ("half a page that says so", FailureSign::Partial),
        ("`errorMsg` beside no records", fields(json!({"errorMsg": "Account does not exist."}))),
        ("`code: 500` beside no records", fields(json!({"code": 500, "message": "timed out"}))),
        ("`ok` as a number", fields(json!({"ok": 0}))),
    ];
    let mut rows: Vec<Row> =
        signs.iter().flat_map(|(name, sign)| both(name, &failure(sign.clone(), 1))).collect();
    let for_ever = failure(FailureSign::StatusError, u64::MAX);
    let for_ever = both("`status: error` for ever", &for_ever).map(|row| row.ends([69, 0, 0]).lifted());
    rows.extend(for_ever.map(|row| row.says(&["the source says that it failed"])));
    rows
}

fn values() -> Vec<Row> {
    let mut rows = Vec::new();
    let signed_urls = Some(SignedUrls::default());
    rows.extend(both("signed URLs", &Habits { signed_urls, ..Habits::default() }));
    let key_order = Some(KeyOrder::Shuffled);
    rows.extend(both("keys in another order each time", &Habits { key_order, ..Habits::default() }));
    for kind in [
        PoisonKind::Nan,
        PoisonKind::Infinity,
        PoisonKind::NegativeInfinity,
        PoisonKind::ControlCharacter,
        PoisonKind::DuplicateKey,
    ] {
        let poison = Some(Poison { kind, of: Which::Every(9), field: "score".to_owned() });
        let poisoned = both("records that strict readers refuse", &Habits { poison, ..Habits::default() });
        rows.extend(poisoned.map(|row| match kind {
            PoisonKind::DuplicateKey => row,
            // What was quarantined is not counted anew.
            _ => row.ends([65, 0, 0]).says(&["\"outcome\": \"quarantined\""]),
        }));
    }
    let heavy = Some(Heavy { bytes: 1_000_000, of: Which::Newest(1) });
    rows.extend(both("records of two megabytes", &Habits { heavy, ..Habits::default() }));
    for encoding in ["UTF-8", "aws-chunked"] {
        let content_encoding = Some(ContentEncoding(encoding.to_owned()));
        rows.extend(both(
            "a content encoding that is none",
            &Habits { content_encoding, ..Habits::default() },
        ));
    }
    let kinds = vec![OddValue::Booleans, OddValue::EmptyInput, OddValue::FarDates];
    let odd_values = Some(OddValues { kinds, of: Which::Every(3) });
    rows.extend(both("values of another type", &Habits { odd_values, ..Habits::default() }));
    let fields = json!({"channel": {"id": "7"}}).as_object().unwrap().clone();
    for place in [Place::Before, Place::Behind] {
        let envelope = Some(Envelope { fields: fields.clone(), place });
        rows.extend(both("fields beside the records", &Habits { envelope, ..Habits::default() }));
    }
    rows
}
