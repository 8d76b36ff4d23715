//! What fills a column.

use convolake_model::{ColumnType, DateSpelling, Synonyms, Texts};

use super::known_words::KnownWords;

/// A column and what fills it.
#[derive(Clone)]
pub(crate) struct ColumnPlan {
    /// Its position in the table.
    pub(crate) position: usize,
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
    pub(crate) required: bool,
    /// The words it is known to hold; empty where any word is expected.
    pub(crate) known: KnownWords,
    /// Set where the value comes from one slot of its own level, with nothing joined or replaced: the slot, and its
    /// [`Slot::goes_to_extra`](super::Slot).
    pub(crate) only_slot: Option<(usize, bool)>,
    pub(crate) value: ValueSource,
}

/// Where a value comes from.
#[derive(Clone)]
pub(crate) enum ValueSource {
    Slots(Slots),
    /// This param of the page.
    Param(String),
    /// Slots of the page around the records.
    Page(Slots),
    /// The position of the record on its page.
    Position,
    /// The key of this level's element in its object; in an array, its index.
    Key(usize),
    /// The position of this level's element in its array.
    Index(usize),
    /// The items, one behind the other.
    Template(Vec<TemplateItem>),
    /// The number of elements of an array: a counter of a level.
    Count {
        level: usize,
        count: usize,
    },
    /// The least or greatest of a column of rows below: an [`Aggregate`](super::Aggregate) of a level.
    Aggregate {
        level: usize,
        aggregate: usize,
    },
    /// The hash of the list record whose id this value is.
    Listed(Box<ValueSource>),
}

/// Slots of a level: the first that fits gives the value.
#[derive(Clone)]
pub(crate) struct Slots {
    pub(crate) level: usize,
    pub(crate) candidates: Vec<Candidate>,
    /// True where a value that does not fit is none, and no mismatch.
    pub(crate) optional: bool,
    pub(crate) texts: Texts,
    /// What joins the texts of a joined slot.
    pub(crate) join: Option<String>,
    pub(crate) synonyms: Option<Synonyms>,
    pub(crate) spelling: DateSpelling,
}

/// A place a value may be taken from.
#[derive(Clone)]
pub(crate) struct Candidate {
    pub(crate) slot: usize,
    /// The slot's [`Slot::goes_to_extra`](super::Slot).
    pub(crate) goes_to_extra: bool,
    /// True where the slot holds many texts.
    pub(crate) joined: bool,
    /// True where these are the elements of an array themselves, of which texts and what other candidates give of objects are
    /// taken in order.
    pub(crate) is_elements: bool,
    /// The node of the member of the row's element that leads there: if it is present, the value may be from here.
    pub(crate) member: usize,
}

/// A piece of a template's text.
#[derive(Clone)]
pub(crate) enum TemplateItem {
    Text(String),
    /// The value of a column of the same row, and its type.
    Column(ValueSource, ColumnType),
}
