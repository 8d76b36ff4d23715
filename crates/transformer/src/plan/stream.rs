//! The plan of one stream: its envelope, its trie and its levels.

use super::envelope::EnvelopePlan;
use super::level::Level;
use super::node::Node;

/// A stream's schema, compiled.
pub(crate) struct Plan {
    /// What is asked for in a page around its records.
    pub(crate) envelope: EnvelopePlan,
    /// The trie; nodes name each other by their index here.
    pub(crate) nodes: Vec<Node>,
    /// The record, and each array whose elements are rows; a level comes after the one above it.
    pub(crate) levels: Vec<Level>,
    /// The most levels a value may be nested in, so that a JSON column or `extra` that holds it can be read by common readers.
    pub(crate) max_depth: usize,
}

impl Plan {
    /// True for a node and all below it.
    pub(crate) fn is_within(&self, node: usize, whole: usize) -> bool {
        std::iter::successors(Some(node), |node| self.nodes[*node].parent).any(|node| node == whole)
    }
}
