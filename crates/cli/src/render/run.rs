//! The report of a run.

use convolake_engine::{Outcome, RunReport};

use super::numbers::{bytes, number};
use crate::terminal;

/// Shows the report on stderr.
pub(crate) fn show(report: &RunReport) {
    for line in lines(report) {
        terminal::line(&line);
    }
}

fn lines(report: &RunReport) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, table) in &report.tables {
        lines.push(format!(
            "{name:14} {:>9} added {:>9} changed {:>7} removed   {} files, {}",
            number(table.rows_added),
            number(table.rows_changed),
            number(table.rows_removed),
            number(table.files_written),
            bytes(table.bytes_written),
        ));
    }
    for stream in &report.streams {
        if stream.quarantined > 0 {
            lines.push(format!(
                "{}: {} of {} records quarantined; see quarantine/{}/{}.jsonl.zst",
                stream.stream,
                number(stream.quarantined),
                number(stream.records),
                report.pipeline,
                report.run,
            ));
        }
        if let Some(found) = stream.completeness.as_ref().filter(|found| found.short + found.over > 0) {
            let example = found.short_examples.first().or(found.over_examples.first());
            lines.push(format!(
                "{}: {} have the rows the source declares, {} are short, {} over{}",
                stream.stream,
                number(found.complete),
                number(found.short),
                number(found.over),
                example.map(|example| format!(", as {}", example.id)).unwrap_or_default(),
            ));
        }
        if let Some(again) = &stream.fetched_again {
            let complete = again.complete.map(|complete| format!(", {} are complete now", number(complete)));
            lines.push(format!(
                "{}: what is short of {} was asked for again{}",
                stream.stream,
                number(again.asked),
                complete.unwrap_or_default(),
            ));
        }
        if let Some(example) = stream.gone_examples.first() {
            let removed = match stream.removed {
                0 => "and stay in the lake".to_owned(),
                removed => format!("{} of them were removed from the lake", number(removed)),
            };
            lines.push(format!(
                "{}: {} are gone at the source, {removed}, as {example}",
                stream.stream,
                number(stream.gone),
            ));
        }
        lines.extend(stream.warnings.iter().take(3).map(|warning| format!("{}: {warning}", stream.stream)));
        if !stream.unanswered.is_empty() {
            let some: Vec<&str> = stream.unanswered.iter().take(3).map(String::as_str).collect();
            lines.push(format!(
                "{}: {} ids were asked for and not answered, as {}",
                stream.stream,
                number(u64::try_from(stream.unanswered.len()).unwrap_or(u64::MAX)),
                some.join(", "),
            ));
        }
    }
    let fields = report.new_fields.len();
    if fields > 0 {
        lines.push(format!("{fields} fields have no column; they stand in `extra` (the report lists them)"));
    }
    let mismatched: u64 = report.mismatches.iter().map(|field| field.count).sum();
    if mismatched > 0 {
        lines.push(format!("{} values do not fit their column; they stand in `extra`", number(mismatched)));
    }
    for column in report.as_text.iter().take(3) {
        lines.push(format!(
            "{}: {} numbers or booleans stand as they are written, so that 12 and \"12\" are one text",
            column.field,
            number(column.count),
        ));
    }
    for (count, what) in [
        (report.vanished_fields.len(), "fields that were usual are in no record any more"),
        (report.changed_types.len(), "fields have values of a type they had not before"),
        (
            report.unknown_words.len(),
            "words are new to columns whose words are known, such as a type of message",
        ),
    ] {
        if count > 0 {
            lines.push(format!("{what}: {count} (the report lists them)"));
        }
    }
    let outcome = match report.outcome {
        Outcome::Done => "done",
        Outcome::Quarantined => "done, with records in quarantine",
        Outcome::Short => "done, and something is short",
        Outcome::Failed => "failed",
        Outcome::Busy => "work is left for the next run",
        Outcome::Unavailable => "the source was not available",
        Outcome::Refused => "refused",
        Outcome::Misconfigured => "misconfigured",
    };
    lines.push(format!("{} {}: {outcome} in {:.1} s", report.command, report.pipeline, report.seconds));
    lines
}
