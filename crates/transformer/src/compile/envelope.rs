//! Where records stand in a page, and what is read around them.

use convolake_model::{Envelope, Pointer, PointerStep};

use crate::json::pointer;
use crate::plan::{EnvelopeNode, EnvelopePlan, Look, LookNode};

impl EnvelopePlan {
    /// The envelope of a stream, without what columns take from it.
    pub(super) fn of(envelope: &Envelope) -> Self {
        let mut plan = Self {
            nodes: vec![EnvelopeNode::default()],
            records: envelope.records.to_string(),
            records_at: envelope.records.clone(),
            is_one_array: !envelope.records.has_each(),
            looks: Vec::new(),
            slots: 0,
        };
        let records = plan.node_at(&envelope.records);
        plan.nodes[records].is_records = true;
        if let Some(success) = envelope.success.as_ref().map(|place| plan.node_at(place)) {
            plan.nodes[success].is_success = true;
        }
        if let Some(message) = envelope.message.as_ref().map(|place| plan.node_at(place)) {
            plan.nodes[message].is_message = true;
        }
        plan
    }

    /// A place that is read, so that it is no news: as far as it names members, behind the `*` that it shares with `records`.
    pub(crate) fn know(&mut self, place: &Pointer) {
        let element = place.shared_elements(&self.records_at);
        let steps = place.steps();
        let n_named =
            steps[element.steps().len()..].iter().take_while(|step| **step != PointerStep::Each).count();
        self.node_at(&Pointer::of(&steps[..element.steps().len() + n_named]));
    }

    /// The slot of a place that a column takes from beside the records, and whether it takes many values.
    pub(super) fn slot(&mut self, place: &Pointer) -> (usize, bool) {
        self.know(place);
        let element = place.shared_elements(&self.records_at);
        let rest = place.strip(&element).unwrap_or_default();
        let node = self.node_at(&element);
        let look = *self.nodes[node].look.get_or_insert_with(|| {
            self.looks.push(Look { nodes: vec![LookNode::default()], slots: Vec::new(), is_single: true });
            self.looks.len() - 1
        });
        let look = &mut self.looks[look];
        let at = look.node_at(&rest);
        let many = rest.has_each();
        let (slot, many) = *look.nodes[at].slot.get_or_insert((self.slots, many));
        if slot == self.slots {
            self.slots += 1;
            look.slots.push(slot);
            look.is_single &= !many;
        }
        (slot, many)
    }

    /// The node of a place, made where it does not exist.
    fn node_at(&mut self, place: &Pointer) -> usize {
        let mut at = 0;
        for step in place.steps() {
            let node = &self.nodes[at];
            let (known, pointer) = match step {
                PointerStep::Key(key) => (
                    node.members.iter().find(|(name, _)| name == key).map(|(_, node)| *node),
                    pointer::of_member(&node.pointer, key),
                ),
                PointerStep::Each => (node.each, format!("{}/*", node.pointer)),
            };
            let next = known.unwrap_or(self.nodes.len());
            if known.is_none() {
                self.nodes.push(EnvelopeNode { pointer, ..EnvelopeNode::default() });
                match step {
                    PointerStep::Key(key) => self.nodes[at].members.push((key.clone(), next)),
                    PointerStep::Each => self.nodes[at].each = Some(next),
                }
            }
            at = next;
        }
        at
    }
}

impl Look {
    /// The node of a place, made where it does not exist.
    fn node_at(&mut self, place: &Pointer) -> usize {
        let mut at = 0;
        for step in place.steps() {
            let node = &self.nodes[at];
            let known = match step {
                PointerStep::Key(key) => {
                    node.members.iter().find(|(name, _)| name == key).map(|(_, node)| *node)
                }
                PointerStep::Each => node.each,
            };
            let next = known.unwrap_or(self.nodes.len());
            if known.is_none() {
                self.nodes.push(LookNode::default());
                match step {
                    PointerStep::Key(key) => self.nodes[at].members.push((key.clone(), next)),
                    PointerStep::Each => self.nodes[at].each = Some(next),
                }
            }
            at = next;
        }
        at
    }
}
