use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::BinaryViewBuilder;
use arrow_array::builder::TimestampMicrosecondBuilder;
use arrow_buffer::Buffer;
use arrow_schema::ArrowError;

/// The page a row comes from, as far as it decides which row is newer: in this order, field by field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageVersion {
    /// When the page was fetched: microseconds since 1970-01-01 UTC, the row's `fetched_at`.
    pub fetched_at_us: i64,
    /// The raw object it stands in.
    pub object: String,
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
        Self { fetched_at_us, object: object.to_owned(), line }
    }

    fn page(&self) -> Buffer {
        Buffer::from_vec(format!("{}#{}", self.object, self.line).into_bytes())
    }
}

/// All versions that rows of a load have: on their way a row's lineage is the number of its version. Numbers are given
/// as versions come; only [`Versions::ranks`] orders them.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    known: Vec<Known>,
    pushed: HashMap<PageVersion, u32>,
    stored: HashMap<(i64, Vec<u8>), u32>,
}

#[derive(Debug)]
struct Known {
    version: PageVersion,
    /// The column `page`: a text, shared by the rows that stand on it.
    page: Buffer,
}

impl Versions {
    /// The number of a page that rows are pushed of.
    pub(crate) fn number(&mut self, version: &PageVersion) -> u32 {
        if let Some(number) = self.pushed.get(version) {
            return *number;
        }
        let number = self.add(Known { version: version.clone(), page: version.page() });
        self.pushed.insert(version.clone(), number);
        number
    }

    /// The number of the page that a stored row names.
    pub(crate) fn number_of_row(&mut self, fetched_at_us: i64, page: &[u8], last: Option<u32>) -> u32 {
        // Rows of one page mostly stand side by side.
        if let Some(last) = last
            && let Known { version, page: last_page } = &self.known[last as usize]
            && (version.fetched_at_us, last_page.as_slice()) == (fetched_at_us, page)
        {
            return last;
        }
        let key = (fetched_at_us, page.to_owned());
        if let Some(number) = self.stored.get(&key) {
            return *number;
        }
        let version = PageVersion::of_row(fetched_at_us, &String::from_utf8_lossy(page));
        let number = self.add(Known { version, page: Buffer::from(page) });
        self.stored.insert(key, number);
        number
    }

    fn add(&mut self, known: Known) -> u32 {
        self.known.push(known);
        u32::try_from(self.known.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn get(&self, number: u32) -> &PageVersion {
        &self.known[number as usize].version
    }

    /// True where two numbers stand for the same lineage.
    pub(crate) fn same(&self, a: u32, b: u32) -> bool {
        let lineage = |number: u32| {
            let Known { version, page } = &self.known[number as usize];
            (version.fetched_at_us, page.as_slice())
        };
        a == b || lineage(a) == lineage(b)
    }

    /// The lineage columns `fetched_at` and `page` of rows with these versions, `page` as views of one text a page.
    pub(crate) fn lineage(&self, numbers: &[u32]) -> Result<(ArrayRef, ArrayRef), ArrowError> {
        let mut pages = BinaryViewBuilder::with_capacity(numbers.len());
        let mut instants = TimestampMicrosecondBuilder::with_capacity(numbers.len()).with_timezone("UTC");
        for run in numbers.chunk_by(|a, b| a == b) {
            let Known { version, page } = &self.known[run[0] as usize];
            let n_bytes = u32::try_from(page.len()).unwrap_or(u32::MAX);
            let block = pages.append_block(page.clone());
            for _ in run {
                pages.try_append_view(block, 0, n_bytes)?;
            }
            instants.append_value_n(version.fetched_at_us, run.len());
        }
        Ok((Arc::new(instants.finish()), Arc::new(pages.finish())))
    }

    /// The rank of each number there is so far: the greater, the newer.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut sorted: Vec<&PageVersion> = self.known.iter().map(|known| &known.version).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let rank = |known: &Known| {
            sorted.binary_search(&&known.version).map_or(0, |rank| u32::try_from(rank).unwrap_or(u32::MAX))
        };
        self.known.iter().map(rank).collect()
    }
}
