//! What a worker is given: one page, or one tombstone.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use convolake_extractor::PageRoom;
use convolake_loader::{LandedPage, PageDigest, PageRef, PageVersion, RawPage};
use convolake_model::ParamSet;
use jiff::Timestamp;

use crate::PageOrigin;
use crate::ingest::sink::StreamSink;

/// Whether a page is left alone whose rows stand in the tables as it gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recall {
    /// It is, and noted once it was flattened: it is newer than all that is stored.
    Allowed,
    /// It is flattened whatever is known, and noted.
    Renewed,
    /// It is flattened, and nothing is noted.
    Never,
}

/// A page to flatten, or a tombstone: records whose rows are removed.
pub(crate) struct Job {
    pub(crate) sink: Arc<StreamSink>,
    pub(crate) origin: PageOrigin,
    /// Where the page lies.
    pub(crate) at: PageRef,
    pub(crate) fetched_at: Timestamp,
    pub(crate) body: Bytes,
    pub(crate) params: Arc<ParamSet>,
    /// The position of its first record: 0, but in a file with a record a line.
    pub(crate) position: u32,
    /// Ids on the page and the hash a list showed for each.
    pub(crate) listed: BTreeMap<String, String>,
    pub(crate) recall: Recall,
    /// Ids of the records that are gone; empty for a page.
    pub(crate) gone: Vec<String>,
    /// The memory of a page that was just fetched, free again once the job is done.
    #[expect(dead_code, reason = "held until the job is dropped, and not read")]
    pub(crate) room: PageRoom,
}

impl Job {
    /// A page or tombstone of the raw zone.
    pub(crate) fn of(landed: LandedPage, sink: Arc<StreamSink>, params: Arc<ParamSet>) -> Self {
        let RawPage { fetched_at, body, listed, gone, .. } = landed.page;
        let origin = PageOrigin::Storage;
        Self {
            sink,
            origin,
            at: landed.at,
            fetched_at,
            body,
            params,
            position: 0,
            listed,
            recall: Recall::Never,
            gone,
            room: PageRoom::default(),
        }
    }

    /// Tells it from any page that would give other rows.
    pub(crate) fn digest(&self) -> PageDigest {
        let beside = format!("{:?}", (&self.params, self.position, &self.listed));
        let scope = PageDigest::of(self.sink.scope.as_bytes(), beside.as_bytes());
        PageDigest::of(scope.as_bytes(), &self.body)
    }

    /// The version of the rows it gives.
    pub(crate) fn version(&self) -> PageVersion {
        PageVersion {
            fetched_at_us: self.fetched_at.as_microsecond(),
            object: self.at.object.as_str().into(),
            line: self.at.line,
        }
    }
}
