//! Where the pages of one stream with one set of params go.

use std::sync::Arc;

use convolake_loader::{PageDigest, PageFacts, PageRef};
use convolake_model::{ConfigError, OnMismatch, Stream};
use convolake_transformer::Flattener;

use crate::ingest::declared_rows::DeclaredRows;
use crate::ingest::tally::Tally;
use crate::lock::Lock;
use crate::project::deletion_scope::DeletionScope;
use crate::{EngineError, Project};

/// What all pages of one stream with one set of params share.
pub(crate) struct StreamSink {
    pub(crate) stream: String,
    pub(crate) flattener: Arc<Flattener>,
    /// Tells all that decides which rows a page gives, but for the page itself.
    pub(crate) scope: PageDigest,
    pub(crate) tally: Tally,
    /// The pages that were left alone, as they are known.
    pub(crate) recalled: Lock<Vec<Recalled>>,
    pub(crate) on_mismatch: OnMismatch,
    /// Where the stream's records say how many rows they bring.
    pub(crate) declared_rows: Option<DeclaredRows>,
    /// Where the stream's records have rows; the error where those of one record cannot be told, which is met with the
    /// first tombstone only.
    pub(crate) deletion_scopes: Result<Vec<DeletionScope>, ConfigError>,
}

/// A page that was left alone.
#[derive(Debug, Clone)]
pub(crate) struct Recalled {
    pub(crate) at: PageRef,
    pub(crate) digest: PageDigest,
    pub(crate) facts: PageFacts,
}

impl StreamSink {
    pub(crate) fn new(project: &Project, stream: &Stream) -> Result<Self, EngineError> {
        Ok(Self {
            stream: stream.name.clone(),
            flattener: Arc::new(project.flattener(stream)?),
            scope: project.flattening_digest(stream),
            recalled: Lock::default(),
            tally: Tally::default(),
            on_mismatch: project.pipeline.on_mismatch,
            declared_rows: DeclaredRows::of(project, stream),
            deletion_scopes: project.deletion_scopes(stream),
        })
    }
}
