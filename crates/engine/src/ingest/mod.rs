//! Pages become rows of a load: jobs cross a bounded channel to worker threads, which flatten them.
//!
//! ```text
//! Job --JobSender--> Worker --RowBuffer--> Load
//!                       +----rejects-----> Quarantine
//! ```

mod job;
mod declared_rows;
mod sink;
mod sinks;
pub(crate) mod tally;
mod landed_pages;
pub(crate) mod page_findings;
mod pool;
pub(crate) mod worker;
pub(crate) mod row_buffer;
pub(crate) mod tombstone;

pub(crate) use crate::ingest::job::{Job, Recall};
pub(crate) use crate::ingest::landed_pages::LandedPages;
pub(crate) use crate::ingest::page_findings::Findings;
pub(crate) use crate::ingest::pool::{JobSender, Workers};
pub(crate) use crate::ingest::sink::{Recalled, StreamSink};
pub(crate) use crate::ingest::sinks::StreamSinks;
