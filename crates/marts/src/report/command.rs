//! The command: what a lake holds and how its runs went, on one page.

use std::io::Write as _;
use std::path::PathBuf;

use askama::Template;
use convolake_engine::{StatusRequest, SystemClock, status};
use jiff::Timestamp;

use super::maker::Maker;
use crate::catalog::Catalog;
use crate::failure::Failure;
use crate::output::StagedFile;

/// Runs that are looked at.
const RUNS: usize = 400;

/// What page is asked for.
#[derive(Debug, Clone)]
pub(crate) struct ReportRequest {
    /// Where the lake is.
    pub(crate) to: String,
    /// Where the page is written.
    pub(crate) out: PathBuf,
    /// What hashes of keys may take while checks are carried out, in bytes.
    pub(crate) memory_bytes: u64,
    /// The zone of days; that of the pipelines where `None`.
    pub(crate) zone: Option<String>,
    /// The instant that counts as now.
    pub(crate) now: Timestamp,
    /// The version of this program.
    pub(crate) version: &'static str,
}

/// Writes the page; gives its size in bytes.
///
/// # Errors
/// There is no such zone, or no lake; a file that does not read; the page cannot be written.
pub(crate) fn report(request: &ReportRequest) -> Result<u64, Failure> {
    if let Some(zone) = &request.zone {
        crate::build::zone(zone)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(Failure::other)?;
    let asked =
        StatusRequest { to: request.to.clone(), pipeline: None, runs: RUNS, fail_if_older_than: None };
    let status = runtime.block_on(status(asked, &SystemClock::played(request.now)))?;
    // A lake whose first run has come to nothing yet has no table: the page says so.
    let catalog = match Catalog::open(&request.to) {
        Ok(catalog) => Some(catalog),
        Err(_) if status.pipelines.iter().all(|of| of.commit.is_none()) => None,
        Err(failure) => return Err(failure),
    };
    let page = Maker { request, status: &status, catalog: catalog.as_ref() }.page()?;
    let text = page.render().map_err(Failure::other)?;
    write(request, &text)?;
    Ok(text.len() as u64)
}

/// Writes the page under its name at once: who has it open sees the old one or the new one.
fn write(request: &ReportRequest, text: &str) -> Result<(), Failure> {
    let (file, mut bytes) = StagedFile::begin(&request.out)?;
    bytes.write_all(text.as_bytes()).and_then(|()| bytes.flush()).map_err(|error| Failure::Other {
        message: format!("could not write {}: {}", request.out.display(), convolake_engine::io_words(&error)),
        hint: None,
        outcome: convolake_engine::Outcome::Failed,
    })?;
    drop(bytes);
    file.finish()
}
