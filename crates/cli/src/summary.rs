//! What a person reads at the end of a run.

use convolake_engine::{Outcome, RunReport};

use crate::terminal;

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
    for (number, told) in [
        (report.vanished_fields.len(), "fields that were usual are in no record any more"),
        (report.changed_types.len(), "fields have values of a type they had not before"),
        (
            report.unknown_words.len(),
            "words are new to columns whose words are known, such as a type of message",
        ),
    ] {
        if number > 0 {
            lines.push(format!("{told}: {number} (the report lists them)"));
        }
    }
    let how = match report.outcome {
        Outcome::Done => "done",
        Outcome::Quarantined => "done, with records in quarantine",
        Outcome::Short => "done, and something is short",
        Outcome::Failed => "failed",
        Outcome::Busy => "work is left for the next run",
        Outcome::Unavailable => "the source was not available",
        Outcome::Refused => "refused",
        Outcome::Misconfigured => "misconfigured",
    };
    lines.push(format!("{} {}: {how} in {:.1} s", report.command, report.pipeline, report.seconds));
    lines
}

/// 12345 as 12,345.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in the unit that shows it best.
pub(crate) fn bytes(value: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let size = value as f64;
    match value {
        0..1_000 => format!("{value} B"),
        1_000..1_000_000 => format!("{:.1} kB", size / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", size / 1e6),
        _ => format!("{:.1} GB", size / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [999, 1_500, 2_000_000, 3_200_000_000].map(bytes),
            ["999 B", "1.5 kB", "2.0 MB", "3.2 GB"]
        );
    }
}
