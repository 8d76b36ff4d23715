//! Landed pages by their names alone.

use crate::raw::land::Raw;
use crate::raw::page::LandedPage;
use crate::raw::pages;
use crate::{LoadError, paths};

/// Where a landed page stands, told by its object's name alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LandedName {
    /// The stream.
    pub stream: String,
    /// The slice as one path segment.
    pub slice_id: String,
    /// The page's number in its slice.
    pub seq: u32,
    /// The run that fetched it.
    pub run: String,
    /// The object.
    pub object: String,
}

impl Raw {
    /// The names of a pipeline's landed pages, by stream and slice, and within a slice by number and run. Nothing is
    /// read, and what was packed is not among them.
    ///
    /// # Errors
    /// The store's refusal to list.
    pub async fn names(&self, pipeline: &str) -> Result<Vec<LandedName>, LoadError> {
        let folder = paths::raw_pipeline(paths::name("the pipeline", pipeline)?);
        let listed = self.lake.list(&folder).await?;
        let mut names: Vec<LandedName> =
            listed.into_iter().filter_map(|listed| LandedName::of(&listed.name)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Reads a landed page, whole even where it was landed as a reference.
    ///
    /// # Errors
    /// The object is gone or does not read; the store's refusal.
    pub async fn read(&self, name: &LandedName) -> Result<LandedPage, LoadError> {
        pages::read(&self.objects, &self.repeats.bases, &name.object).await
    }
}

impl LandedName {
    /// What an object's name tells; `None` where it is no landed page by itself.
    pub(crate) fn of(object: &str) -> Option<Self> {
        let segments: Vec<&str> = object.split('/').collect();
        let [_, _, stream, slice_id, _] = segments[..] else {
            return None;
        };
        let (run, seq) = paths::raw_run_and_seq(object)?;
        let (stream, slice_id, run) = (stream.to_owned(), slice_id.to_owned(), run.to_owned());
        Some(Self { stream, slice_id, seq, run, object: object.to_owned() })
    }
}
