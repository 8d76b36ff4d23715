//! What cannot become rows: why, and what is taken back for it.

use convolake_model::ColumnType;

use super::column_value::{self, SlotOutcome};
use super::state::Walk;
use super::way::{self, Holder, Step};
use crate::columns::Cell;
use crate::json::{Failed, SyntaxError, pointer};
use crate::plan::{ColumnPlan, ValueSource};
use crate::report::{JsonKind, RejectReason};

impl<'a> Walk<'a> {
    /// Why the record that just ended cannot be kept, as far as is known before its row is made.
    pub(super) fn fault_before_row(&self, text: &str) -> Option<(RejectReason, String)> {
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
        if let Some(column) = self.without_param[0] {
            return Some((RejectReason::MissingRequired, column.name.clone()));
        }
        let open = self.open();
        let is_text = |column: &ColumnPlan, slot: usize| {
            column.column_type == ColumnType::String
                && self.frames[0].slots[slot].is_some_and(|raw| raw.is_plain)
        };
        let missing = |(_, column): &(usize, &ColumnPlan)| {
            !column.only_slot.is_some_and(|(slot, _)| is_text(column, slot))
                && column_value::of(open, column, &mut String::new()).cell == Cell::Null
        };
        let level = &plan.levels[0];
        let own = level.required_own.iter().map(|at| (0, &level.own[*at]));
        let deferred = level.deferred.iter().map(|(below, column)| (*below, column));
        let deferred = deferred.filter(|(_, column)| column.required);
        own.chain(deferred).find(missing).map(|(of, column)| self.why_missing(of, column))
    }

    /// Why a required column of the table of `level` has no value: there is none, or one that does not fit.
    fn why_missing(&self, level: usize, column: &ColumnPlan) -> (RejectReason, String) {
        let value = match &column.value {
            ValueSource::Slots(slots) => {
                let frame = &self.frames[slots.level];
                let mut values = slots.candidates.iter().filter_map(|candidate| frame.slots[candidate.slot]);
                values.find(|raw| raw.text != "null")
            }
            _ => None,
        };
        match value {
            Some(raw) => {
                let table = &self.plan.levels[level].table.name;
                let (found, name) = (JsonKind::of(raw.text).name(), &column.name);
                (
                    RejectReason::Mismatch,
                    format!("{table}.{name} is required, and the value, of kind {found}, does not fit it"),
                )
            }
            None => (RejectReason::MissingRequired, column.name.clone()),
        }
    }

    /// Why the record whose row was just made cannot be kept.
    pub(super) fn fault_of_row(&self) -> Option<(RejectReason, String)> {
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

    /// `table.column`.
    fn column_name(&self, level: usize, column: usize) -> String {
        let table = &self.plan.levels[level].table;
        format!("{}.{}", table.name, table.schema.field(column).name())
    }

    /// The record from `start` on is no JSON: what it gave so far is taken back, and it is rejected. True if another follows.
    /// Fails where the page is torn. What was counted before the fault stays counted, as of any record that is rejected.
    #[cold]
    pub(super) fn broken_record(&mut self, start: usize, holder: Holder) -> Result<bool, Failed> {
        let SyntaxError { expected, offset } = self.reader.error;
        let (begin, text) = self.reader.resync(start, holder.close())?;
        for (below, column) in self.plan.levels.iter().flat_map(|level| &level.deferred) {
            if column.required {
                self.rows[*below].fill_with_placeholders(column.position);
            }
        }
        self.drop_rows_below(0);
        self.rejects.take_back(self.records);
        let detail = format!("expected {expected} at byte {}", offset.saturating_sub(begin));
        self.reject(RejectReason::NotJson, "", detail, text);
        holder.next(&mut self.reader)
    }

    /// In place of a row for the element of `level`: mismatches are counted all the same, and rows below, which are about to
    /// be dropped, get placeholders in their required columns.
    pub(super) fn no_row(&mut self, level: usize) {
        let level_plan = &self.plan.levels[level];
        for column in &level_plan.own {
            let open = self.open();
            if let SlotOutcome::Mismatch(_) = column_value::of(open, column, &mut String::new()).outcome {
                self.note_mismatch(level, column.position);
            }
        }
        for (below, column) in level_plan.deferred.iter().filter(|(_, column)| column.required) {
            let before = self.rows_before(level, *below);
            let n = self.rows[*below].count - before;
            self.rows[*below].push_placeholders(column.position, n);
        }
    }

    /// An element below the record lacks what its row cannot be without: it and the rows below it are dropped.
    pub(super) fn reject_element(&mut self, level: usize, missing: (usize, &ColumnPlan)) {
        let own = self.rows[level].count - 1;
        self.rows[level].drop_from(own);
        self.drop_rows_below(level);
        let mut path = String::new();
        let mut at = Some(level);
        while let Some(index) = at {
            let Some(array) = self.plan.levels[index].array else { break };
            let keys = pointer::of_keys(&self.plan.nodes[array].path);
            let frame = &self.frames[index];
            let step = way::pointer(&[frame.key.map_or(Step::Index(frame.index), Step::Key)]);
            path = format!("{keys}{step}{path}");
            at = self.plan.levels[index].parent;
        }
        let text = self.frames[level].text;
        let (of, column) = missing;
        let (reason, detail) = self.why_missing(of, column);
        self.reject(reason, &path, detail, text);
    }

    /// Adds a reject of the open record, to which `path` leads from there.
    pub(super) fn reject(&mut self, reason: RejectReason, path: &str, detail: String, text: &'a str) {
        if !self.is_counted_by_index {
            self.rejects.stands_at(self.records, way::pointer(&self.way));
        }
        let text = self.verbatim(text);
        self.rejects.push(reason, self.records, path, detail, text);
    }

    /// Drops the rows that the open element of `level` has at the levels below.
    pub(super) fn drop_rows_below(&mut self, level: usize) {
        for (below, first) in self.plan.levels[level].descendants.iter().zip(&self.frames[level].rows_before)
        {
            self.rows[*below].drop_from(*first);
        }
    }
}

impl<'a> Walk<'a> {
    /// A part of the page's text as it came: what was repaired stands in it as it was sent.
    pub(super) fn verbatim(&self, text: &'a str) -> &'a str {
        let as_it_came = |original: &'a str| {
            let start = text.as_ptr().addr().checked_sub(self.reader.text().as_ptr().addr())?;
            original.get(start..start + text.len())
        };
        self.original.and_then(as_it_came).unwrap_or(text)
    }
}
