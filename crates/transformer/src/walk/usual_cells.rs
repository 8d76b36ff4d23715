//! The usual cells of a row: what stands in a column's slot fits it. They are made without a look at the walk as a whole, whose parts
//! would else be found anew for each cell.

use convolake_model::ColumnType;

use super::column_value::{self, OpenElements};
use super::frame::Frame;
use super::state::Walk;
use super::usual_text::{self, UsualText};
use crate::dates;
use crate::gather::TableRows;
use crate::plan::{ColumnPlan, Slots, ValueSource};
use crate::report::PageCounts;

impl Walk<'_> {
    /// Appends the cells of the columns of `level` from the one at `at` on, as far as they are usual; where the first stands that is
    /// not, of which nothing has happened.
    #[inline]
    pub(super) fn usual_cells(&mut self, level: usize, mut at: usize, scratch: &mut String) -> usize {
        let plan = self.plan;
        let Some(columns) = plan.levels[level].own.get(at..) else { return at };
        let frames = self.frames.as_mut_slice();
        let mut row = OpenRow {
            level,
            record: self.records,
            rows: &mut self.rows[level],
            counts: &mut self.counts,
            too_large: &mut self.too_large,
        };
        for column in columns {
            let is_usual = match (column.only_slot, &column.value) {
                (Some((slot, goes_to_extra)), source) => {
                    let frame = &mut frames[level];
                    match &frame.slots[slot] {
                        None => !column.required,
                        Some(raw) => {
                            let text = match column.column_type {
                                ColumnType::Json => Some(raw.text.as_bytes()),
                                ColumnType::String => raw.plain_bytes(),
                                _ => None,
                            };
                            match (text, source) {
                                (Some(text), _) => {
                                    frame.keep(slot, goes_to_extra);
                                    row.text(column, text);
                                    true
                                }
                                (None, ValueSource::Slots(slots))
                                    if column.column_type == ColumnType::Timestamp && raw.text != "null" =>
                                {
                                    match dates::instant(*raw, &slots.spelling, &mut self.last_day) {
                                        Some(instant) => {
                                            if instant.is_lossless {
                                                frame.keep(slot, goes_to_extra);
                                            }
                                            row.rows.push_instant(column.position, instant.microseconds);
                                            true
                                        }
                                        None => false,
                                    }
                                }
                                (None, ValueSource::Slots(slots)) => {
                                    usual_text(frame, &self.present, column, slots, scratch, &mut row)
                                }
                                _ => false,
                            }
                        }
                    }
                }
                (None, ValueSource::Slots(slots)) => {
                    usual_text(&mut frames[level], &self.present, column, slots, scratch, &mut row)
                }
                (None, ValueSource::Index(of)) => {
                    row.rows.push_integer(column.position, i64::from(frames[*of].index));
                    true
                }
                (None, ValueSource::Count { level: of, count }) => match frames[*of].counts[*count] {
                    Some(count) => {
                        row.rows.push_integer(column.position, count);
                        true
                    }
                    None => !column.required,
                },
                (None, ValueSource::Aggregate { level: of, aggregate }) => {
                    match frames[*of].aggregates[*aggregate] {
                        Some(instant) => {
                            row.rows.push_instant(column.position, instant);
                            true
                        }
                        None => !column.required,
                    }
                }
                (None, ValueSource::Template(parts)) => {
                    scratch.clear();
                    let open = OpenElements {
                        frames,
                        beside: &self.beside,
                        present: &self.present,
                        input: self.input,
                    };
                    let is_whole = column_value::template(open, parts, scratch);
                    if is_whole {
                        row.text(column, scratch.as_bytes());
                    }
                    is_whole
                }
                (
                    None,
                    ValueSource::Param(_)
                    | ValueSource::Listed(_)
                    | ValueSource::Page(_)
                    | ValueSource::Position
                    | ValueSource::Key(_),
                ) => false,
            };
            if !is_usual {
                return at;
            }
            at += 1;
        }
        at
    }
}

/// The row that is being made.
pub(super) struct OpenRow<'w, 'a> {
    pub(super) level: usize,
    /// The index of its record on the page.
    pub(super) record: u32,
    pub(super) rows: &'w mut TableRows,
    pub(super) counts: &'w mut PageCounts<'a>,
    /// The level and column whose text is more than a page may make.
    pub(super) too_large: &'w mut Option<(usize, usize)>,
}

impl OpenRow<'_, '_> {
    /// A text, which is counted if it is no known word.
    #[inline(always)]
    pub(super) fn text(&mut self, column: &ColumnPlan, text: &[u8]) {
        if !self.rows.push_text(column.position, text) {
            self.too_large.get_or_insert((self.level, column.position));
        }
        if !column.known.is_empty() && !column.known.contains(text) {
            let word = String::from_utf8_lossy(text);
            self.counts.add_unknown_word(self.level, column.position, &word, self.record);
        }
    }
}

/// The text of a string column that has slots.
#[inline(always)]
fn usual_text(
    frame: &mut Frame<'_>,
    present: &[u64],
    column: &ColumnPlan,
    slots: &Slots,
    scratch: &mut String,
    row: &mut OpenRow<'_, '_>,
) -> bool {
    if column.column_type != ColumnType::String {
        return false;
    }
    match usual_text::of(frame, present, slots, scratch) {
        UsualText::Text(text, kept) => {
            if let Some((slot, goes_to_extra)) = kept {
                frame.keep(slot, goes_to_extra);
            }
            row.text(column, text.as_bytes());
            true
        }
        UsualText::Null => !column.required,
        UsualText::Other => false,
    }
}
