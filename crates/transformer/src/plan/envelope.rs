//! The envelope of a page: where its records stand, and what is read beside them.

use convolake_model::Pointer;

/// The places of a page that something asks for, as a trie from the page's root, which is the first node.
pub(crate) struct EnvelopePlan {
    pub(crate) nodes: Vec<EnvelopeNode>,
    /// The JSON Pointer to the records.
    pub(crate) records: String,
    /// The same, as steps.
    pub(crate) records_at: Pointer,
    /// True where records are elements of one array, so that their index on the page is that in the array.
    pub(crate) is_one_array: bool,
    /// What columns take from beside the records: for the page, and for the elements at each `*` on the way to the records.
    pub(crate) looks: Vec<Look>,
    /// How many values these take in all.
    pub(crate) slots: usize,
}

/// A place of a page.
#[derive(Debug, Default)]
pub(crate) struct EnvelopeNode {
    /// Its JSON Pointer, with `*` for elements.
    pub(crate) pointer: String,
    /// The members that lead on, by key; in an array the elements, by index.
    pub(crate) members: Vec<(String, usize)>,
    /// The node of all other members or elements, where records stand in them.
    pub(crate) each: Option<usize>,
    pub(crate) is_records: bool,
    pub(crate) is_success: bool,
    pub(crate) is_message: bool,
    /// The look to be had at what stands here, of [`EnvelopePlan::looks`].
    pub(crate) look: Option<usize>,
}

/// Places below a page or an element around the records, whose values columns take: a trie, whose first node is what is
/// looked at.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) nodes: Vec<LookNode>,
    /// The slots that it fills.
    pub(crate) slots: Vec<usize>,
    /// True where no slot takes many values: then the look is over once each slot is filled.
    pub(crate) is_single: bool,
}

/// A place in a [`Look`].
#[derive(Debug, Default)]
pub(crate) struct LookNode {
    pub(crate) members: Vec<(String, usize)>,
    pub(crate) each: Option<usize>,
    /// The slot that takes the value, and whether it takes many.
    pub(crate) slot: Option<(usize, bool)>,
}
