//! One stream with one set of params, being pulled.

use std::sync::Arc;

use convolake_extractor::Facts;
use convolake_model::{ParamSet, Stream};

use crate::EngineError;
use crate::blocking::blocking;
use crate::ingest::StreamSink;
use crate::lock::Lock;
use crate::reads::open_records::open_records;
use crate::report::stream_outcome::StreamOutcome;
use crate::report::warning::Warning;
use crate::run::by_slices::Listing;
use crate::run::context::RunContext;
use crate::run::decide::{Basis, decide};
use crate::run::slice::SlicePull;
use crate::state::streams::StreamState;

/// One stream with one set of params, being pulled.
pub(crate) struct StreamPull<'a> {
    pub(crate) run: &'a RunContext<'a>,
    pub(crate) stream: &'a Stream,
    pub(crate) params: &'a Arc<ParamSet>,
    pub(crate) slices: SlicePull<'a>,
    /// What the run begins with.
    pub(crate) before: StreamState,
    /// What was found out so far.
    pub(crate) outcome: StreamOutcome,
}

/// A stream that was pulled, as far as the run came.
pub(crate) struct EndedPull {
    pub(crate) outcome: StreamOutcome,
    pub(crate) state: StreamState,
    pub(crate) sink: Arc<StreamSink>,
}

impl<'a> StreamPull<'a> {
    pub(crate) fn new(
        run: &'a RunContext<'a>,
        stream: &'a Stream,
        params: &'a Arc<ParamSet>,
        sink: &'a Arc<StreamSink>,
    ) -> Self {
        Self {
            run,
            stream,
            params,
            slices: SlicePull {
                run,
                stream,
                params,
                sink,
                expected_records: None,
                until: None,
                cut_short: Lock::default(),
            },
            before: run.state.get_or_new(&stream.name, params),
            outcome: StreamOutcome::default(),
        }
    }

    /// What the stream's slices are planned by.
    pub(crate) async fn facts(&self) -> Result<Facts, EngineError> {
        let session = self.run.session;
        let open = match self.before.watermark {
            Some(watermark) => {
                let (lake, pipeline) = (session.lake.clone(), session.pipeline().to_owned());
                let stream = self.stream.clone();
                let schema = session.project.schemas[&stream.name].clone();
                let params = Arc::clone(self.params);
                blocking(move || Ok(open_records(&lake, &pipeline, &stream, &schema, &params, watermark)?))
                    .await?
            }
            None => Vec::new(),
        };
        let unfinished = self.before.unfinished.as_ref();
        Ok(Facts {
            open,
            reopened: self.before.reopened_windows(),
            begin: self.run.begin.of(self.before.watermark),
            watermark: self.before.watermark,
            now: self.run.horizon(self.stream),
            last_full_walk: self.before.last_full_walk,
            was_first_walk: self.before.was_first_walk,
            unfinished: self.run.checkpoint.unfinished(self.stream, self.params, unfinished),
        })
    }

    /// What the stream's next state is decided by; `listing` is what its list showed.
    pub(crate) fn basis<'b>(&'b self, facts: &'b Facts, listing: Option<&'b Listing>) -> Basis<'b> {
        let session = self.run.session;
        Basis {
            stream: self.stream,
            goal: self.run.goal,
            facts,
            is_list: self.is_list(),
            listed: self.stream.changed.as_ref().and(listing).map(|listing| &listing.hashes),
            run: &session.run,
            resumed_runs: self.run.checkpoint.runs(),
            started_at: session.started_at,
            source_time: self.run.source_clock.source_time(),
        }
    }

    /// True where another stream asks for what this one lists.
    pub(crate) fn is_list(&self) -> bool {
        let streams = self.run.session.project.pipeline.streams.values();
        let mut lists = streams.filter_map(|stream| stream.changed.as_ref()).map(|changed| &changed.list);
        lists.any(|list| *list == self.stream.name)
    }

    /// Decides the stream's next state, and adds the warnings that only its end shows.
    pub(crate) fn conclude(mut self, facts: &Facts, listing: Option<&Listing>) -> EndedPull {
        // A stream that gave no page yet was not pulled from anywhere.
        self.outcome.page_size = self.run.extractor.learnt_page_size(self.stream);
        self.outcome.has_page = self.slices.sink.tally.counts().pages > 0;
        let state = decide(&self.before, &self.basis(facts, listing), &self.outcome);
        let watermark = self.before.watermark;
        let is_unmoved = watermark.is_some() && watermark == state.watermark;
        let partial = self.slices.sink.tally.counts().partial;
        let partial = (partial.n_pages > 0).then_some(Warning::ErrorsBesideRecords {
            n_errors: partial.n_errors,
            n_pages: partial.n_pages,
            first: partial.first,
        });
        let unmoved = (is_unmoved && self.outcome.fault.error.is_none()).then_some(Warning::WatermarkUnmoved);
        let endpoint = self.run.source_clock.warning(&self.stream.name);
        let from = self.run.begin.warning(watermark, self.stream.lookback);
        for warning in
            partial.into_iter().chain(unmoved).chain(from).chain(endpoint).chain(self.run.clock_warning())
        {
            self.outcome.warnings.push(warning);
        }
        EndedPull { outcome: self.outcome, state, sink: Arc::clone(self.slices.sink) }
    }
}
