//! The report of `plan`.

use convolake_engine::{Basis, PlanReport, RequestEstimate, SlicePlan, StreamPlan};

use super::layout::{columns, indented, pairs};
use super::numbers::{bytes, counted, instant, number, span};

/// Slices shown of a stream; the JSON document has all.
const SLICES_MAX: usize = 3;

/// The whole plan as text.
pub(crate) fn text(report: &PlanReport) -> String {
    let head = ["stream", "params", "asks for", "requests", "records", "size", "takes", "going by"];
    let rows = report.streams.iter().map(row);
    let mut parts = vec![
        format!("run {} --to {} at {}:", report.pipeline, report.lake, instant(report.now)),
        indented(&columns(&head, &[3, 4, 5, 6], rows)),
        format!(
            "  in all {} requests, {}, {} at the rate limit",
            estimate(report.requests),
            report
                .bytes
                .map_or_else(|| "of unknown size".to_owned(), |size| format!("about {}", bytes(size))),
            takes(report.requests, report.seconds),
        ),
    ];
    for stream in &report.streams {
        if let Some(error) = stream.probe.as_ref().and_then(|probe| probe.error.as_ref()) {
            parts.push(format!("  {} {}: {error}", stream.stream, pairs(&stream.params)));
        }
    }
    parts.extend(report.warnings.iter().map(|warning| format!("  warning: {warning}")));
    if report.streams.iter().any(|stream| stream.basis == Basis::Nothing) {
        parts.push(
            "  how much there is shows only by asking: add --probe for one request a stream".to_owned(),
        );
    }
    parts.join("\n")
}

fn row(stream: &StreamPlan) -> Vec<String> {
    let unknown = || "?".to_owned();
    vec![
        stream.stream.clone(),
        pairs(&stream.params),
        asks_for(stream),
        estimate(stream.requests),
        stream.records.map_or_else(unknown, number),
        stream.bytes.map_or_else(unknown, bytes),
        takes(stream.requests, stream.seconds),
        match stream.basis {
            Basis::Nothing => "nothing yet".to_owned(),
            Basis::EarlierRuns => "earlier runs".to_owned(),
            Basis::Probe => counted(stream.probe.as_ref().map_or(1, |probe| probe.requests), "page"),
        },
    ]
}

fn asks_for(stream: &StreamPlan) -> String {
    let slice = |slice: &SlicePlan| match (slice.kind, slice.from, slice.until) {
        (_, Some(from), Some(until)) => format!("{} to {}", instant(from), instant(until)),
        ("ids", ..) => format!("what {} shows as changed", stream.changed_in.as_deref().unwrap_or("a list")),
        _ if stream.is_full_walk => "everything".to_owned(),
        _ => "the newest, until nothing can have changed".to_owned(),
    };
    let mut shown: Vec<String> = stream.slices.iter().take(SLICES_MAX).map(slice).collect();
    match stream.slices.len().saturating_sub(SLICES_MAX) {
        0 if shown.is_empty() => "nothing: it is up to date".to_owned(),
        0 => shown.join("; "),
        more => {
            shown.push(format!("and {more} more slices"));
            shown.join("; ")
        }
    }
}

/// How long requests take, as surely as their number is known.
fn takes(requests: RequestEstimate, seconds: f64) -> String {
    match requests.expected {
        Some(_) => span(seconds),
        None => format!("at least {}", span(seconds)),
    }
}

fn estimate(requests: RequestEstimate) -> String {
    match requests.expected {
        Some(_) => format!("about {}", number(requests.likely())),
        None => format!("at least {}", number(requests.at_least)),
    }
}
