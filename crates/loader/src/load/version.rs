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
    pub(crate) fn of_row(fetched_at_us: i64, page: &str) -> Self {
        let (object, line) =
            match page.rsplit_once('#').and_then(|(object, line)| Some((object, line.parse().ok()?))) {
                Some((object, line)) => (object, line),
                None => (page, 0),
            };
        Self { fetched_at_us, object: object.to_owned(), line }
    }
}

/// All versions of a load. Numbers are given as they come; only [`Versions::ranks`] orders them.
#[derive(Debug, Default)]
pub(crate) struct Versions(Vec<PageVersion>);

impl Versions {
    /// The number of a version. One that comes twice may have two numbers, and then one rank.
    pub(crate) fn number(&mut self, version: &PageVersion) -> u32 {
        if self.0.last() != Some(version) {
            self.0.push(version.clone());
        }
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX - 1)
    }

    pub(crate) fn get(&self, number: u32) -> &PageVersion {
        &self.0[number as usize]
    }

    /// The rank of each number: the greater, the newer.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut sorted: Vec<&PageVersion> = self.0.iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let rank = |version| {
            sorted.binary_search(&version).map_or(0, |rank| u32::try_from(rank).unwrap_or(u32::MAX))
        };
        self.0.iter().map(rank).collect()
    }
}
