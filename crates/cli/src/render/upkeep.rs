//! The report of `upkeep`.

use convolake_engine::{Archived, LakeUpkeepReport, PipelineUpkeep};

use super::numbers::{bytes, number};

/// The whole report as text.
pub(crate) fn text(report: &LakeUpkeepReport) -> String {
    let lines = report.pipelines.iter().flat_map(|pipeline| lines(pipeline, report.dry_run));
    let verdict = if report.dry_run { "nothing was changed" } else { "done" };
    let verdict = if report.exit_code == 0 { verdict } else { "not all was done" };
    let end = format!("upkeep {}: {verdict}, in {:.1} s", report.lake, report.seconds);
    lines.chain(std::iter::once(end)).collect::<Vec<_>>().join("\n")
}

fn lines(pipeline: &PipelineUpkeep, dry_run: bool) -> Vec<String> {
    let name = &pipeline.pipeline;
    if let Some(error) = &pipeline.error {
        return vec![format!("{name}: {error}")];
    }
    if pipeline.done.is_empty() {
        return vec![format!("{name}: nothing to do")];
    }
    let done = &pipeline.done;
    let kinds = [("landed pages", done.pages), ("commits", done.commits), ("reports", done.reports)];
    let of_kind = |(what, archived): &(&str, Archived)| {
        (archived.objects > 0).then(|| format!("  {what:14} {}", archived_text(archived, dry_run)))
    };
    let mut lines = vec![format!("{name}:")];
    lines.extend(kinds.iter().filter_map(of_kind));
    if done.manifests > 0 {
        lines.push(format!(
            "  {:14} {} that no commit names were removed",
            "manifests",
            number(done.manifests)
        ));
    }
    if done.delta_log > 0 {
        let would = if dry_run { "would be removed" } else { "were removed" };
        lines.push(format!(
            "  {:14} {} versions and checkpoints that a later checkpoint stands for {would}",
            "delta logs",
            number(done.delta_log)
        ));
    }
    if done.unfinished > 0 {
        let would = if dry_run { "would be removed" } else { "were removed" };
        lines.push(format!(
            "  {:14} {} files that killed processes were writing {would}",
            "unfinished",
            number(done.unfinished)
        ));
    }
    lines
}

fn archived_text(archived: &Archived, dry_run: bool) -> String {
    let before = format!("{} objects, {}", number(archived.objects), bytes(archived.bytes));
    let after = match (dry_run, archived.archives) {
        (_, 0) => "were archived before, and go".to_owned(),
        (true, n) => format!("would be {} archives", number(n)),
        (false, n) => format!("are {} archives, {}", number(n), bytes(archived.archive_bytes)),
    };
    format!("{before} {after}")
}
