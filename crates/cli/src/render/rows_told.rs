//! What a report says of rows in the tables that somebody should know.

use convolake_engine::{RunReport, TableReport};

use super::numbers::number;
use super::run::Line;

/// Rows that a replay keeps, and the order of files that were flattened.
pub(super) fn of_report(report: &RunReport) -> Vec<Line> {
    let mut lines = Vec::new();
    if let (Some(last), 2..) = (report.files.last(), report.files.len()) {
        lines.push(Line::Fact(format!(
            "{} files, in the order given: of a record that several hold, the last one's counts, as that of {last}",
            report.files.len()
        )));
    }
    if let Some(kept) = &report.rows_kept {
        let of_files: u64 = kept.of_files.values().sum();
        let of_missing_pages: u64 = kept.of_missing_pages.values().sum();
        for (rows, from) in
            [(of_files, "flattened files"), (of_missing_pages, "landed pages that are missing")]
        {
            if rows > 0 {
                lines.push(Line::Fact(format!("{} rows come from {from}, and were kept", number(rows))));
            }
        }
    }
    lines
}

/// What became of rows in a table that somebody should know.
pub(super) fn of_table(name: &str, table: &TableReport) -> Vec<Line> {
    let TableReport { new_columns, gave_way, shrunk, reduced, went_back, .. } = table;
    let new_columns = new_columns.as_ref().map(|new| {
        Line::Fact(format!(
            "{name} has new columns {}; {} of {} files {} them; `{}` writes all (docs/warehouses.md says which readers see them before)",
            new.columns.join(", "),
            number(new.files_with),
            number(new.files),
            if new.files_with == 1 { "has" } else { "have" },
            new.remedy,
        ))
    });
    let gave_way = gave_way.as_ref().map(|found| {
        let differs = match found.columns.as_slice() {
            [] => "which has no such row".to_owned(),
            columns => format!("which differs in {}", columns.join(", ")),
        };
        Line::Trouble(format!(
            "{name}: {} rows gave way to another of the same key in the same load, as {} of {} to {}, {differs}; a table holds one row of a \
             key: if each of them counts, the key is too narrow",
            number(found.rows),
            found.key,
            found.page,
            found.to_page,
        ))
    });
    let shrunk = shrunk.as_ref().map(|found| {
        Line::Trouble(format!(
            "{name}: {} came back with fewer rows than they declare, or without a word of them, as {} on {}; {} rows they had were kept",
            number(found.parents),
            found.first,
            found.page,
            number(found.rows),
        ))
    });
    let reduced = reduced.as_ref().map(|found| {
        Line::Fact(format!(
            "{name}: {} came back with fewer rows than they had, as {} on {}; {} rows were taken out",
            number(found.parents),
            found.first,
            found.page,
            number(found.rows),
        ))
    });
    let went_back = went_back.as_ref().map(|found| {
        Line::Trouble(format!(
            "{name}: {} rows took the place of one that the source changed later, as {} on {}: a cache may have answered, or an older \
             file came behind a newer one; what comes last counts",
            number(found.rows),
            found.key,
            found.page,
        ))
    });
    [new_columns, gave_way, shrunk, reduced, went_back].into_iter().flatten().collect()
}
