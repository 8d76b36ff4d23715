//! What is known of an element while its JSON is being read.

use crate::plan::Level;

/// The open element of a level. One frame serves all elements of its level, one after the other.
pub(crate) struct Frame<'a> {
    /// Which element this is, among all of all levels; a node is present if it bears this number.
    pub(crate) generation: u64,
    /// The element's position in its array.
    pub(crate) index: u32,
    /// The raw text of each slot.
    pub(crate) slots: Vec<Option<&'a str>>,
    /// The raw texts of each slot below a joined `*`.
    pub(crate) joined: Vec<Vec<&'a str>>,
    /// For each slot, whether a column gives its value back exactly.
    pub(crate) kept: Vec<bool>,
    /// For each slot, whether its value stands in `extra` all the same.
    pub(crate) forced: Vec<bool>,
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
            kept: vec![false; level.slots.len()],
            forced: vec![false; level.slots.len()],
            counts: vec![None; level.counts],
            aggregates: vec![None; level.aggregates.len()],
            extras: Vec::new(),
            text: "",
            is_bare: false,
            rows_before: Vec::with_capacity(level.descendants.len()),
            duplicate: None,
        }
    }

    pub(crate) fn begin(&mut self, generation: u64, index: u32, rows: impl Iterator<Item = usize>) {
        self.generation = generation;
        self.index = index;
        self.slots.fill(None);
        self.joined.iter_mut().for_each(Vec::clear);
        self.kept.fill(false);
        self.forced.fill(false);
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
