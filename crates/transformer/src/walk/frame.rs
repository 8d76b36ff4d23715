//! What is known of an element while its JSON is being read.

use crate::json::Raw;
use crate::plan::Level;

/// The open element of a level. One frame serves all elements of its level, one after the other.
pub(super) struct Frame<'a> {
    /// The number of this element among those of all levels; a node is present if it bears this number.
    pub(super) generation: u64,
    /// The element's position in its array or object.
    pub(super) index: u32,
    /// Its key with quotes, as JSON writes it, where it is a member of an object.
    pub(super) key: Option<&'a str>,
    /// What stands in each slot.
    pub(super) slots: Vec<Option<Raw<'a>>>,
    /// The values of each slot below a joined `*`.
    pub(super) joined: Vec<Vec<Raw<'a>>>,
    /// For each slot, the last element whose value a column holds losslessly.
    kept: Vec<u64>,
    /// For each slot, whether its value stands in `extra` all the same: it is a mismatch of some column.
    forced: Vec<bool>,
    /// How many slots hold a value that goes to `extra` unless a column holds it losslessly.
    unkept: usize,
    has_forced: bool,
    has_joined: bool,
    /// The counters, by their index in the level; `None` where an array is absent.
    pub(super) counts: Vec<Option<i64>>,
    /// The aggregates of rows below, by their index in the level.
    pub(super) aggregates: Vec<Option<i64>>,
    /// Fields for `extra` met so far.
    pub(super) extras: Vec<ExtraField<'a>>,
    /// The element's text, once it has ended.
    pub(super) text: &'a str,
    /// True where the element is no object.
    pub(super) is_bare: bool,
    /// How many rows the table of each level below had when the element began.
    pub(super) rows_before: Vec<usize>,
    /// The node of a key that stood twice although it leads to rows or to a block of columns.
    pub(super) duplicate: Option<usize>,
    /// Nodes that stand whole in `extra` or in rows, though columns take parts of them.
    pub(super) wholes: Vec<usize>,
}

/// A field for `extra`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExtraField<'a> {
    /// The node of the object it is a member of.
    pub(super) object: usize,
    /// Its key as JSON writes it, without quotes.
    pub(super) key: &'a str,
    /// Its value, verbatim.
    pub(super) value: &'a str,
    /// True for the value of an array of rows that gave none: it stands under its name whatever the extra base.
    pub(super) is_array: bool,
}

impl<'a> Frame<'a> {
    /// Before the first element.
    pub(super) fn new(level: &Level) -> Self {
        Self {
            generation: 0,
            index: 0,
            key: None,
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
            wholes: Vec::new(),
        }
    }

    /// What columns take from beside the records, in so many slots.
    pub(super) fn of_page(slots: usize) -> Self {
        Self {
            generation: 0,
            index: 0,
            key: None,
            slots: vec![None; slots],
            joined: vec![Vec::new(); slots],
            kept: Vec::new(),
            forced: Vec::new(),
            unkept: 0,
            has_forced: false,
            has_joined: false,
            counts: Vec::new(),
            aggregates: Vec::new(),
            extras: Vec::new(),
            text: "",
            is_bare: false,
            rows_before: Vec::new(),
            duplicate: None,
            wholes: Vec::new(),
        }
    }

    /// Opens the next element of the level.
    #[inline]
    pub(super) fn begin(
        &mut self,
        generation: u64,
        index: u32,
        key: Option<&'a str>,
        rows: impl Iterator<Item = usize>,
    ) {
        self.generation = generation;
        self.index = index;
        self.key = key;
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
        self.wholes.clear();
        self.rows_before.clear();
        self.rows_before.extend(rows);
    }

    /// A slot's value was read; it replaces one that stood there under the same name.
    #[inline]
    pub(super) fn fill(&mut self, slot: usize, goes_to_extra: bool, raw: Raw<'a>) {
        if self.slots[slot].replace(raw).is_none() && goes_to_extra {
            self.unkept += 1;
        }
    }

    /// A column holds the slot's value losslessly.
    #[inline]
    pub(super) fn keep(&mut self, slot: usize, goes_to_extra: bool) {
        if std::mem::replace(&mut self.kept[slot], self.generation) != self.generation && goes_to_extra {
            self.unkept -= 1;
        }
    }

    /// The slot's value did not fit a column: it goes to `extra`, whether another column holds it or not.
    pub(super) fn force_to_extra(&mut self, slot: usize) {
        self.forced[slot] = true;
        self.has_forced = true;
    }

    /// True where the slot's value need not go to `extra`.
    pub(super) fn is_kept(&self, slot: usize) -> bool {
        self.kept[slot] == self.generation && !self.forced[slot]
    }

    /// True where columns hold all values losslessly, and `extra` is empty.
    #[inline]
    pub(super) fn is_all_kept(&self) -> bool {
        self.unkept == 0 && !self.has_forced && self.extras.is_empty() && !self.is_bare
    }
}
