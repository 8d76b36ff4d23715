//! What became of Delta tables: of a run, and by command.

use convolake_engine::{DeltaReport, DeltaVersion, LakeVacuumReport, PublishReport};

use super::numbers::{bytes, number};
use super::run::Line;

/// Of a run: the versions it made, and why there are none.
pub(super) fn of_run(report: &DeltaReport) -> Vec<Line> {
    let made = report.tables.iter().filter(|(_, version)| is_new(version));
    let made: Vec<String> = made.map(|(table, version)| format!("{table} {}", version.version)).collect();
    let fact = (!made.is_empty()).then(|| Line::Fact(format!("  delta versions: {}", made.join(", "))));
    let trouble = report.error.iter().map(|error| Line::Trouble(format!("delta: {error}")));
    fact.into_iter().chain(trouble).collect()
}

/// The report of `publish` as text.
pub(crate) fn published(report: &PublishReport) -> String {
    let mut lines = Vec::new();
    for (pipeline, done) in &report.pipelines {
        let name = if pipeline == "*" { "all pipelines" } else { pipeline };
        if let Some(error) = &done.error {
            lines.push(format!("{name}: {error}"));
            continue;
        }
        let made: Vec<_> = done.tables.iter().filter(|(_, version)| is_new(version)).collect();
        if made.is_empty() {
            lines.push(format!("{name}: all tables are at the newest commit"));
            continue;
        }
        lines.push(format!("{name}:"));
        lines.extend(made.into_iter().map(
            |(table, DeltaVersion { version, files_added, files_removed })| {
                format!(
                    "  {table:20} version {version}: {} files added, {} removed",
                    number(*files_added),
                    number(*files_removed)
                )
            },
        ));
    }
    let verdict = if report.exit_code == 0 { "done" } else { "not all was done" };
    lines.push(format!("publish {}: {verdict}, in {:.1} s", report.lake, report.seconds));
    lines.join("\n")
}

/// The report of `vacuum` as text.
pub(crate) fn vacuumed(report: &LakeVacuumReport) -> String {
    let would = if report.dry_run { "would be removed" } else { "removed" };
    let table = |(table, done): (&String, &convolake_engine::Vacuumed)| {
        format!(
            "  {table:20} {} files, {}, and {} log objects {would}",
            number(done.files),
            bytes(done.bytes),
            number(done.log_objects)
        )
    };
    let mut lines: Vec<String> = report.tables.iter().map(table).collect();
    lines.extend(report.errors.iter().map(|(table, error)| format!("  {table}: {error}")));
    if lines.is_empty() {
        lines.push("the lake has no Delta tables".to_owned());
    }
    let verdict = match (report.exit_code, report.dry_run) {
        (0, true) => "nothing was changed",
        (0, false) => "done",
        _ => "not all was done",
    };
    lines.push(format!("vacuum {}: {verdict}, in {:.1} s", report.lake, report.seconds));
    lines.join("\n")
}

fn is_new(version: &DeltaVersion) -> bool {
    version.files_added + version.files_removed > 0
}
