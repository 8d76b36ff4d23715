//! The nodes of the trie: places in a record that columns, rows or counts ask for.

use crate::json::Key;

/// A place in a level's JSON.
pub(crate) struct Node {
    pub(crate) level: usize,
    /// The node of the object this one is a member of; `None` for a level's root and for joined elements.
    pub(crate) parent: Option<usize>,
    pub(crate) key: Key,
    /// The keys from the level's root to this node.
    pub(crate) path: Vec<String>,
    /// Its JSON Pointer from the record, with `*` for elements.
    pub(crate) pointer: String,
    pub(crate) children: Vec<usize>,
    /// The slot its raw text goes to.
    pub(crate) slot: Option<usize>,
    /// Set where a value only fills a slot and is not entered: the slot, and its [`Slot::goes_to_extra`](super::Slot).
    pub(crate) leaf: Option<(usize, bool)>,
    /// True where a JSON column holds this place, or one above it, verbatim: nothing here needs `extra`.
    pub(crate) covered: bool,
    pub(crate) elements: Elements,
    /// The counter of its level that the number of elements goes to.
    pub(crate) count: Option<usize>,
    /// True below a `*` that is joined: the same node is met many times.
    pub(crate) joined: bool,
}

impl Node {
    /// A place that nothing asks for yet.
    pub(crate) fn new(level: usize, pointer: String) -> Self {
        Self {
            level,
            parent: None,
            key: Key::new(String::new()),
            path: Vec::new(),
            pointer,
            children: Vec::new(),
            slot: None,
            leaf: None,
            covered: false,
            elements: Elements::Ignored,
            count: None,
            joined: false,
        }
    }
}

/// What the elements of an array are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elements {
    /// Stepped over.
    Ignored,
    /// Rows of this level.
    Rows(usize),
    /// Read at this node each; the texts of its slots are joined.
    Joined(usize),
}
