//! Rows held against the landed pages before a replay changes anything: which of them no page gives any more.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use convolake_loader::{Lake, LandedObjects, LoadError};
use convolake_model::Table;
use serde::Serialize;

use crate::Project;
use crate::reads::scan::Scan;

/// Rows that a replay keeps as they are, since no landed page gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RowsKept {
    /// Rows of files that were flattened, by table: no page of theirs is ever landed.
    pub of_files: BTreeMap<String, u64>,
    /// Rows that name a landed page which is not there, by table.
    pub of_missing_pages: BTreeMap<String, u64>,
    /// How many pages these name.
    pub missing_pages: u64,
    /// The first pages of them by name.
    pub examples: Vec<String>,
}

impl RowsKept {
    /// So many pages are named.
    const MAX_EXAMPLES: usize = 5;

    /// Reads the column `page` of all tables of the pipeline. Memory holds a batch, and a number for each page that is missing.
    pub(crate) fn find(lake: &Lake, project: &Project, landed: &LandedObjects) -> Result<Self, LoadError> {
        let mut kept = Self::default();
        let mut pages = BTreeSet::new();
        let mut examples = BTreeSet::new();
        let pipeline = project.pipeline.name.as_str();
        for table in project.tables.keys() {
            let (mut of_files, mut of_missing) = (0, 0);
            let scan = Scan { table, pipeline, columns: &[Table::PAGE], equal: &[] };
            scan.for_each(lake, |rows| {
                // Rows of one page are mostly adjacent.
                let (mut last, mut place) = (None, Place::Landed);
                for page in rows.texts(Table::PAGE) {
                    if last != Some(page) {
                        place = Place::of(page.unwrap_or_default(), landed);
                        last = Some(page);
                        if place == Place::Missing && pages.insert(hash(page)) {
                            note_example(&mut examples, page.unwrap_or_default());
                        }
                    }
                    match place {
                        Place::Landed => {}
                        Place::Missing => of_missing += 1,
                        Place::File => of_files += 1,
                    }
                }
            })?;
            let note = |rows: u64, by_table: &mut BTreeMap<String, u64>| {
                if rows > 0 {
                    by_table.insert(table.clone(), rows);
                }
            };
            note(of_files, &mut kept.of_files);
            note(of_missing, &mut kept.of_missing_pages);
        }
        kept.missing_pages = pages.len() as u64;
        kept.examples = examples.into_iter().collect();
        Ok(kept)
    }

    /// The rows that name a landed page which is not there.
    pub(crate) fn rows_of_missing_pages(&self) -> u64 {
        self.of_missing_pages.values().sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.of_files.is_empty() && self.of_missing_pages.is_empty()
    }
}

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A landed page that is there.
    Landed,
    /// A landed page that is not there, or a file that is named as one.
    Missing,
    /// A file that was flattened.
    File,
}

impl Place {
    fn of(page: &str, landed: &LandedObjects) -> Self {
        match (landed.has(page), landed.is_of_raw_zone(page)) {
            (true, _) => Self::Landed,
            (false, true) => Self::Missing,
            (false, false) => Self::File,
        }
    }
}

/// Keeps the pages that come first by name: of the same lake always the same.
fn note_example(examples: &mut BTreeSet<String>, page: &str) {
    examples.insert(page.to_owned());
    if examples.len() > RowsKept::MAX_EXAMPLES {
        examples.pop_last();
    }
}

fn hash(page: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    page.hash(&mut hasher);
    hasher.finish()
}
