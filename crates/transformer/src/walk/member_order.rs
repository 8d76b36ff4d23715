use crate::plan::Plan;

/// What came after each member last time: sources write their members in the same order nearly always.
pub(crate) struct MemberOrder {
    /// By the object's node: which of its children came first.
    first: Vec<usize>,
    /// By the member's node: which of its siblings came next.
    next: Vec<usize>,
}

impl MemberOrder {
    /// As the schema names them, until it is learnt otherwise.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut next = vec![0; plan.nodes.len()];
        for node in &plan.nodes {
            for (at, child) in node.children.iter().enumerate() {
                next[*child] = at + 1;
            }
        }
        Self { first: vec![0; plan.nodes.len()], next }
    }

    /// Which child of `node` comes after the member `last`, or first; perhaps one more than there are.
    pub(crate) fn after(&self, node: usize, last: Option<usize>) -> usize {
        last.map_or(self.first[node], |last| self.next[last])
    }

    pub(crate) fn learn(&mut self, node: usize, last: Option<usize>, at: usize) {
        match last {
            None => self.first[node] = at,
            Some(last) => self.next[last] = at,
        }
    }
}
