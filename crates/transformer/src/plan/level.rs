//! A schema, compiled: a trie over keys that says what to do at each place, and what each row is made of.
//!
//! A **level** is the record (level 0) or an array whose elements are rows; each level feeds one table. A **slot**
//! is a place of a level whose raw text some column wants. The trie's **nodes** are the places on the way.

use convolake_model::{ColumnType, DateSpelling, Synonyms};

use crate::json::Key;
use crate::plan::known_words::Words;

pub(crate) struct Plan {
    /// The keys from the page's root to the array of records.
    pub(crate) records: Vec<String>,
    /// The keys to the flag that fails a page when false, and to the source's words about it.
    pub(crate) success: Option<Vec<String>>,
    pub(crate) message: Option<Vec<String>>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) levels: Vec<Level>,
    /// How deep a value may be nested, so that what stands around it in a JSON column or `extra` can be read with it.
    pub(crate) max_depth: usize,
}

impl Plan {
    /// True for a node and all below it.
    pub(crate) fn is_within(&self, node: usize, whole: usize) -> bool {
        std::iter::successors(Some(node), |node| self.nodes[*node].parent).any(|node| node == whole)
    }
}

/// A place in a level's JSON.
pub(crate) struct Node {
    pub(crate) level: usize,
    /// The node of the object this one is a member of; `None` for a level's root and for joined elements.
    pub(crate) parent: Option<usize>,
    pub(crate) key: Key,
    /// The nodes from below the level's root to this one, by key.
    pub(crate) path: Vec<String>,
    /// Its JSON Pointer from the record, with `*` for elements.
    pub(crate) pointer: String,
    pub(crate) children: Vec<usize>,
    pub(crate) slot: Option<usize>,
    /// Where nothing is asked of a value here but to stand in a slot: which, and whether it goes to `extra` if no column
    /// gives it back.
    pub(crate) leaf: Option<(usize, bool)>,
    /// True where a JSON column holds this place, or one above it, verbatim: nothing here needs `extra`.
    pub(crate) covered: bool,
    pub(crate) elements: Elements,
    /// Where the number of elements goes.
    pub(crate) count: Option<usize>,
    /// True below a `*` that is joined: the same node is met many times.
    pub(crate) joined: bool,
}

/// What the elements of an array are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elements {
    /// Nothing of ours.
    Ignored,
    /// Rows of this level.
    Rows(usize),
    /// Each is read at this node, and what its slots hold is joined.
    Joined(usize),
}

pub(crate) struct Level {
    pub(crate) table: TablePlan,
    pub(crate) root: usize,
    /// The node of the array in the level above.
    pub(crate) array: Option<usize>,
    /// The level above.
    pub(crate) parent: Option<usize>,
    /// All levels below.
    pub(crate) descendants: Vec<usize>,
    pub(crate) slots: Vec<Slot>,
    /// The slots whose place has others below it, and that no JSON column covers.
    pub(crate) blocks: Vec<usize>,
    pub(crate) counts: usize,
    /// Columns of this level's table that are known when its element ends.
    pub(crate) own: Vec<Filled>,
    /// Columns of tables below that are known only when this level's element ends.
    pub(crate) deferred: Vec<(usize, Filled)>,
    pub(crate) aggregates: Vec<Aggregate>,
    /// The block whose fields stand in `extra` under their own names.
    pub(crate) extra_base: Vec<String>,
    /// Where an element that is no object is read.
    pub(crate) bare: Option<usize>,
}

pub(crate) struct Slot {
    pub(crate) node: usize,
    pub(crate) joined: bool,
    /// True where a value that no column gives back goes to `extra`.
    pub(crate) needs_keeping: bool,
}

/// The table of a level.
pub(crate) struct TablePlan {
    pub(crate) name: String,
    pub(crate) schema: arrow_schema::SchemaRef,
    pub(crate) types: Vec<ColumnType>,
    pub(crate) extra: usize,
    /// Columns no mapping fills.
    pub(crate) empty: Vec<usize>,
    /// Columns that hold a param: the same for all rows of a page.
    pub(crate) params: Vec<Filled>,
    /// The `replace` columns, filled from the record.
    pub(crate) replace: Vec<Filled>,
}

/// A column and what fills it.
#[derive(Clone)]
pub(crate) struct Filled {
    pub(crate) column: usize,
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
    pub(crate) required: bool,
    /// The values it is known to have; empty where any is as good as another.
    pub(crate) known: Words,
    /// The only slot of its own row that its value can come from, as it stands there.
    pub(crate) sole: Option<usize>,
    pub(crate) value: Value,
}

/// Where a value comes from.
#[derive(Clone)]
pub(crate) enum Value {
    Slots(Slots),
    Param(String),
    /// The position of this level's element in its array.
    Index(usize),
    Template(Vec<Part>),
    Count {
        level: usize,
        count: usize,
    },
    Aggregate {
        level: usize,
        aggregate: usize,
    },
    Listed(Box<Value>),
}

/// Slots of a level: the first that fits gives the value.
#[derive(Clone)]
pub(crate) struct Slots {
    pub(crate) level: usize,
    pub(crate) candidates: Vec<Candidate>,
    /// True where a value that does not fit is none, and no mismatch.
    pub(crate) optional: bool,
    pub(crate) join: Option<String>,
    pub(crate) synonyms: Option<Synonyms>,
    pub(crate) spelling: DateSpelling,
}

/// A place a value may be taken from.
#[derive(Clone)]
pub(crate) struct Candidate {
    pub(crate) slot: usize,
    /// True where the slot holds many texts.
    pub(crate) joined: bool,
    /// The node of the member of the row's element that leads there: if it is present, the value may be from here.
    pub(crate) member: usize,
}

#[derive(Clone)]
pub(crate) enum Part {
    Text(String),
    Value(Value, ColumnType),
}

/// The least or greatest of a column of rows below.
pub(crate) struct Aggregate {
    pub(crate) is_least: bool,
    pub(crate) level: usize,
    pub(crate) column: usize,
}
