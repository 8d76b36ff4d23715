//! `report`: one page of a lake.

use convolake_engine::Failure;

use super::now;
use crate::arguments::Report;
use crate::output::terminal;
use crate::report::{self, ReportRequest};
use crate::{checks, memory};

/// Writes the page.
pub(super) fn report(arguments: &Report) -> Result<u8, Failure> {
    memory::bound(arguments.memory)?;
    let bytes = report::report(&ReportRequest {
        to: arguments.to.clone(),
        out: arguments.out.clone(),
        memory_bytes: checks::share_of_hashes(arguments.memory),
        zone: arguments.zone.clone(),
        now: now()?,
        version: env!("CARGO_PKG_VERSION"),
    })?;
    terminal::line(&format!("{}: {bytes} bytes", arguments.out.display()));
    Ok(0)
}
