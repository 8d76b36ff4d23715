//! Records from page files, and page files from records.

mod folder;
mod pages;

use crate::config::Corpus;
use crate::error::SimulatorError;
use crate::generate::generate;
use crate::store::Store;

pub use pages::write_pages;

/// Everything a corpus holds, sorted for serving.
pub(crate) fn load(corpus: &Corpus) -> Result<Store, SimulatorError> {
    match corpus {
        Corpus::Generated(generator) => Ok(generate(generator)),
        Corpus::Folder(path) => folder::load(path),
    }
}
