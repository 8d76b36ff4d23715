//! What happens when an element ends: its row, what the rows below it were waiting for, and whether it can stay.

use crate::columns::Cell;
use crate::extra;
use crate::frame::Extra;
use crate::page::{Reject, RejectReason};
use crate::plan::Filled;
use crate::values::{self, Row};
use crate::walk::{Walk, pointer_of, position};

/// Deeper JSON than this is rejected: readers of JSON columns (serde_json among them) stop there.
const MAX_DEPTH: usize = 128;

impl Walk<'_> {
    /// The element of `level` has ended: its row, and what rows below it were waiting for.
    pub(crate) fn row(&mut self, level: usize) {
        let plan = self.plan;
        let level_plan = &plan.levels[level];
        let mut kept = vec![false; level_plan.slots.len()];
        let mut forced = vec![false; level_plan.slots.len()];
        let mut is_missing = None;
        for filled in &level_plan.own {
            let value = values::of(plan, &self.frames, &self.present, self.input, filled);
            match value.row {
                Row::GivesBack(slot) => kept[slot] = true,
                Row::Mismatch(slot) => {
                    forced[slot] = true;
                    self.mismatches.entry((level, filled.column)).or_insert((0, self.records)).0 += 1;
                    self.record_mismatch.get_or_insert((level, filled.column));
                }
                Row::Nothing => {}
            }
            if filled.required && value.cell == Cell::Null {
                is_missing.get_or_insert(filled);
                self.rows[level].columns[filled.column].push_placeholder();
            } else {
                self.rows[level].columns[filled.column].push(&value.cell);
            }
            self.aggregate(level, filled.column, &value.cell);
        }
        for (slot, plan_slot) in level_plan.slots.iter().enumerate() {
            let node = &plan.nodes[plan_slot.node];
            let is_kept = node.covered || (kept[slot] && !forced[slot]);
            if let (false, Some(value), Some(object)) = (is_kept, self.frames[level].slots[slot], node.parent)
            {
                let field = Extra { object, key: &node.key_json, value, is_array: false };
                self.frames[level].extras.push(field);
            }
        }
        let frame = &self.frames[level];
        let rows = &mut self.rows[level];
        let cell = match extra::write(plan, level_plan, frame, &mut self.scratch) {
            true => Cell::Text(self.scratch.as_str().into()),
            false => Cell::Null,
        };
        rows.columns[level_plan.table.extra].push(&cell);
        for column in &level_plan.table.empty {
            rows.columns[*column].push(&Cell::Null);
        }
        rows.count += 1;
        rows.index_in_page.push(self.records);
        for (below, filled) in &level_plan.deferred {
            let value = values::of(plan, &self.frames, &self.present, self.input, filled);
            let rows = &mut self.rows[*below];
            let before = self.frames[level].rows_before[position(&level_plan.descendants, *below)];
            for _ in before..rows.count {
                match filled.required && value.cell == Cell::Null {
                    true => rows.columns[filled.column].push_placeholder(),
                    false => rows.columns[filled.column].push(&value.cell),
                }
            }
        }
        if let (Some(filled), true) = (is_missing, level > 0) {
            self.reject_element(level, filled);
        }
    }

    /// An element below the record lacks what its row cannot be without: it and the rows below it are dropped.
    fn reject_element(&mut self, level: usize, missing: &Filled) {
        let own = self.rows[level].count - 1;
        self.rows[level].drop_from(own);
        for below in self.plan.levels[level].descendants.clone() {
            let first = self.frames[level].rows_before[position(&self.plan.levels[level].descendants, below)];
            self.rows[below].drop_from(first);
        }
        let mut pointer = String::new();
        let mut at = Some(level);
        while let Some(index) = at {
            let keys = self.plan.levels[index].array.map(|array| pointer_of(&self.plan.nodes[array].path));
            pointer = format!("{}/{}{pointer}", keys.unwrap_or_default(), self.frames[index].index);
            at = self.plan.levels[index].parent;
        }
        self.rejects.push(Reject {
            reason: RejectReason::MissingRequired,
            pointer: format!("{}{pointer}", pointer_of(&self.plan.records)),
            index_in_page: self.records,
            detail: missing.name.clone(),
            text: self.frames[level].text.to_owned(),
        });
    }

    fn aggregate(&mut self, level: usize, column: usize, cell: &Cell<'_>) {
        let Cell::Instant(instant) = cell else { return };
        let mut above = self.plan.levels[level].parent;
        while let Some(index) = above {
            for (slot, aggregate) in self.plan.levels[index].aggregates.iter().enumerate() {
                if aggregate.level == level && aggregate.column == column {
                    let known = &mut self.frames[index].aggregates[slot];
                    *known = Some(match (*known, aggregate.is_least) {
                        (None, _) => *instant,
                        (Some(known), true) => known.min(*instant),
                        (Some(known), false) => known.max(*instant),
                    });
                }
            }
            above = self.plan.levels[index].parent;
        }
    }

    /// Why the record that just ended cannot be kept.
    pub(crate) fn record_fault(&self, text: &str) -> Option<(RejectReason, String)> {
        let plan = self.plan;
        if self.frames[0].is_bare {
            let found = text.chars().next().map(|first| match first {
                '[' => "an array",
                '"' => "a text",
                'n' => "null",
                't' | 'f' => "a boolean",
                _ => "a number",
            });
            return Some((RejectReason::NotAnObject, found.unwrap_or_default().to_owned()));
        }
        if let Some(node) = self.frames[0].duplicate {
            return Some((RejectReason::DuplicateKey, plan.nodes[node].key.clone()));
        }
        if self.reader.deepest > MAX_DEPTH {
            return Some((
                RejectReason::TooDeep,
                format!("{} levels, {MAX_DEPTH} at most", self.reader.deepest),
            ));
        }
        let missing = |filled: &&Filled| {
            filled.required
                && values::of(plan, &self.frames, &self.present, self.input, filled).cell == Cell::Null
        };
        let level = &plan.levels[0];
        let deferred = level.deferred.iter().map(|(_, filled)| filled);
        if let Some(filled) = level.own.iter().chain(deferred).find(missing) {
            return Some((RejectReason::MissingRequired, filled.name.clone()));
        }
        if let (true, Some((level, column))) = (self.quarantine_mismatches, self.record_mismatch) {
            let table = &plan.levels[level].table;
            let detail = format!("{}.{}", table.name, table.schema.field(column).name());
            return Some((RejectReason::Mismatch, detail));
        }
        None
    }
}
