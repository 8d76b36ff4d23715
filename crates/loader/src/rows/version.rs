//! The versions of pages: which row of a key is newer, and the lineage columns of rows.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BinaryViewBuilder, TimestampMicrosecondBuilder};
use arrow_buffer::Buffer;
use arrow_schema::ArrowError;
use indexmap::IndexSet;

use crate::paths;
use crate::rows::landed_objects::LandedObjects;

/// Files that are flattened together are dated this close to each other; a copy of a landed page has its own date.
const ONE_LOAD_US: u64 = 1_000_000;

/// The page a row comes from, as far as it decides which row is newer: in this order, field by field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageVersion {
    /// When the page was fetched: microseconds since 1970-01-01 UTC, the row's `fetched_at`.
    pub fetched_at_us: i64,
    /// The raw object that holds it.
    pub object: Arc<str>,
    /// The line in it.
    pub line: u32,
}

impl PageVersion {
    /// The version of a stored row, from its lineage columns. A page that is no `object#line` orders by its text.
    fn of_row(fetched_at_us: i64, page: &str) -> Self {
        let (object, line) =
            match page.rsplit_once('#').and_then(|(object, line)| Some((object, line.parse().ok()?))) {
                Some((object, line)) => (object, line),
                None => (page, 0),
            };
        Self { fetched_at_us, object: object.into(), line }
    }

    /// Folder and run of a landed page; `None` for one of a file.
    fn walk(&self) -> Option<(&str, &str)> {
        let (run, _) = paths::raw_run_and_seq(&self.object)?;
        Some((self.object.rsplit_once('/').map_or("", |(folder, _)| folder), run))
    }

    /// The column `page` of its rows.
    fn page(&self) -> String {
        format!("{}#{}", self.object, self.line)
    }
}

/// The versions that rows of a load have. Until it is written a row carries the number of its version instead of its
/// lineage. Numbers are given in the order in which versions come; only [`Versions::ranks`] tells which is newer. A file of a record a
/// line has as many versions as rows, so that each takes few bytes.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    pages: IndexSet<NumberedPage>,
    /// The objects they are of.
    objects: HashSet<Arc<str>>,
    /// The stored row that was asked for last: its number, and the text of its column `page`.
    last_stored: Option<(u32, Vec<u8>)>,
}

/// A version, by its number.
#[derive(Debug, PartialEq, Eq, Hash)]
struct NumberedPage {
    version: PageVersion,
    /// The text of the column `page`, where it is another than the version's.
    page: Option<Arc<[u8]>>,
    /// Of a stored row, and of none that was pushed.
    is_stored: bool,
}

impl NumberedPage {
    /// The text of the column `page`.
    fn page(&self) -> Cow<'_, [u8]> {
        match &self.page {
            Some(page) => Cow::Borrowed(page),
            None => Cow::Owned(self.version.page().into_bytes()),
        }
    }
}

impl Versions {
    /// The number of a page that rows are pushed of.
    pub(crate) fn number(&mut self, version: &PageVersion) -> u32 {
        let version = self.interned(version.clone());
        self.add(NumberedPage { version, page: None, is_stored: false })
    }

    /// The number of the page that a stored row names.
    pub(crate) fn number_of_row(&mut self, fetched_at_us: i64, page: &[u8], last: Option<u32>) -> u32 {
        // Rows of one page are mostly adjacent.
        if let (Some(last), Some((number, text))) = (last, &self.last_stored)
            && last == *number
            && text == page
            && self.get(last).fetched_at_us == fetched_at_us
        {
            return last;
        }
        let version = self.interned(PageVersion::of_row(fetched_at_us, &String::from_utf8_lossy(page)));
        let is_another = version.page().as_bytes() != page;
        let page_text = is_another.then(|| Arc::from(page));
        let number = self.add(NumberedPage { version, page: page_text, is_stored: true });
        self.last_stored = Some((number, page.to_owned()));
        number
    }

    /// The same version, its object in one place for all that name it.
    fn interned(&mut self, mut version: PageVersion) -> PageVersion {
        match self.objects.get(&version.object) {
            Some(object) => version.object = Arc::clone(object),
            None => drop(self.objects.insert(Arc::clone(&version.object))),
        }
        version
    }

    fn add(&mut self, page: NumberedPage) -> u32 {
        u32::try_from(self.pages.insert_full(page).0).unwrap_or(u32::MAX)
    }

    pub(crate) fn get(&self, number: u32) -> &PageVersion {
        &self.pages[number as usize].version
    }

    /// When the newest page so far was fetched.
    pub(crate) fn newest(&self) -> Option<jiff::Timestamp> {
        let newest = self.pages.iter().map(|page| page.version.fetched_at_us).max()?;
        jiff::Timestamp::from_microsecond(newest).ok()
    }

    /// For each number there is so far, whether no landed page answers for its rows.
    pub(crate) fn without_landed_page(&self, landed: &LandedObjects) -> Vec<bool> {
        self.pages.iter().map(|page| !landed.has(&String::from_utf8_lossy(&page.page()))).collect()
    }

    /// The column `page` of a version's rows.
    pub(crate) fn page(&self, number: u32) -> String {
        String::from_utf8_lossy(&self.pages[number as usize].page()).into_owned()
    }

    /// True where two versions are of one walk: pages that one run landed of one slice, or files that were flattened together. A
    /// later one of them is no later state of the source.
    pub(crate) fn is_one_walk(&self, a: u32, b: u32) -> bool {
        let (first, second) = (self.get(a), self.get(b));
        match (first.walk(), second.walk()) {
            (None, None) => first.fetched_at_us.abs_diff(second.fetched_at_us) < ONE_LOAD_US,
            (first, second) => first == second,
        }
    }

    /// True where two versions are of one page, or of files that were flattened together.
    pub(crate) fn is_one_page(&self, a: u32, b: u32) -> bool {
        a == b || self.get(a).walk().is_none() && self.is_one_walk(a, b)
    }

    /// True where two numbers are of the same lineage.
    pub(crate) fn same(&self, a: u32, b: u32) -> bool {
        let lineage = |number: u32| {
            let NumberedPage { version, page, is_stored: _ } = &self.pages[number as usize];
            (version, page)
        };
        a == b || lineage(a) == lineage(b)
    }

    /// The lineage columns `fetched_at` and `page` of rows with these versions, `page` as views of one text a page.
    pub(crate) fn lineage(&self, numbers: &[u32]) -> Result<(ArrayRef, ArrayRef), ArrowError> {
        let mut pages = BinaryViewBuilder::with_capacity(numbers.len());
        let mut instants = TimestampMicrosecondBuilder::with_capacity(numbers.len()).with_timezone("UTC");
        for run in numbers.chunk_by(|a, b| a == b) {
            let numbered = &self.pages[run[0] as usize];
            let page = numbered.page().into_owned();
            let n_bytes = u32::try_from(page.len()).unwrap_or(u32::MAX);
            let block = pages.append_block(Buffer::from_vec(page));
            for _ in run {
                pages.try_append_view(block, 0, n_bytes)?;
            }
            instants.append_value_n(numbered.version.fetched_at_us, run.len());
        }
        Ok((Arc::new(instants.finish()), Arc::new(pages.finish())))
    }

    /// The rank of each number there is so far: the greater, the newer.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut sorted: Vec<&PageVersion> = self.pages.iter().map(|page| &page.version).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let rank = |page: &NumberedPage| {
            sorted.binary_search(&&page.version).map_or(0, |rank| u32::try_from(rank).unwrap_or(u32::MAX))
        };
        self.pages.iter().map(rank).collect()
    }
}
