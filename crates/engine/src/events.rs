//! Events of a run, for whoever watches it.

use convolake_model::{ParamSet, Tree};

/// Where a page that becomes rows came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageOrigin {
    /// This run has asked the source for it, and said so when it landed.
    Source,
    /// A file, or the raw zone, where an earlier run has landed it.
    Storage,
}

/// What happens while a run goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// A stream's requests begin.
    StreamStarted {
        /// The stream.
        stream: &'a str,
        /// Its params.
        params: &'a ParamSet,
    },
    /// A page is durable.
    PageLanded {
        /// The stream.
        stream: &'a str,
        /// Its params.
        params: &'a ParamSet,
        /// Records on it.
        records: u64,
        /// Its size.
        bytes: u64,
        /// Records the stream is expected to give in all, where that is known.
        expected_records: Option<u64>,
    },
    /// A page became rows, or was quarantined as a whole.
    PageFlattened {
        /// The stream.
        stream: &'a str,
        /// Its params.
        params: &'a ParamSet,
        /// Where it came from.
        origin: PageOrigin,
        /// Its size.
        bytes: u64,
        /// Records on it.
        records: u64,
        /// Rows of all its tables.
        rows: u64,
        /// Records that could not become rows.
        rejects: u64,
    },
    /// A stream is through, or stopped.
    StreamEnded {
        /// The stream.
        stream: &'a str,
        /// Its params.
        params: &'a ParamSet,
        /// Why it stopped before its end.
        error: Option<&'a str>,
    },
    /// Rows are merged into the tables.
    Merging {
        /// Rows to merge.
        rows: u64,
    },
    /// Table files were brought into the tree that the pipeline publishes from now on.
    FilesMoved {
        /// How many.
        files: u64,
        /// The tree.
        to: Tree,
    },
    /// A pipeline's part of a lake is being verified.
    Verifying {
        /// The pipeline.
        pipeline: &'a str,
        /// What of it.
        what: &'a str,
    },
    /// Something a person should know that stops nothing.
    Warning {
        /// What.
        message: &'a str,
    },
}

/// Whoever watches a run. Called from several threads.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn on(&self, event: &Event<'_>);
}
