//! A store whose answers cannot be relied on, over one that can.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not applied, an error.
    FailedBefore,
    /// Applied, an error.
    FailedAfter,
    /// Applied, and answered as the client's own repetition is: its condition no longer holds.
    MetItself,
    /// Not applied, and answered as a conflict.
    Conflict,
    /// Applied late.
    Late,
}

const FAULTS: [Fault; 5] =
    [Fault::FailedBefore, Fault::FailedAfter, Fault::MetItself, Fault::Conflict, Fault::Late];

/// Does one of [`FAULTS`] to some of the writes, from a seed; and fails some reads.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    seed: AtomicU64,
    /// How many of 100 requests are disturbed.
    percent: u64,
    pub(crate) n_ambiguous: AtomicUsize,
}

impl FaultyStore {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, seed: u64, percent: u64) -> Self {
        Self { inner, seed: AtomicU64::new(seed), percent, n_ambiguous: AtomicUsize::new(0) }
    }

    /// The next number of a sequence (SplitMix64).
    fn draw(&self) -> u64 {
        let seed = self.seed.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn fault(&self) -> Option<Fault> {
        let number = self.draw();
        let at = usize::try_from((number >> 32) % FAULTS.len() as u64).unwrap();
        (number % 100 < self.percent).then(|| FAULTS[at])
    }
}

fn lost() -> Error {
    Error::Generic { store: "faulty", source: "the answer was lost".into() }
}

impl std::fmt::Display for FaultyStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "faulty {}", self.inner)
    }
}

#[async_trait::async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(&self, at: &Path, content: PutPayload, options: PutOptions) -> Result<PutResult> {
        let fault = self.fault();
        let is_create = options.mode == PutMode::Create;
        let denied = || {
            let (path, source) = (at.to_string(), "played by a test".into());
            match is_create {
                true => Error::AlreadyExists { path, source },
                false => Error::Precondition { path, source },
            }
        };
        if fault.is_some_and(|fault| fault != Fault::Late) {
            self.n_ambiguous.fetch_add(1, Ordering::Relaxed);
        }
        match fault {
            Some(Fault::FailedBefore) => Err(lost()),
            Some(Fault::Conflict) => Err(denied()),
            Some(Fault::FailedAfter) => {
                self.inner.put_opts(at, content, options).await?;
                Err(lost())
            }
            Some(Fault::MetItself) => {
                self.inner.put_opts(at, content, options).await?;
                Err(denied())
            }
            Some(Fault::Late) => {
                tokio::time::sleep(Duration::from_millis(2)).await;
                self.inner.put_opts(at, content, options).await
            }
            None => self.inner.put_opts(at, content, options).await,
        }
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(at, options).await
    }

    async fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(at, ranges).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
