//! What fills each column of a level's table, and at which level's end it is known.

use convolake_model::Table;

use super::compiler::Compiler;
use super::error::CompileError;
use crate::plan::{ColumnPlan, Elements, Level, Slots, ValueSource};

impl Compiler<'_> {
    /// Adds the columns of the mapping at `index`.
    pub(super) fn add_columns(&mut self, index: usize) -> Result<(), CompileError> {
        let (mapping, table) = self.mappings[index];
        for (position, (name, column)) in table.columns.iter().enumerate() {
            let Some(mapped) = mapping.columns.get(name) else {
                if name != Table::EXTRA {
                    self.levels[index].table.empty.push(position);
                }
                continue;
            };
            let value = self.value_source(index, name, &mapped.source)?;
            if self.has_rows_overwritten() {
                let message = "it reads into an array whose elements are rows of a table".to_owned();
                return Err(CompileError { table: mapping.table.clone(), column: name.clone(), message });
            }
            let known_at = match &value {
                ValueSource::Slots(slots) => slots.level,
                _ => index,
            };
            let column = ColumnPlan {
                position,
                name: name.clone(),
                column_type: column.column_type,
                required: column.required,
                known: mapped.known.iter().cloned().collect(),
                only_slot: only_slot(index, &value).map(|slot| (slot, false)),
                value,
            };
            if mapping.replace.contains(name) {
                self.levels[index].table.replace.push(column.clone());
            }
            let level = &mut self.levels[known_at];
            match &column.value {
                ValueSource::Param(_) => level.table.params.push(column),
                _ if known_at == index => {
                    if column.required {
                        level.required_own.push(level.own.len());
                    }
                    level.own.push(column);
                }
                _ => level.deferred.push((index, column)),
            }
        }
        Ok(())
    }

    /// True where an array of rows was taken for one whose elements are joined.
    fn has_rows_overwritten(&self) -> bool {
        let is_overwritten = |(index, level): (usize, &Level)| {
            level.array.is_some_and(|array| self.nodes[array].elements != Elements::Rows(index))
        };
        self.levels.iter().enumerate().any(is_overwritten)
    }
}

/// The slot of the level that a value comes from, where it is the only one and its text is not changed.
fn only_slot(level: usize, value: &ValueSource) -> Option<usize> {
    match value {
        ValueSource::Slots(Slots { level: at, candidates, synonyms: None, .. }) if *at == level => {
            match candidates.as_slice() {
                [only] if !only.joined => Some(only.slot),
                _ => None,
            }
        }
        _ => None,
    }
}
