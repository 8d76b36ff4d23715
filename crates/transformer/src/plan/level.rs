//! Levels: the record, or an array whose elements are rows, each with the table it feeds.

use convolake_model::ColumnType;

use super::column::ColumnPlan;

/// The record, or an array whose elements are rows of one table.
pub(crate) struct Level {
    pub(crate) table: TablePlan,
    /// The node of its elements.
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
    /// How many arrays below its elements are counted.
    pub(crate) counts: usize,
    /// Columns of this level's table that are known when its element ends.
    pub(crate) own: Vec<ColumnPlan>,
    /// Which of these are required.
    pub(crate) required_own: Vec<usize>,
    /// Columns of levels below that are known only when this level's element ends, each with its level.
    pub(crate) deferred: Vec<(usize, ColumnPlan)>,
    pub(crate) aggregates: Vec<Aggregate>,
    /// The block whose fields stand in `extra` under their own names.
    pub(crate) extra_base: Vec<String>,
    /// Where an element that is no object is read.
    pub(crate) bare_element: Option<usize>,
    /// True where a column takes the key of its elements.
    pub(crate) takes_key: bool,
}

/// A place whose raw text some column wants.
pub(crate) struct Slot {
    pub(crate) node: usize,
    /// True below a joined `*`: the slot holds many texts.
    pub(crate) joined: bool,
    /// True where a value that no column holds losslessly goes to `extra`.
    pub(crate) goes_to_extra: bool,
}

/// The table of a level.
pub(crate) struct TablePlan {
    pub(crate) name: String,
    pub(crate) schema: arrow_schema::SchemaRef,
    /// The type of each column.
    pub(crate) types: Vec<ColumnType>,
    /// The position of `extra`.
    pub(crate) extra: usize,
    /// Columns no mapping fills.
    pub(crate) empty: Vec<usize>,
    /// Columns that hold a param: the same for all rows of a page.
    pub(crate) params: Vec<ColumnPlan>,
    /// The `replace` columns, filled from the record.
    pub(crate) replace: Vec<ColumnPlan>,
}

/// The least or greatest instant in a column of rows below.
pub(crate) struct Aggregate {
    pub(crate) extreme: Extreme,
    pub(crate) level: usize,
    pub(crate) column: usize,
}

/// Which of several values is meant.
#[derive(Clone, Copy)]
pub(crate) enum Extreme {
    Least,
    Greatest,
}

impl Extreme {
    /// That of these values.
    pub(crate) fn of(self, values: impl Iterator<Item = i64>) -> Option<i64> {
        match self {
            Self::Least => values.min(),
            Self::Greatest => values.max(),
        }
    }
}
