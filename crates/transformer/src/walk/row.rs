//! What happens when an element ends: its row, what the rows below it were waiting for, and whether it can stay.

use convolake_model::ColumnType;

use crate::columns::Cell;
use crate::columns::{Converted, convert};
use crate::json::pointer;
use crate::page::RejectReason;
use crate::plan::{ColumnPlan, Elements, Slots, ValueSource};
use crate::walk::extra;
use crate::walk::frame::Extra;
use crate::walk::page::{Walk, position};
use crate::walk::values::{self, Open, Row};

impl<'a> Walk<'a> {
    /// Takes the least and greatest of the rows below an element that has ended.
    pub(crate) fn aggregate(&mut self, level: usize) {
        let level_plan = &self.plan.levels[level];
        for (slot, aggregate) in level_plan.aggregates.iter().enumerate() {
            let first = self.frames[level].rows_before[position(&level_plan.descendants, aggregate.level)];
            self.frames[level].aggregates[slot] =
                self.rows[aggregate.level].bound(aggregate.column, first, aggregate.is_least);
        }
    }

    fn note_mismatch(&mut self, level: usize, column: usize) {
        self.mismatches.entry((level, column)).or_insert((0, self.records)).0 += 1;
        self.record_mismatch.get_or_insert((level, column));
    }

    /// The element of `level` gets no row: what did not fit counts all the same, and rows below it, about to be dropped,
    /// get what they cannot be without.
    pub(crate) fn no_row(&mut self, level: usize) {
        let level_plan = &self.plan.levels[level];
        for filled in &level_plan.own {
            let open = Open { frames: &self.frames, present: &self.present, input: self.input };
            if let Row::Mismatch(_) = values::of(open, filled, &mut String::new()).row {
                self.note_mismatch(level, filled.column);
            }
        }
        for (below, filled) in level_plan.deferred.iter().filter(|(_, filled)| filled.required) {
            let before = self.frames[level].rows_before[position(&level_plan.descendants, *below)];
            let n = self.rows[*below].count - before;
            self.rows[*below].push_placeholders(filled.column, n);
        }
    }

    /// The element of `level` has ended: its row, and what rows below it were waiting for.
    pub(crate) fn row(&mut self, level: usize) {
        let plan = self.plan;
        let level_plan = &plan.levels[level];
        let mut is_missing = self.without_param[level];
        let mut scratch = std::mem::take(&mut self.scratch);
        for filled in &level_plan.own {
            if filled.only_slot.is_some_and(|slot| self.as_it_stands(level, filled, slot)) {
                continue;
            }
            let is_filled = match &filled.value {
                ValueSource::Index(_) | ValueSource::Count { .. } | ValueSource::Aggregate { .. } => {
                    self.fill(level, filled, values::number(&self.frames, &filled.value))
                }
                ValueSource::Slots(slots) => {
                    let cell = self.first_fitting(level, filled, slots, &mut scratch);
                    self.fill(level, filled, cell)
                }
                ValueSource::Template(parts) => {
                    scratch.clear();
                    let open = Open { frames: &self.frames, present: &self.present, input: self.input };
                    let is_whole = values::template(open, parts, &mut scratch);
                    if is_whole {
                        self.fill_text(level, filled, scratch.as_bytes());
                    }
                    is_whole
                }
                ValueSource::Param(_) | ValueSource::Listed(_) => {
                    let open = Open { frames: &self.frames, present: &self.present, input: self.input };
                    let cell = values::of(open, filled, &mut scratch).cell;
                    self.fill(level, filled, cell)
                }
            };
            if !is_filled && filled.required {
                is_missing.get_or_insert(filled);
                self.rows[level].push_placeholders(filled.column, 1);
            }
        }
        self.extra(level, &mut scratch);
        self.rows[level].end_row(self.records);
        for (below, filled) in &level_plan.deferred {
            let open = Open { frames: &self.frames, present: &self.present, input: self.input };
            let value = values::of(open, filled, &mut scratch);
            let before = self.frames[level].rows_before[position(&level_plan.descendants, *below)];
            let n = self.rows[*below].count - before;
            match value.cell {
                Cell::Null if filled.required => {
                    is_missing.get_or_insert(filled);
                    self.rows[*below].push_placeholders(filled.column, n);
                }
                Cell::Null => {}
                cell => self.push_from(*below, filled.column, &cell, before, n),
            }
        }
        self.scratch = scratch;
        if let (Some(filled), true) = (is_missing, level > 0) {
            self.reject_element(level, filled);
        }
    }

    /// The usual case of a column whose value stands in one slot: nothing there, or what it takes without a look at anything
    /// else. False where it is another, and nothing has happened.
    #[inline(always)]
    fn as_it_stands(&mut self, level: usize, filled: &ColumnPlan, slot: usize) -> bool {
        let frame = &mut self.frames[level];
        let Some(raw) = frame.slots[slot] else { return !filled.required };
        let goes_to_extra = self.plan.levels[level].slots[slot].goes_to_extra;
        let text = match filled.column_type {
            ColumnType::Json => Some(raw.text.as_bytes()),
            ColumnType::String => raw.plain_bytes(),
            _ => None,
        };
        if let Some(text) = text {
            frame.keep(slot, goes_to_extra);
            self.fill_text(level, filled, text);
            return true;
        }
        let ValueSource::Slots(slots) = &filled.value else { return false };
        if raw.text == "null" {
            return false;
        }
        let converted = convert(raw, filled.column_type, &slots.spelling, &mut self.last_day);
        let Some(Converted { cell, is_lossless }) = converted else { return false };
        if is_lossless {
            self.frames[level].keep(slot, goes_to_extra);
        }
        self.fill_other(level, filled, &cell);
        true
    }

    /// A column of the row that is being made, from slots of its own level.
    #[inline(always)]
    fn first_fitting<'s>(
        &mut self,
        level: usize,
        filled: &ColumnPlan,
        slots: &'s Slots,
        scratch: &'s mut String,
    ) -> Cell<'s>
    where
        'a: 's,
    {
        let frame = &mut self.frames[level];
        let value =
            values::from_slots(frame, &self.present, slots, filled.column_type, &mut self.last_day, scratch);
        match value.row {
            Row::GivesBack(slot) => frame.keep(slot, self.plan.levels[level].slots[slot].goes_to_extra),
            Row::Mismatch(slot) => {
                frame.force(slot);
                self.note_mismatch(level, filled.column);
            }
            Row::Nothing => {}
        }
        value.cell
    }

    /// A cell of the row that is being made; false where it is null.
    #[inline(always)]
    fn fill(&mut self, level: usize, filled: &ColumnPlan, cell: Cell<'_>) -> bool {
        match cell {
            Cell::Null => return false,
            Cell::Text(text) => self.fill_text(level, filled, text.as_bytes()),
            cell => self.fill_other(level, filled, &cell),
        }
        true
    }

    /// A cell that is no text.
    #[inline(always)]
    fn fill_other(&mut self, level: usize, filled: &ColumnPlan, cell: &Cell<'_>) {
        if !self.rows[level].push_one(filled.column, cell) {
            self.too_large.get_or_insert((level, filled.column));
        }
    }

    #[inline(always)]
    fn fill_text(&mut self, level: usize, filled: &ColumnPlan, text: &[u8]) {
        self.push_text(level, filled.column, text);
        if !filled.known.is_empty() && !filled.known.contains(text) {
            self.unknown_word(level, filled.column, &String::from_utf8_lossy(text));
        }
    }

    /// A text in the row that is being made.
    #[inline(always)]
    fn push_text(&mut self, level: usize, column: usize, text: &[u8]) {
        if !self.rows[level].push_text(column, text) {
            self.too_large.get_or_insert((level, column));
        }
    }

    /// A cell of `n` rows from `first` on.
    fn push_from(&mut self, level: usize, column: usize, cell: &Cell<'_>, first: usize, n: usize) {
        if !self.rows[level].push(column, cell, first, n) {
            self.too_large.get_or_insert((level, column));
        }
    }

    /// The row's `extra`: fields without a column, and what no column gives back.
    fn extra(&mut self, level: usize, scratch: &mut String) {
        let plan = self.plan;
        let level_plan = &plan.levels[level];
        let frame = &mut self.frames[level];
        if frame.is_all_kept() {
            return;
        }
        for (slot, plan_slot) in level_plan.slots.iter().enumerate() {
            if !plan_slot.goes_to_extra || frame.is_kept(slot) {
                continue;
            }
            let node = &plan.nodes[plan_slot.node];
            if let (Some(value), Some(object)) = (frame.slots[slot], node.parent) {
                let is_array = matches!(node.elements, Elements::Rows(_));
                frame.extras.push(Extra { object, key: node.key.json(), value: value.text, is_array });
            }
        }
        // What stands in a column or in `extra` as a whole is not kept in parts.
        for slot in &level_plan.blocks {
            if frame.slots[*slot].is_some() {
                let whole = level_plan.slots[*slot].node;
                frame.extras.retain(|extra| !plan.is_within(extra.object, whole));
            }
        }
        if extra::write(plan, level_plan, &self.frames[level], scratch) {
            self.push_text(level, level_plan.table.extra, scratch.as_bytes());
        }
    }

    /// An element below the record lacks what its row cannot be without: it and the rows below it are dropped.
    fn reject_element(&mut self, level: usize, missing: &ColumnPlan) {
        let own = self.rows[level].count - 1;
        self.rows[level].drop_from(own);
        for below in self.plan.levels[level].descendants.clone() {
            let first = self.frames[level].rows_before[position(&self.plan.levels[level].descendants, below)];
            self.rows[below].drop_from(first);
        }
        let mut path = String::new();
        let mut at = Some(level);
        while let Some(index) = at {
            let Some(array) = self.plan.levels[index].array else { break };
            let keys = pointer::of_keys(&self.plan.nodes[array].path);
            path = format!("{keys}/{}{path}", self.frames[index].index);
            at = self.plan.levels[index].parent;
        }
        let text = self.frames[level].text;
        self.rejects.push(RejectReason::MissingRequired, self.records, &path, missing.name.clone(), text);
    }

    /// Why the record that just ended cannot be kept, as far as that can be told before its row is made.
    pub(crate) fn fault_before_row(&self, text: &str) -> Option<(RejectReason, String)> {
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
            return Some((RejectReason::DuplicateKey, plan.nodes[node].key.name.clone()));
        }
        let max_depth = plan.max_depth;
        if self.reader.deepest > max_depth {
            let detail = format!("{} levels in one value, {max_depth} at most", self.reader.deepest);
            return Some((RejectReason::TooDeep, detail));
        }
        if let Some(filled) = self.without_param[0] {
            return Some((RejectReason::MissingRequired, filled.name.clone()));
        }
        let open = Open { frames: &self.frames, present: &self.present, input: self.input };
        let is_text = |filled: &ColumnPlan, slot: usize| {
            filled.column_type == ColumnType::String
                && self.frames[0].slots[slot].is_some_and(|raw| raw.is_plain)
        };
        let missing = |filled: &&ColumnPlan| {
            filled.required
                && !filled.only_slot.is_some_and(|slot| is_text(filled, slot))
                && values::of(open, filled, &mut String::new()).cell == Cell::Null
        };
        let level = &plan.levels[0];
        let deferred = level.deferred.iter().map(|(_, filled)| filled);
        if let Some(filled) = level.own.iter().chain(deferred).find(missing) {
            return Some((RejectReason::MissingRequired, filled.name.clone()));
        }
        None
    }

    /// Why the record whose row was just made cannot be kept.
    pub(crate) fn fault_of_row(&self) -> Option<(RejectReason, String)> {
        if let Some((level, column)) = self.too_large {
            return Some((RejectReason::TooLarge, self.column_name(level, column)));
        }
        match self.record_mismatch {
            Some((level, column)) if self.quarantine_mismatches => {
                Some((RejectReason::Mismatch, self.column_name(level, column)))
            }
            _ => None,
        }
    }

    fn column_name(&self, level: usize, column: usize) -> String {
        let table = &self.plan.levels[level].table;
        format!("{}.{}", table.name, table.schema.field(column).name())
    }
}
