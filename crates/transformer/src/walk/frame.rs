//! What is known of an element while its JSON is being read.

use crate::json::Raw;
use crate::plan::Level;

/// The open element of a level. One frame serves all elements of its level, one after the other.
pub(crate) struct Frame<'a> {
    /// Which element this is, among all of all levels; a node is present if it bears this number.
    pub(crate) generation: u64,
    /// The element's position in its array.
    pub(crate) index: u32,
    /// What stands in each slot.
    pub(crate) slots: Vec<Option<Raw<'a>>>,
    /// The raw texts of each slot below a joined `*`.
    pub(crate) joined: Vec<Vec<&'a str>>,
    /// For each slot, the last element whose value a column gave back exactly.
    kept: Vec<u64>,
    /// For each slot, whether its value stands in `extra` all the same.
    forced: Vec<bool>,
    /// Values that stand in a slot and would go to `extra`, were no column to give them back.
    unkept: usize,
    has_forced: bool,
    has_joined: bool,
    pub(crate) counts: Vec<Option<i64>>,
    pub(crate) aggregates: Vec<Option<i64>>,
    pub(crate) extras: Vec<Extra<'a>>,
    /// The element's text, once it has ended.
    pub(crate) text: &'a str,
    /// True where the element is no object.
    pub(crate) is_bare: bool,
    /// How many rows the table of each level below had when the element began.
    pub(crate) rows_before: Vec<usize>,
    /// The key that stood twice although it leads to rows or to a block of columns.
    pub(crate) duplicate: Option<usize>,
}

/// A field for `extra`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extra<'a> {
    /// The node of the object it is a member of.
    pub(crate) object: usize,
    /// Its key as JSON writes it, without quotes.
    pub(crate) key: &'a str,
    /// Its value, verbatim.
    pub(crate) value: &'a str,
    /// True where the value is what an array of rows left: it stands under its name whatever the extra base.
    pub(crate) is_array: bool,
}

impl Frame<'_> {
    pub(crate) fn new(level: &Level) -> Self {
        Self {
            generation: 0,
            index: 0,
            slots: vec![None; level.slots.len()],
            joined: vec![Vec::new(); level.slots.len()],
            kept: vec![0; level.slots.len()],
            forced: vec![false; level.slots.len()],
            unkept: 0,
            has_forced: false,
            has_joined: level.slots.iter().any(|slot| slot.joined),
            counts: vec![None; level.counts],
            aggregates: vec![None; level.aggregates.len()],
            extras: Vec::new(),
            text: "",
            is_bare: false,
            rows_before: Vec::with_capacity(level.descendants.len()),
            duplicate: None,
        }
    }

    #[inline]
    pub(crate) fn begin(&mut self, generation: u64, index: u32, rows: impl Iterator<Item = usize>) {
        self.generation = generation;
        self.index = index;
        self.slots.fill(None);
        self.unkept = 0;
        if self.has_joined {
            self.joined.iter_mut().for_each(Vec::clear);
        }
        if self.has_forced {
            self.forced.fill(false);
            self.has_forced = false;
        }
        self.counts.fill(None);
        self.aggregates.fill(None);
        self.extras.clear();
        self.text = "";
        self.is_bare = false;
        self.duplicate = None;
        self.rows_before.clear();
        self.rows_before.extend(rows);
    }
}

impl<'a> Frame<'a> {
    /// A slot's value was read; what stood there before under the same name counts no longer.
    #[inline]
    pub(crate) fn fill(&mut self, slot: usize, goes_to_extra: bool, raw: Raw<'a>) {
        if self.slots[slot].replace(raw).is_none() && goes_to_extra {
            self.unkept += 1;
        }
    }

    /// A column gives the slot's value back.
    #[inline]
    pub(crate) fn keep(&mut self, slot: usize, goes_to_extra: bool) {
        if std::mem::replace(&mut self.kept[slot], self.generation) != self.generation && goes_to_extra {
            self.unkept -= 1;
        }
    }

    /// The slot's value did not fit a column: it stands in `extra`, whatever others make of it.
    pub(crate) fn force(&mut self, slot: usize) {
        self.forced[slot] = true;
        self.has_forced = true;
    }

    /// True where a column gives back what stands in the slot.
    pub(crate) fn is_kept(&self, slot: usize) -> bool {
        self.kept[slot] == self.generation && !self.forced[slot]
    }

    /// True where columns hold all there is.
    #[inline]
    pub(crate) fn is_all_kept(&self) -> bool {
        self.unkept == 0 && !self.has_forced && self.extras.is_empty() && !self.is_bare
    }
}
