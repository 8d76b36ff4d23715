//! Where the value of a column comes from, with the nodes, slots, counters and aggregates it takes.

use convolake_model::{ColumnSource, Pointer, PointerStep, Template, TemplatePart};

use super::compiler::Compiler;
use super::error::CompileError;
use crate::plan::{Aggregate, Candidate, Extreme, Slot, Slots, TemplateItem, ValueSource};

impl Compiler<'_> {
    /// The source of the column `name` of the mapping at `index`.
    pub(super) fn value_source(
        &mut self,
        index: usize,
        name: &str,
        source: &ColumnSource,
    ) -> Result<ValueSource, CompileError> {
        let (mapping, _) = self.mappings[index];
        let error = |message: &str| CompileError {
            table: mapping.table.clone(),
            column: name.to_owned(),
            message: message.to_owned(),
        };
        Ok(match source {
            ColumnSource::At { from, candidates, optional, texts, join, synonyms } => {
                let level = self.level_of(from).ok_or_else(|| error("no table has its rows at `from`"))?;
                ValueSource::Slots(Slots {
                    level,
                    candidates: candidates.iter().map(|place| self.candidate(level, place)).collect(),
                    optional: *optional,
                    texts: *texts,
                    join: join.clone(),
                    synonyms: synonyms.clone(),
                    spelling: mapping.columns[name].spelling.clone(),
                })
            }
            ColumnSource::Page { candidates, texts, optional, join, synonyms } => ValueSource::Page(Slots {
                level: index,
                candidates: candidates.iter().map(|place| self.page_candidate(place)).collect(),
                optional: *optional,
                texts: *texts,
                join: join.clone(),
                synonyms: synonyms.clone(),
                spelling: mapping.columns[name].spelling.clone(),
            }),
            ColumnSource::Position => ValueSource::Position,
            ColumnSource::Key(element) => {
                let level =
                    self.level_of(element).ok_or_else(|| error("no table has its rows in this object"))?;
                if level == index {
                    self.levels[level].takes_key = true;
                }
                ValueSource::Key(level)
            }
            ColumnSource::Param(param) => ValueSource::Param(param.clone()),
            ColumnSource::Index(element) => ValueSource::Index(
                self.level_of(element).ok_or_else(|| error("no table has its rows in this array"))?,
            ),
            ColumnSource::Template(template) => self
                .template(index, template)?
                .ok_or_else(|| error("a template takes columns of the row itself, indexes and params"))?,
            ColumnSource::Count(array) => self.count(index, array),
            ColumnSource::Least { table, column } => self
                .aggregate(index, table, column, Extreme::Least)
                .ok_or_else(|| error(&known_too_late(table, column)))?,
            ColumnSource::Greatest { table, column } => self
                .aggregate(index, table, column, Extreme::Greatest)
                .ok_or_else(|| error(&known_too_late(table, column)))?,
            ColumnSource::Listed { by } => {
                let id = self.own_column(index, by)?;
                let id = id.ok_or_else(|| error("`listed` takes a column of the row itself"))?;
                ValueSource::Listed(Box::new(id))
            }
        })
    }

    /// The level whose rows stand at `rows`.
    fn level_of(&self, rows: &Pointer) -> Option<usize> {
        self.mappings.iter().position(|(mapping, _)| mapping.rows == *rows)
    }

    /// A place of a level's elements, and its slot.
    fn candidate(&mut self, level: usize, place: &Pointer) -> Candidate {
        let root = self.levels[level].root;
        let node = self.node_at(root, place);
        let joined = self.nodes[node].joined;
        let slots = &mut self.levels[level].slots;
        let slot = *self.nodes[node].slot.get_or_insert_with(|| {
            slots.push(Slot { node, joined, goes_to_extra: false });
            slots.len() - 1
        });
        let member = match place.steps().split_first() {
            Some((first, _)) => self.node_at(root, &Pointer::of(std::slice::from_ref(first))),
            None => root,
        };
        Candidate {
            slot,
            goes_to_extra: false,
            joined,
            is_elements: place.steps().last() == Some(&PointerStep::Each),
            member,
        }
    }

    /// A place beside the records, and its slot.
    fn page_candidate(&mut self, place: &Pointer) -> Candidate {
        let (slot, joined) = self.envelope.slot(place);
        let is_elements = joined && place.steps().last() == Some(&PointerStep::Each);
        Candidate { slot, goes_to_extra: false, joined, is_elements, member: 0 }
    }

    /// `None` where one of the columns in it is of another row.
    fn template(&mut self, index: usize, template: &Template) -> Result<Option<ValueSource>, CompileError> {
        let (_, table) = self.mappings[index];
        let mut items = Vec::new();
        for part in template.parts() {
            items.push(match part {
                TemplatePart::Text(text) => TemplateItem::Text(text.clone()),
                TemplatePart::Name(word) => match self.own_column(index, word)? {
                    Some(value) => TemplateItem::Column(value, table.columns[word].column_type),
                    None => return Ok(None),
                },
            });
        }
        Ok(Some(ValueSource::Template(items)))
    }

    /// The source of another column of the same row; `None` where an enclosing row has it.
    fn own_column(&mut self, index: usize, name: &str) -> Result<Option<ValueSource>, CompileError> {
        let source = &self.mappings[index].0.columns[name].source;
        Ok(match self.value_source(index, name, source)? {
            ValueSource::Slots(slots) if slots.level != index => None,
            value => Some(value),
        })
    }

    /// The number of elements of an array below the level's elements.
    fn count(&mut self, level: usize, array: &Pointer) -> ValueSource {
        let node = self.node_at(self.levels[level].root, array);
        let counts = &mut self.levels[level].counts;
        let count = *self.nodes[node].count.get_or_insert_with(|| {
            *counts += 1;
            *counts - 1
        });
        ValueSource::Count { level, count }
    }

    /// The least or greatest of a column of rows below. `None` where the column is known only when this row's element ends,
    /// or later: the aggregate is taken right then.
    fn aggregate(
        &mut self,
        index: usize,
        table: &str,
        column: &str,
        extreme: Extreme,
    ) -> Option<ValueSource> {
        let (mapping, _) = self.mappings[index];
        let level = self.mappings.iter().position(|(below, _)| below.table == table).unwrap_or(index);
        let (below, below_table) = self.mappings[level];
        if let Some(ColumnSource::At { from, .. }) = below.columns.get(column).map(|mapped| &mapped.source)
            && mapping.rows.strip(from).is_some()
        {
            return None;
        }
        let column = below_table.columns.get_index_of(column).unwrap_or_default();
        let aggregates = &mut self.levels[index].aggregates;
        aggregates.push(Aggregate { extreme, level, column });
        Some(ValueSource::Aggregate { level: index, aggregate: aggregates.len() - 1 })
    }
}

fn known_too_late(table: &str, column: &str) -> String {
    format!("`{table}.{column}` is the same in all rows below this one")
}
