//! The order of members that was met last, which the next object is expected to have.

use crate::plan::Plan;

/// Which member came after each last time: sources write the members of an object in the same order nearly always.
pub(super) struct MemberOrder {
    /// By the object's node: which of its children came first.
    first: Vec<usize>,
    /// By the member's node: which of its siblings came next.
    next: Vec<usize>,
}

impl MemberOrder {
    /// The order in which the schema names them.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut next = vec![0; plan.nodes.len()];
        for node in &plan.nodes {
            for (at, child) in node.children.iter().enumerate() {
                next[*child] = at + 1;
            }
        }
        Self { first: vec![0; plan.nodes.len()], next }
    }

    /// Which child of `node` comes after the member `last`, or first; perhaps one more than there are.
    pub(super) fn after(&self, node: usize, last: Option<usize>) -> usize {
        last.map_or(self.first[node], |last| self.next[last])
    }

    /// The child at `at` of `node` came after the member `last`, or first.
    pub(super) fn learn(&mut self, node: usize, last: Option<usize>, at: usize) {
        match last {
            None => self.first[node] = at,
            Some(last) => self.next[last] = at,
        }
    }
}
