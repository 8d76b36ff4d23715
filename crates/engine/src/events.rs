//! Events of a run, for whoever watches it.

use convolake_model::ParamSet;

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
        /// Records on it.
        records: u64,
        /// Its size.
        bytes: u64,
        /// Records the stream is expected to give in all, where that is known.
        expected_records: Option<u64>,
    },
    /// A page became rows.
    PageFlattened {
        /// The stream.
        stream: &'a str,
        /// Rows of all its tables.
        rows: u64,
        /// Records that could not become rows.
        rejects: u64,
    },
    /// A stream is through, or stopped.
    StreamEnded {
        /// The stream.
        stream: &'a str,
        /// Why it stopped before its end.
        error: Option<&'a str>,
    },
    /// Rows are merged into the tables.
    Merging {
        /// Rows to merge.
        rows: u64,
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
