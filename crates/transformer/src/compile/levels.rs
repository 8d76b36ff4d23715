//! Each mapping becomes a level: its place among the others, and its table.

use convolake_batch::{TextForm, arrow_schema};
use convolake_model::{Pointer, Table};

use super::compiler::Compiler;
use crate::plan::{Elements, Level, TablePlan};

impl Compiler<'_> {
    /// Adds the level of the mapping at `index`, after those of the mappings above it.
    pub(super) fn add_level(&mut self, index: usize) {
        let (mapping, table) = self.mappings[index];
        let root = self.add_root(index, &mapping.rows);
        let parent = self.parent_of(index);
        let array = parent.map(|parent| {
            let steps = mapping.rows.steps();
            let inner = Pointer::of(&steps[self.mappings[parent].0.rows.steps().len()..steps.len() - 1]);
            self.node_at(self.levels[parent].root, &inner)
        });
        if let Some(array) = array {
            self.nodes[array].elements = Elements::Rows(index);
        }
        let mut above = parent;
        while let Some(level) = above {
            self.levels[level].descendants.push(index);
            above = self.levels[level].parent;
        }
        let bare_element = mapping.bare_element.as_ref().map(|place| self.node_at(root, place));
        let extra_base = mapping.extra_base.keys().unwrap_or_default();
        self.levels.push(Level {
            table: table_plan(table),
            root,
            array,
            parent,
            descendants: Vec::new(),
            slots: Vec::new(),
            blocks: Vec::new(),
            counts: 0,
            own: Vec::new(),
            required_own: Vec::new(),
            deferred: Vec::new(),
            aggregates: Vec::new(),
            extra_base: extra_base.into_iter().map(str::to_owned).collect(),
            bare_element,
            takes_key: false,
        });
    }

    /// The innermost level above the rows of the mapping at `index`.
    fn parent_of(&self, index: usize) -> Option<usize> {
        let rows = &self.mappings[index].0.rows;
        (0..index).rev().find(|level| {
            let above = &self.mappings[*level].0.rows;
            rows.strip(above).is_some() && above != rows
        })
    }
}

/// A table whose columns are still to be filled.
fn table_plan(table: &Table) -> TablePlan {
    TablePlan {
        name: table.name.clone(),
        schema: arrow_schema(table, TextForm::Bytes),
        types: table.columns.values().map(|column| column.column_type).collect(),
        extra: table.columns.get_index_of(Table::EXTRA).unwrap_or_default(),
        empty: Vec::new(),
        params: Vec::new(),
        replace: Vec::new(),
    }
}
