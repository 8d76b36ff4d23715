//! What is known once all columns are: places a JSON column covers, slots that go to `extra`, and the depth left.

use convolake_model::ColumnType;

use super::compiler::Compiler;
use crate::plan::{Elements, Level, Node, Slot, ValueSource};

impl Compiler<'_> {
    /// Marks what lies under a JSON column of the row's own level.
    pub(super) fn mark_covered(&mut self) {
        let mut verbatim = Vec::new();
        for (index, level) in self.levels.iter().enumerate() {
            for filled in &level.own {
                if let (ColumnType::Json, ValueSource::Slots(slots)) = (filled.column_type, &filled.value)
                    && slots.level == index
                    && let [only] = slots.candidates.as_slice()
                {
                    verbatim.push(level.slots[only.slot].node);
                }
            }
        }
        while let Some(node) = verbatim.pop() {
            self.nodes[node].covered = true;
            verbatim.extend(self.nodes[node].children.iter().copied());
            if let Elements::Joined(element) = self.nodes[node].elements {
                verbatim.push(element);
            }
        }
    }

    /// Marks the slots whose values may go to `extra`, the leaves, and the blocks: slots that hold whole what other slots are in.
    pub(super) fn mark_slots(&mut self) {
        for level in &mut self.levels {
            for slot in &mut level.slots {
                let node = &self.nodes[slot.node];
                slot.goes_to_extra = !node.covered && node.parent.is_some();
            }
            for (index, slot) in level.slots.iter().enumerate() {
                let node = &mut self.nodes[slot.node];
                let is_leaf =
                    node.children.is_empty() && node.elements == Elements::Ignored && node.count.is_none();
                node.leaf = (is_leaf && !node.joined && node.slot == Some(index))
                    .then_some((index, slot.goes_to_extra));
            }
            let deferred = level.deferred.iter_mut().map(|(_, column)| column);
            for column in level.own.iter_mut().chain(deferred) {
                if let Some((slot, goes_to_extra)) = &mut column.only_slot {
                    *goes_to_extra = level.slots[*slot].goes_to_extra;
                }
                if let ValueSource::Slots(slots) = &mut column.value {
                    for candidate in &mut slots.candidates {
                        candidate.goes_to_extra = level.slots[candidate.slot].goes_to_extra;
                    }
                }
            }
            let is_block = |slot: &Slot| {
                let node = &self.nodes[slot.node];
                !slot.joined && !node.covered && !node.children.is_empty()
            };
            level.blocks = (0..level.slots.len()).filter(|slot| is_block(&level.slots[*slot])).collect();
        }
    }
}

/// The most levels a value may be nested in: readers of JSON columns (serde_json among them) stop at 128, and around a
/// value stand the objects on the way to it with the arrays of rows, or `extra` with its `_record`.
pub(super) fn max_depth(nodes: &[Node], levels: &[Level]) -> usize {
    const READABLE: usize = 127;
    let longest = |level: usize| {
        nodes.iter().filter(|node| node.level == level).map(|node| node.path.len()).max().unwrap_or_default()
    };
    let around: usize = (0..levels.len()).map(|level| longest(level) + 2).sum();
    READABLE.saturating_sub(around)
}
