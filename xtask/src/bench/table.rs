//! The results for a person: one line a contestant, aligned.

use super::contestant::{Contestant, Portion};
use super::measured::{Medians, Written};
use super::results::{Outcome, Results};

const HEAD: [&str; 9] = [
    "",
    "runs",
    "CPU s",
    "wall s",
    "peak MiB",
    "output MB",
    "CPU / ours",
    "memory / ours",
    "conversations + turns + messages",
];

/// Rows of the tables in the order in which they are shown.
const TABLES: [&str; 3] = ["conversations", "turns", "messages"];

/// Beyond this the rows are marked. Odd records, which not everybody keeps, stay below, and so does a tenth of the
/// pages where a page more or less is taken.
const FAR_APART: f64 = 0.05;

/// The table with a title line, and failures below it.
pub(super) fn table(results: &Results) -> String {
    let ours = results.medians(Contestant::Convolake);
    let mut lines = vec![HEAD.map(str::to_owned)];
    let mut remarks = String::new();
    for (contestant, outcome) in results.outcomes() {
        match outcome {
            Outcome::Done(medians) => lines.push(line(contestant, &medians, ours.as_ref())),
            Outcome::Failed(failure) => {
                let mut cells = [const { String::new() }; 9];
                cells[0] = contestant.label().to_owned();
                cells[2] = "failed".to_owned();
                lines.push(cells);
                let failure = failure.replace('\n', "\n    ");
                remarks.push_str(&format!("{} failed: {failure}\n", contestant.label()));
            }
        }
    }
    if lines.iter().any(|cells| cells[8].ends_with('!')) {
        remarks.push_str("! rows differ from ours by more than 5 %\n");
    }
    let title =
        format!("{}: {} MB of pages", results.workload.stream(), results.pages_bytes.div_ceil(1_000_000));
    format!("{title}\n{}{remarks}", aligned(&lines))
}

fn line(contestant: Contestant, medians: &Medians, ours: Option<&Medians>) -> [String; 9] {
    // What had other pages stands for itself.
    let ours = ours.filter(|_| matches!(contestant.portion(), Portion::Whole | Portion::Tenth));
    let ratio = |figure: fn(&Medians) -> f64| {
        ours.map(|ours| significant(figure(medians) / figure(ours))).unwrap_or_default()
    };
    let has_output = contestant != Contestant::Floor;
    let mark = match ours {
        Some(ours) if has_output && are_far_apart(&medians.written, &ours.written) => " !",
        _ => "",
    };
    let output = |text: String| if has_output { text } else { String::new() };
    [
        contestant.label().to_owned(),
        medians.runs.to_string(),
        significant(medians.cpu_seconds),
        significant(medians.wall_seconds),
        significant(medians.peak_bytes / f64::from(1 << 20)),
        output(significant(medians.written.bytes as f64 / 1e6)),
        ratio(|medians| medians.cpu_seconds),
        ratio(|medians| medians.peak_bytes),
        output(format!("{}{mark}", rows(&medians.written))),
    ]
}

fn rows(written: &Written) -> String {
    let counts = TABLES.iter().filter_map(|table| written.tables.get(*table)).map(|count| thousands(*count));
    counts.collect::<Vec<_>>().join(" + ")
}

fn are_far_apart(theirs: &Written, ours: &Written) -> bool {
    TABLES.iter().any(|table| {
        let count = |written: &Written| written.tables.get(*table).copied().unwrap_or(0) as f64;
        (count(theirs) - count(ours)).abs() > FAR_APART * count(ours)
    })
}

/// Three digits that matter, none of them behind the point from 100 on.
pub(super) fn significant(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The first and the last column to the left, the others to the right.
fn aligned(lines: &[[String; 9]]) -> String {
    let width = |column: usize| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut text = String::new();
    for cells in lines {
        let mut line = String::new();
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            match column == 0 || column == HEAD.len() - 1 {
                true => line.push_str(&format!("{cell:<width$}  ")),
                false => line.push_str(&format!("{cell:>width$}  ")),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::run;
    use super::super::workload::Workload;
    use super::*;

    #[test]
    fn everybody_has_a_line_and_failures_are_told_below() {
        let mut results = Results::new(Workload::Messages, 200_000_000);
        results.add(Contestant::Convolake, Ok(run(1.5, 120, 762_810)));
        results.add(Contestant::ConvolakeHalf, Ok(run(0.75, 118, 381_405)));
        results.add(Contestant::Floor, Ok(run(1.0, 10, 0)));
        results.add(Contestant::Duckdb1, Ok(run(9.0, 960, 762_800)));
        results.add(Contestant::Polars, Err("ended with exit code 1\nout of memory".to_owned()));
        results.add(Contestant::Dlt, Ok(run(12.0, 240, 70_000)));
        let expected = "\
agentx/messages: 200 MB of pages
                           runs   CPU s  wall s  peak MiB  output MB  CPU / ours  memory / ours  conversations + turns + messages
convolake                     1    1.50    1.50       120       2.00        1.00           1.00  762,810
convolake, half the pages     1   0.750   0.750       118       2.00                             381,405
floor: parse + compress       1    1.00    1.00      10.0                  0.667          0.083
DuckDB, 1 thread              1    9.00    9.00       960       2.00        6.00           8.00  762,800
Polars                           failed
dlt (a tenth, x10)            1     120     120       240       20.0        80.0           2.00  700,000 !
Polars failed: ended with exit code 1
    out of memory
! rows differ from ours by more than 5 %
";
        assert_eq!(table(&results), expected);
    }

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [(0.0312, "0.031"), (1.234, "1.23"), (99.94, "99.9"), (1234.5, "1234")] {
            assert_eq!(significant(value), expected);
        }
        for (count, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(count), expected);
        }
    }
}
