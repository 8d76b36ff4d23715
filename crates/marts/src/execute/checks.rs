//! `checks`: a lake held against what is expected of its rows.

use convolake_engine::Failure;

use super::now;
use crate::arguments::{Checks, ReportFormat};
use crate::catalog::Catalog;
use crate::checks::{self, ChecksRequest, Which};
use crate::memory;
use crate::output::text;

/// Carries the checks out, and writes what came of them.
pub(super) fn checks(arguments: &Checks) -> Result<u8, Failure> {
    memory::bound(arguments.memory)?;
    let request = ChecksRequest {
        to: arguments.to.clone(),
        pipeline: arguments.pipeline.clone(),
        tables: arguments.tables.clone(),
        which: match arguments.tables_only {
            true => Which::Tables,
            false => Which::TablesAndMarts,
        },
        memory_bytes: checks::share_of_hashes(arguments.memory),
        now: now()?,
    };
    let report = checks::checks(&request, &Catalog::open(&arguments.to)?)?;
    match arguments.output {
        ReportFormat::Human => text(&checks::text(&report))?,
        ReportFormat::Json => {
            let json = serde_json::to_string_pretty(&report).map_err(Failure::other)?;
            text(&format!("{json}\n"))?;
        }
    }
    Ok(report.exit_code)
}
