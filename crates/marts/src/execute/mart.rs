//! `mart`: derived tables are brought up to date.

use convolake_model::Mart;
use serde_json::json;

use super::now;
use crate::arguments::{MartArguments, ReportFormat};
use crate::build::{BuildReport, BuildRequest, Extent, MartReport, build};
use crate::failure::Failure;
use crate::{memory, output};

/// What a share of a month may take, of the memory of the process.
const SHARE_OF_MEMORY: u64 = 2;

pub(super) fn mart(arguments: MartArguments) -> Result<u8, Failure> {
    memory::bound(arguments.memory)?;
    // A variable that is set to nothing is no value.
    let set: Vec<String> = arguments.set.into_iter().filter(|text| !text.is_empty()).collect();
    let overrides = convolake_engine::overrides(&set)?;
    let request = BuildRequest {
        to: arguments.to,
        marts: arguments.names,
        sources: arguments.source,
        as_of: arguments.as_of,
        zone: arguments.zone,
        extent: if arguments.anew { Extent::All } else { Extent::Stale },
        memory_bytes: arguments.memory / SHARE_OF_MEMORY,
        overrides,
        now: now()?,
    };
    let mut reports = Vec::new();
    let built = build(&request, |report| {
        output::terminal::line(&summary(report));
        reports.push(report.clone());
    });
    let text = match arguments.output {
        ReportFormat::Json => format!("{:#}\n", json!({ "version": 1, "sources": reports })),
        ReportFormat::Human => reports.iter().flat_map(lines).collect(),
    };
    output::text(&text)?;
    built.map(|()| 0)
}

fn summary(report: &BuildReport) -> String {
    let BuildReport { source, months, all_months, seconds, .. } = report;
    match months.len() {
        0 => format!("{source}: nothing changed since the last build"),
        n => {
            let (files, rows) = report
                .tables
                .values()
                .fold((0, 0), |(files, rows), table| (files + table.files, rows + table.rows));
            format!(
                "{source}: derived tables of {n} of {all_months} months built anew: {rows} rows, {files} files changed, {seconds:.1} s"
            )
        }
    }
}

fn lines(report: &BuildReport) -> Vec<String> {
    let line = |(mart, built): (&Mart, &MartReport)| {
        let MartReport { partitions, files, rows } = built;
        let (source, name) = (&report.source, mart.name());
        format!("{source}  {name}: {rows} rows in {partitions} partitions, {files} files changed\n")
    };
    report.tables.iter().map(line).collect()
}
