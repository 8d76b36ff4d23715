//! The names of landed objects: which rows a landed page answers for, told by their column `page`.

use std::collections::{BTreeSet, HashSet};

use crate::paths;

/// The names of the objects that a pipeline's landed pages lie in. Each holds one line.
#[derive(Debug, Clone)]
pub struct LandedObjects {
    /// What the names of all objects of the pipeline's raw zone begin with.
    zone: String,
    objects: HashSet<String>,
}

impl LandedObjects {
    pub(crate) fn new(pipeline: &str, objects: impl IntoIterator<Item = String>) -> Self {
        Self { zone: format!("{}/", paths::raw_pipeline(pipeline)), objects: objects.into_iter().collect() }
    }

    /// The objects of a pipeline's landed pages, by their names.
    pub fn of(pipeline: &str, objects: impl IntoIterator<Item = String>) -> Self {
        Self::new(pipeline, objects)
    }

    /// The streams of these pages.
    pub fn streams(&self) -> BTreeSet<String> {
        self.objects.iter().filter_map(|object| object.split('/').nth(2).map(str::to_owned)).collect()
    }

    /// True for the `page` of a row that a landed page answers for: its object is there, and has such a line.
    pub fn has(&self, page: &str) -> bool {
        page.rsplit_once('#').is_some_and(|(object, line)| line == "1" && self.objects.contains(object))
    }

    /// True for the `page` of a row that a run landed; others are of files that were flattened.
    pub fn is_of_raw_zone(&self, page: &str) -> bool {
        page.starts_with(&self.zone)
    }

    /// Takes an object out: it is there, and its page does not read.
    pub fn remove(&mut self, object: &str) {
        self.objects.remove(object);
    }

    pub(crate) fn pages(&self) -> u64 {
        self.objects.len() as u64
    }

    /// The runs that landed pages.
    pub(crate) fn runs(&self) -> BTreeSet<String> {
        let run = |object: &String| paths::raw_run_and_seq(object).map(|(run, _)| run.to_owned());
        self.objects.iter().filter_map(run).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_landed_missing_or_of_a_file() {
        let object = paths::raw_page("raw/p/s/x", "20261121T120000Z-abcdef", 1);
        let landed = LandedObjects::new("p", [object.clone()]);
        for (page, has, is_of_raw_zone) in [
            (format!("{object}#1"), true, true),
            // An object has one line, so that another was never there.
            (format!("{object}#2"), false, true),
            (object.clone(), false, true),
            (format!("{object}#"), false, true),
            ("raw/p/s/x/other.jsonl.zst#1".to_owned(), false, true),
            (format!("./{object}#1"), false, false),
            ("raw/pp/s/x/other.jsonl.zst#1".to_owned(), false, false),
            ("raw/p".to_owned(), false, false),
            ("e-9.json#1".to_owned(), false, false),
            (String::new(), false, false),
        ] {
            assert_eq!((landed.has(&page), landed.is_of_raw_zone(&page)), (has, is_of_raw_zone), "{page}");
        }
        assert_eq!(landed.pages(), 1);
        assert_eq!(landed.runs().into_iter().collect::<Vec<_>>(), ["20261121T120000Z-abcdef"]);
    }
}
