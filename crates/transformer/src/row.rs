//! What happens when an element ends: its row, what the rows below it were waiting for, and whether it can stay.

use crate::columns::Cell;
use crate::extra;
use crate::frame::Extra;
use crate::page::{Reject, RejectReason};
use crate::plan::{Elements, Filled};
use crate::values::{self, Row};
use crate::walk::{Walk, pointer_of, position};

impl Walk<'_> {
    /// The element of `level` has ended: its row, and what rows below it were waiting for.
    pub(crate) fn row(&mut self, level: usize) {
        let plan = self.plan;
        let level_plan = &plan.levels[level];
        let mut is_missing = self.without_param[level];
        for (slot, aggregate) in level_plan.aggregates.iter().enumerate() {
            let first = self.frames[level].rows_before[position(&level_plan.descendants, aggregate.level)];
            self.frames[level].aggregates[slot] =
                self.rows[aggregate.level].bound(aggregate.column, first, aggregate.is_least);
        }
        for filled in &level_plan.own {
            let value = values::of(plan, &self.frames, &self.present, self.input, filled);
            match value.row {
                Row::GivesBack(slot) => self.frames[level].kept[slot] = true,
                Row::Mismatch(slot) => {
                    self.frames[level].forced[slot] = true;
                    self.mismatches.entry((level, filled.column)).or_insert((0, self.records)).0 += 1;
                    self.record_mismatch.get_or_insert((level, filled.column));
                }
                Row::Nothing => {}
            }
            if filled.required && value.cell == Cell::Null {
                is_missing.get_or_insert(filled);
                self.rows[level].push_placeholders(filled.column, 1);
            } else {
                self.push(level, filled.column, &value.cell, 1);
            }
            if let (false, Cell::Text(word)) = (filled.known.is_empty(), &value.cell)
                && !filled.known.contains(&**word)
            {
                self.unknown_word(level, filled.column, word);
            }
        }
        self.extra(level);
        self.rows[level].end_row(self.records);
        for (below, filled) in &level_plan.deferred {
            let value = values::of(plan, &self.frames, &self.present, self.input, filled);
            let before = self.frames[level].rows_before[position(&level_plan.descendants, *below)];
            let n = self.rows[*below].count - before;
            match filled.required && value.cell == Cell::Null {
                true => {
                    is_missing.get_or_insert(filled);
                    self.rows[*below].push_placeholders(filled.column, n);
                }
                false => self.push(*below, filled.column, &value.cell, n),
            }
        }
        if let (Some(filled), true) = (is_missing, level > 0) {
            self.reject_element(level, filled);
        }
    }

    fn push(&mut self, level: usize, column: usize, cell: &Cell<'_>, n: usize) {
        if !self.rows[level].push(column, cell, n) {
            self.too_large.get_or_insert((level, column));
        }
    }

    /// The row's `extra`: fields without a column, and what no column gives back.
    fn extra(&mut self, level: usize) {
        let plan = self.plan;
        let level_plan = &plan.levels[level];
        let frame = &mut self.frames[level];
        for (slot, plan_slot) in level_plan.slots.iter().enumerate() {
            if frame.kept[slot] && !frame.forced[slot] {
                continue;
            }
            let node = &plan.nodes[plan_slot.node];
            if let (false, Some(value), Some(object)) = (node.covered, frame.slots[slot], node.parent) {
                let is_array = matches!(node.elements, Elements::Rows(_));
                frame.extras.push(Extra { object, key: node.key_json(), value, is_array });
            }
        }
        // What stands in a column or in `extra` as a whole is not kept in parts.
        for slot in &level_plan.blocks {
            if frame.slots[*slot].is_some() {
                let whole = level_plan.slots[*slot].node;
                frame.extras.retain(|extra| !plan.is_within(extra.object, whole));
            }
        }
        let mut text = std::mem::take(&mut self.scratch);
        let cell = match extra::write(plan, level_plan, &self.frames[level], &mut text) {
            true => Cell::Text(text.as_str().into()),
            false => Cell::Null,
        };
        self.push(level, level_plan.table.extra, &cell, 1);
        self.scratch = text;
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
        let max_depth = plan.max_depth;
        if self.reader.deepest > max_depth {
            let detail = format!("{} levels in one value, {max_depth} at most", self.reader.deepest);
            return Some((RejectReason::TooDeep, detail));
        }
        if let Some((level, column)) = self.too_large {
            return Some((RejectReason::TooLarge, self.column_name(level, column)));
        }
        if let Some(filled) = self.without_param[0] {
            return Some((RejectReason::MissingRequired, filled.name.clone()));
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
            return Some((RejectReason::Mismatch, self.column_name(level, column)));
        }
        None
    }

    fn column_name(&self, level: usize, column: usize) -> String {
        let table = &self.plan.levels[level].table;
        format!("{}.{}", table.name, table.schema.field(column).name())
    }
}
