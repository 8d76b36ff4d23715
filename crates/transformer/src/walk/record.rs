//! Records, and the elements in them that are rows: opened, read, and ended by a row.

use convolake_batch::ParentExtent;

use super::column_value;
use super::state::Walk;
use super::way::Holder;
use crate::json::{Failed, Kind, Raw};

impl<'a> Walk<'a> {
    /// A record: its rows are kept, or all of them dropped and the record rejected. True if another follows.
    pub(super) fn record(&mut self, holder: Holder, key: Option<&'a str>) -> Result<bool, Failed> {
        self.record_mismatch = None;
        self.too_large = None;
        self.reader.deepest = 0;
        self.reader.has_wide_number = false;
        let start = self.reader.offset();
        // A record is read as far as the comma behind it before its row is made, so that one that is no JSON never has
        // a row of its own.
        let read = self.open_element(0, self.records, key).and_then(|()| holder.next(&mut self.reader));
        let Ok(has_more) = read else { return self.broken_record(start, holder) };
        let text = self.frames[0].text;
        let first = self.rows[0].count;
        // A record that cannot be kept leaves no row of its own, as one page may hold millions of them.
        let fault = match self.fault_before_row(text) {
            Some(fault) => {
                self.no_row(0);
                Some(fault)
            }
            None => {
                self.row(0);
                self.fault_of_row()
            }
        };
        if let Some((reason, detail)) = fault {
            self.rows[0].drop_from(first);
            self.drop_rows_below(0);
            self.reject(reason, "", detail, text);
            return Ok(has_more);
        }
        self.parents();
        Ok(has_more)
    }

    /// Appends the open record as a parent to the tables in which it replaces all rows it had.
    fn parents(&mut self) {
        let mut scratch = std::mem::take(&mut self.scratch);
        for (level, level_plan) in self.plan.levels.iter().enumerate() {
            for (index, column) in level_plan.table.replace.iter().enumerate() {
                let value = column_value::of(self.open(), column, &mut scratch);
                self.rows[level].push_parent_key(index, &value.cell);
            }
            if !level_plan.table.replace.is_empty() {
                let extent = self.extent_of(level);
                self.rows[level].end_parent(self.records, extent);
            }
        }
        self.scratch = scratch;
    }

    /// How much of a level's rows the record that has just ended brings: nothing is said of them where their array stands in none of
    /// the elements that could have it.
    fn extent_of(&self, level: usize) -> ParentExtent {
        let record = self.frames[0].generation;
        match self.plan.levels[level].parent {
            Some(_) if self.told[level] == record => ParentExtent::Whole,
            Some(above) if self.frames[above].generation >= record => ParentExtent::Part,
            Some(above) => self.extent_of(above),
            None => ParentExtent::Whole,
        }
    }

    /// An element of a level: its JSON, then its row.
    pub(super) fn element(&mut self, level: usize, index: u32, key: Option<&'a str>) -> Result<(), Failed> {
        self.open_element(level, index, key)?;
        self.row(level);
        Ok(())
    }

    /// Opens an element and reads its JSON; its row is made later.
    fn open_element(&mut self, level: usize, index: u32, key: Option<&'a str>) -> Result<(), Failed> {
        let plan = self.plan;
        self.generation += 1;
        let rows = &self.rows;
        let below = plan.levels[level].descendants.iter().map(|descendant| rows[*descendant].count);
        self.frames[level].begin(self.generation, index, key, below);
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        match (kind, plan.levels[level].bare_element) {
            (Kind::Object, _) => {
                self.object(plan.levels[level].root)?;
            }
            (_, Some(node)) => self.value(node, None)?,
            (_, None) => {
                self.reader.skip()?;
            }
        }
        let text = self.reader.since(start);
        self.frames[level].text = text;
        // A column at `""` takes the element itself.
        if let Some(slot) = plan.nodes[plan.levels[level].root].slot {
            self.frames[level].slots[slot] = Some(Raw { text, is_plain: false });
        }
        self.frames[level].is_bare = kind != Kind::Object;
        self.aggregate(level);
        Ok(())
    }

    /// Takes the least and greatest of the rows below an element that has ended.
    fn aggregate(&mut self, level: usize) {
        let level_plan = &self.plan.levels[level];
        for (slot, aggregate) in level_plan.aggregates.iter().enumerate() {
            let first = self.rows_before(level, aggregate.level);
            self.frames[level].aggregates[slot] =
                self.rows[aggregate.level].extreme(aggregate.extreme, aggregate.column, first);
        }
    }

    /// How many rows the level `below` had when the open element of `level` began.
    pub(super) fn rows_before(&self, level: usize, below: usize) -> usize {
        let at = self.plan.levels[level].descendants.iter().position(|descendant| *descendant == below);
        self.frames[level].rows_before[at.unwrap_or_default()]
    }
}
