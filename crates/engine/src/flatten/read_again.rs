//! Pages that a second pass over the files looks for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use convolake_loader::{PageDigest, PageRef};

use crate::EngineError;

/// Pages to meet once more, each as it was when it was met first.
pub(crate) struct ReadAgain {
    pages: BTreeMap<PageRef, PageDigest>,
    met: BTreeSet<PageRef>,
}

impl ReadAgain {
    pub(crate) fn new(pages: BTreeMap<PageRef, PageDigest>) -> Self {
        Self { pages, met: BTreeSet::new() }
    }

    /// True where some of the pages are of this object.
    pub(crate) fn are_in(&self, object: &str) -> bool {
        self.pages.keys().any(|page| page.object == object)
    }

    pub(crate) fn has(&self, page: &PageRef) -> bool {
        self.pages.contains_key(page)
    }

    /// Takes note of a page that was met.
    ///
    /// # Errors
    /// It is another than before.
    pub(crate) fn meet(&mut self, page: &PageRef, digest: &PageDigest) -> Result<(), EngineError> {
        if self.pages.get(page) != Some(digest) {
            return Err(EngineError::FileChanged { page: page.to_string() });
        }
        self.met.insert(page.clone());
        Ok(())
    }

    /// That each page was met.
    ///
    /// # Errors
    /// One was not.
    pub(crate) fn all_met(&self) -> Result<(), EngineError> {
        match self.pages.keys().find(|page| !self.met.contains(page)) {
            Some(page) => Err(EngineError::FileChanged { page: page.to_string() }),
            None => Ok(()),
        }
    }
}

/// True for a file that holds the same when it is read again: not for a pipe, a terminal or a socket.
pub(crate) fn is_read_again(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that was cut or replaced between the two passes: what it held is not to be dropped without a word.
    #[test]
    fn each_page_is_met_as_it_was() {
        let at = |line| PageRef { object: "file:x".to_owned(), line };
        let digest = |body: &[u8]| PageDigest::of(b"", body);
        let pages = BTreeMap::from([(at(1), digest(b"a")), (at(2), digest(b"b"))]);
        let mut pages = ReadAgain::new(pages);
        assert!(pages.are_in("file:x") && !pages.are_in("file:y") && pages.has(&at(2)) && !pages.has(&at(3)));
        pages.meet(&at(1), &digest(b"a")).unwrap();
        assert!(pages.all_met().is_err());
        assert!(pages.meet(&at(2), &digest(b"other")).is_err());
        pages.meet(&at(2), &digest(b"b")).unwrap();
        pages.all_met().unwrap();
    }
}
