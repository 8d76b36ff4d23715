//! The row of an element that has ended, and the columns that rows below it were waiting for.

use convolake_model::ColumnType;

use super::column_value::{self, SlotOutcome};
use super::extra;
use super::frame::ExtraField;
use super::state::Walk;
use super::usual_cells::OpenRow;
use super::usual_text::{self, UsualText};
use super::wide_numbers;
use crate::columns::{Cell, Converted, convert};
use crate::json::{pointer, unescape};
use crate::plan::{ColumnPlan, Elements, Slots, ValueSource};

impl<'a> Walk<'a> {
    /// Appends the row of the open element of `level`, and the columns of rows below that are known only by its end.
    pub(super) fn row(&mut self, level: usize) {
        let plan = self.plan;
        let level_plan = &plan.levels[level];
        let mut is_missing = self.without_param[level].map(|column| (level, column));
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut at = 0;
        loop {
            at = self.usual_cells(level, at, &mut scratch);
            let Some(column) = level_plan.own.get(at) else { break };
            at += 1;
            if column.only_slot.is_some_and(|only| self.fill_from_only_slot(level, column, only)) {
                continue;
            }
            let is_filled = match &column.value {
                ValueSource::Slots(slots) => {
                    let cell = self.first_fitting(level, column, slots, &mut scratch);
                    self.fill(level, column, cell)
                }
                ValueSource::Index(_)
                | ValueSource::Count { .. }
                | ValueSource::Aggregate { .. }
                | ValueSource::Template(_)
                | ValueSource::Param(_)
                | ValueSource::Listed(_)
                | ValueSource::Page(_)
                | ValueSource::Position
                | ValueSource::Key(_) => {
                    let value = column_value::of(self.open(), column, &mut scratch);
                    if let SlotOutcome::Mismatch(_) = value.outcome {
                        self.note_mismatch(level, column.position);
                    }
                    self.fill(level, column, value.cell)
                }
            };
            if !is_filled && column.required {
                is_missing.get_or_insert((level, column));
                self.rows[level].push_placeholders(column.position, 1);
            }
        }
        self.extra(level, &mut scratch);
        self.rows[level].end_row(self.records);
        for (below, column) in &level_plan.deferred {
            if self.push_usual_text(level, *below, column, &mut scratch) {
                continue;
            }
            let value = column_value::of(self.open(), column, &mut scratch);
            let before = self.rows_before(level, *below);
            let n = self.rows[*below].count - before;
            match value.cell {
                Cell::Null if column.required => {
                    is_missing.get_or_insert((*below, column));
                    self.rows[*below].push_placeholders(column.position, n);
                }
                Cell::Null => {}
                cell => self.push_from(*below, column.position, &cell, before, n),
            }
        }
        self.scratch = scratch;
        if let (Some(missing), true) = (is_missing, level > 0) {
            self.reject_element(level, missing);
        }
    }

    /// A number, a boolean or a list from a column's only slot; false where it does not fit or there is none, and then nothing has
    /// happened.
    fn fill_from_only_slot(
        &mut self,
        level: usize,
        column: &ColumnPlan,
        (slot, goes_to_extra): (usize, bool),
    ) -> bool {
        let ValueSource::Slots(slots) = &column.value else { return false };
        let Some(raw) = self.frames[level].slots[slot].filter(|raw| raw.text != "null") else { return false };
        if matches!(column.column_type, ColumnType::String | ColumnType::Json) {
            return false;
        }
        let converted = convert(raw, column.column_type, &slots.spelling, &mut self.last_day);
        let Some(Converted { cell, is_lossless }) = converted else { return false };
        if is_lossless {
            self.frames[level].keep(slot, goes_to_extra);
        }
        self.fill_other(level, column, &cell);
        true
    }

    /// A text from one of the slots of a column of the level `below` that waited for the open element of `level`; false in any other
    /// case, and then nothing has happened.
    #[inline(always)]
    fn push_usual_text(
        &mut self,
        level: usize,
        below: usize,
        column: &ColumnPlan,
        scratch: &mut String,
    ) -> bool {
        let ValueSource::Slots(slots) = &column.value else { return false };
        if column.column_type != ColumnType::String {
            return false;
        }
        let usual = usual_text::of(&self.frames[level], &self.present, slots, scratch);
        let UsualText::Text(text, _) = usual else { return false };
        let before = self.rows_before(level, below);
        let n = self.rows[below].count - before;
        if !self.rows[below].push_text_n(column.position, text, before, n) {
            self.too_large.get_or_insert((below, column.position));
        }
        true
    }

    /// The cell of a column from the first of its slots that fits; the frame notes whether that slot goes to `extra`.
    #[inline(never)]
    fn first_fitting<'s>(
        &mut self,
        level: usize,
        column: &ColumnPlan,
        slots: &'s Slots,
        scratch: &'s mut String,
    ) -> Cell<'s>
    where
        'a: 's,
    {
        let frame = &mut self.frames[level];
        let value = column_value::from_slots(
            frame,
            &self.present,
            slots,
            column.column_type,
            &mut self.last_day,
            scratch,
        );
        match value.outcome {
            SlotOutcome::Lossless(slot) => {
                frame.keep(slot, self.plan.levels[level].slots[slot].goes_to_extra)
            }
            SlotOutcome::Mismatch(slot) => {
                frame.force_to_extra(slot);
                self.note_mismatch(level, column.position);
            }
            SlotOutcome::AsText => self.counts.add_as_text(level, column.position, self.records),
            SlotOutcome::Unclaimed => {}
        }
        value.cell
    }

    /// A cell of the row that is being made; false where it is null.
    #[inline(always)]
    fn fill(&mut self, level: usize, column: &ColumnPlan, cell: Cell<'_>) -> bool {
        match cell {
            Cell::Null => return false,
            Cell::Text(text) => self.fill_text(level, column, text.as_bytes()),
            cell => self.fill_other(level, column, &cell),
        }
        true
    }

    /// A cell that is no text.
    #[inline(always)]
    fn fill_other(&mut self, level: usize, column: &ColumnPlan, cell: &Cell<'_>) {
        if !self.rows[level].push_one(column.position, cell) {
            self.too_large.get_or_insert((level, column.position));
        }
    }

    /// A text, which is counted if it is no known word.
    #[inline(always)]
    fn fill_text(&mut self, level: usize, column: &ColumnPlan, text: &[u8]) {
        let Self { rows, counts, too_large, records, .. } = self;
        let rows = &mut rows[level];
        OpenRow { level, record: *records, rows, counts, too_large }.text(column, text);
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

    /// The row's `extra`: fields without a column, and values that no column holds losslessly.
    fn extra(&mut self, level: usize, scratch: &mut String) {
        let plan = self.plan;
        let level_plan = &plan.levels[level];
        let frame = &mut self.frames[level];
        let key = frame.key.filter(|key| !level_plan.takes_key || extra::is_index(key, frame.index));
        if frame.is_all_kept() && key.is_none() {
            return;
        }
        for (slot, plan_slot) in level_plan.slots.iter().enumerate() {
            if !plan_slot.goes_to_extra || frame.is_kept(slot) {
                continue;
            }
            let node = &plan.nodes[plan_slot.node];
            if let (Some(value), Some(object)) = (frame.slots[slot], node.parent) {
                let is_array = matches!(node.elements, Elements::Rows(_));
                frame.extras.push(ExtraField { object, key: node.key.json(), value: value.text, is_array });
            }
        }
        // A block that stands in a column or in `extra` as a whole does not stand there in parts.
        for slot in &level_plan.blocks {
            if frame.slots[*slot].is_some() {
                let whole = level_plan.slots[*slot].node;
                frame.extras.retain(|extra| !plan.is_within(extra.object, whole));
            }
        }
        for whole in &frame.wholes {
            frame.extras.retain(|extra| !plan.is_within(extra.object, *whole));
        }
        let frame = &self.frames[level];
        let fields = extra::last_of_each(&frame.extras);
        if fields.len() < frame.extras.len() {
            let is_dropped = |extra: &&ExtraField<'_>| !fields.iter().any(|kept| std::ptr::eq(*kept, *extra));
            for dropped in frame.extras.iter().filter(is_dropped) {
                let pointer = pointer::of_member(&plan.nodes[dropped.object].pointer, &unescape(dropped.key));
                self.counts.add_doubled_key(&pointer, self.records);
            }
        }
        if extra::write(plan, level_plan, frame, &fields, key, scratch) {
            // A bare value is an object there where a key is kept beside it.
            if self.reader.has_wide_number && (!self.frames[level].is_bare || key.is_some()) {
                wide_numbers::rewrite(scratch);
            }
            self.push_text(level, level_plan.table.extra, scratch.as_bytes());
        }
    }

    /// Counts a value that does not fit its column.
    pub(super) fn note_mismatch(&mut self, level: usize, column: usize) {
        self.counts.add_mismatch(level, column, self.records);
        self.record_mismatch.get_or_insert((level, column));
    }
}
