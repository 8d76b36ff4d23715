//! Rows that gave way to another of the same load: those of which a table can hold one, though the source gave several at once.

use convolake_batch::ParentExtent;

use crate::resolve::batch_columns::BatchColumns;
use crate::resolve::changes::TableChanges;
use crate::resolve::fold::FoldEntry;
use crate::resolve::resolver::Resolver;
use crate::resolve::told::FirstGaveWay;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::rows_equal;

/// Counts what gave way in units, one after the other.
pub(crate) struct GivenWay<'a> {
    resolver: &'a Resolver<'a>,
    batch_columns: &'a [BatchColumns<'a>],
    /// By key, one more than the place of the entry that stays; 0 where there is none.
    stays: Vec<usize>,
    /// By key, one more than the place of the last entry of it in the record that is looked at, or in a later one.
    last: Vec<usize>,
}

impl<'a> GivenWay<'a> {
    pub(crate) fn new(
        resolver: &'a Resolver<'a>,
        batch_columns: &'a [BatchColumns<'a>],
        n_keys: usize,
    ) -> Self {
        Self { resolver, batch_columns, stays: vec![0; n_keys], last: vec![0; n_keys] }
    }

    /// Counts those of one unit. `incoming` are its pushed rows and parents without rows, from the oldest to the newest; `number`
    /// gives the number of an entry's version.
    ///
    /// Seen from the newest: a row gives way to one of the same key and another content that came beside it, to the last of its own record
    /// where that has several. Where each row is a
    /// unit, that is on a page of the same walk; where a parent's rows are replaced as a whole, on the same page, since a later
    /// page is a later answer, and then a row that the parent's later record has not got gives way as well.
    pub(crate) fn count(
        &mut self,
        incoming: &[FoldEntry],
        number: impl Fn(FoldEntry) -> u32,
        changes: &mut TableChanges,
    ) {
        let is_replaced = !self.resolver.layout.unit_is_key();
        let records = incoming.chunk_by(|a, b| (a.rank, a.index) == (b.rank, b.index));
        let mut records: Vec<&[FoldEntry]> = records.collect();
        records.reverse();
        let (mut end, mut end_of_newest) = (incoming.len(), incoming.len());
        let mut newest: Option<FoldEntry> = None;
        for record in records {
            let begin = end - record.len();
            let is_beside = newest.is_some_and(|newest| {
                let (a, b) = (number(newest), number(record[0]));
                let versions = self.resolver.versions;
                if is_replaced { versions.is_one_page(a, b) } else { versions.is_one_walk(a, b) }
            });
            if !is_beside {
                self.forget(&incoming[end..end_of_newest]);
                end_of_newest = end;
                newest = Some(record[0]);
            }
            let Some(newest) = newest else { continue };
            for (place, entry) in (begin..end).zip(record).rev() {
                if !self.is_row(*entry) {
                    continue;
                }
                let last = self.last[entry.key as usize];
                if (begin + 1..=end).contains(&last) {
                    let last = incoming[last - 1];
                    if !self.same_content(*entry, last) {
                        self.note(*entry, number(last), Some(last), changes);
                    }
                    continue;
                }
                self.last[entry.key as usize] = place + 1;
                match self.stays[entry.key as usize] {
                    0 if is_beside && is_replaced => {
                        if VersionedBatch::extent_of(newest.index) == ParentExtent::Whole {
                            self.note(*entry, number(newest), None, changes);
                        }
                    }
                    0 => self.stays[entry.key as usize] = place + 1,
                    at => {
                        let stays = incoming[at - 1];
                        if !self.same_content(*entry, stays) {
                            self.note(*entry, number(stays), Some(stays), changes);
                        }
                    }
                }
            }
            end = begin;
        }
        self.forget(&incoming[..end_of_newest]);
    }

    fn forget(&mut self, entries: &[FoldEntry]) {
        for entry in entries {
            if self.is_row(*entry) {
                self.stays[entry.key as usize] = 0;
                self.last[entry.key as usize] = 0;
            }
        }
    }

    /// False for a parent without rows.
    fn is_row(&self, entry: FoldEntry) -> bool {
        (entry.batch as usize) < self.batch_columns.len()
    }

    fn note(&self, lost: FoldEntry, to_version: u32, stays: Option<FoldEntry>, changes: &mut TableChanges) {
        let place = |entry: FoldEntry| (&self.batch_columns[entry.batch as usize], entry.row as usize);
        changes
            .gave_way
            .note(|| FirstGaveWay::of(self.resolver.layout, place(lost), to_version, stays.map(place)));
    }

    fn same_content(&self, a: FoldEntry, b: FoldEntry) -> bool {
        let content = |entry: FoldEntry| &self.batch_columns[entry.batch as usize].content;
        rows_equal(content(a), a.row as usize, content(b), b.row as usize)
    }
}
