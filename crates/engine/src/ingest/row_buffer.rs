//! Rows that a worker has made and not yet pushed to the load.

use std::sync::Arc;

use convolake_batch::TableBatch;
use convolake_loader::{PageDigest, PageFacts, PageFinding, PageVersion};
use convolake_transformer::Gathered;

use crate::EngineError;
use crate::ingest::sink::StreamSink;

/// Rows of one sink, with the version of each page they are of.
pub(crate) struct RowBuffer {
    pub(crate) sink: Arc<StreamSink>,
    pub(crate) gathered: Gathered,
    pub(crate) pages: Vec<PageVersion>,
    /// Those of them that are to be known.
    pub(crate) known: Vec<NotedPage>,
}

/// A page that is to be known.
pub(crate) struct NotedPage {
    pub(crate) version: PageVersion,
    pub(crate) digest: PageDigest,
    pub(crate) facts: PageFacts,
    pub(crate) findings: Vec<PageFinding>,
}

impl RowBuffer {
    pub(crate) fn new(sink: Arc<StreamSink>) -> Self {
        let gathered = sink.flattener.gather();
        Self { sink, gathered, pages: Vec::new(), known: Vec::new() }
    }

    /// The memory its rows take, about.
    pub(crate) fn bytes(&self) -> usize {
        self.gathered.bytes()
    }

    /// Empties the buffer: a batch for each table, and the pages all of them are of.
    pub(crate) fn drain(&mut self) -> Result<(Vec<TableBatch>, Vec<PageVersion>), EngineError> {
        let pages = std::mem::take(&mut self.pages);
        let tables = self.sink.flattener.take(&mut self.gathered);
        let failed = |error| EngineError::Worker { message: format!("rows make no batch: {error}") };
        Ok((tables.map_err(failed)?, pages))
    }
}

/// The buffer of a sink, made where there is none yet.
pub(crate) fn buffer_of<'a>(buffers: &'a mut Vec<RowBuffer>, sink: &Arc<StreamSink>) -> &'a mut RowBuffer {
    let found = buffers.iter().position(|buffer| Arc::ptr_eq(&buffer.sink, sink));
    let index = found.unwrap_or_else(|| {
        buffers.push(RowBuffer::new(Arc::clone(sink)));
        buffers.len() - 1
    });
    &mut buffers[index]
}
