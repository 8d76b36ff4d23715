//! Landed pages one by one, by the names of their objects.

use std::collections::BTreeMap;

use crate::error::RawError;
use crate::raw::land::Raw;
use crate::raw::page::LandedPage;
use crate::raw::pages;
use crate::storage::blocking::block_on;
use crate::{LoadError, paths};

impl Raw {
    /// The objects of a pipeline's landed pages, by name, with about what each takes in bytes. Blocks.
    ///
    /// # Errors
    /// The store's refusal to list; a pack that does not read.
    pub fn objects_with_bytes(&self, pipeline: &str) -> Result<BTreeMap<String, u64>, LoadError> {
        paths::name("the pipeline", pipeline)?;
        let mut objects = BTreeMap::new();
        // Those of their own first: what is packed meanwhile is then found in its pack.
        for listed in block_on(self.lake.list(&paths::raw_pipeline(pipeline)))? {
            if paths::is_raw_object(&listed.name) {
                objects.insert(listed.name, listed.n_bytes);
            }
        }
        for member in block_on(self.objects.packed(pipeline))? {
            objects.entry(member.name).or_insert(member.bytes);
        }
        Ok(objects)
    }

    /// The page of an object, with what it refers to. Blocks.
    ///
    /// # Errors
    /// It is not there, or does not read.
    pub fn page_of(&self, object: &str) -> Result<LandedPage, RawError> {
        block_on(pages::read(&self.objects, &self.repeats.bases, object)).map_err(|error| RawError {
            object: object.to_owned(),
            line: 0,
            source: Box::new(error),
        })
    }
}
