//! A stream's schema becomes a [`Plan`].

use convolake_batch::{TextForm, arrow_schema};
use convolake_model::{
    ColumnSource, ColumnType, Envelope, Mapping, Pointer, PointerStep, StreamSchema, Table, TemplatePart,
};
use indexmap::IndexMap;

use crate::json::{Key, pointer};
use crate::plan::{
    Aggregate, Candidate, ColumnPlan, Elements, Level, Node, Plan, Slot, Slots, TablePlan, TemplateItem,
    ValueSource,
};

/// A schema that the model accepts and that still cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {table}, column {column}: {message}")]
pub struct CompileError {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What cannot be done.
    pub message: String,
}

pub(crate) fn compile(
    schema: &StreamSchema,
    tables: &IndexMap<String, Table>,
    envelope: &Envelope,
) -> Result<Plan, CompileError> {
    let tables: IndexMap<&str, Table> =
        tables.iter().map(|(name, table)| (name.as_str(), table.without_lineage())).collect();
    // Outer rows first, so that a level's parent exists before it.
    let mut mappings: Vec<(&Mapping, &Table)> = schema
        .mappings
        .iter()
        .filter_map(|mapping| tables.get(mapping.table.as_str()).map(|table| (mapping, table)))
        .collect();
    mappings.sort_by_key(|(mapping, _)| mapping.rows.steps().len());
    let mut compiler = Compiler { nodes: Vec::new(), levels: Vec::new(), mappings };
    for index in 0..compiler.mappings.len() {
        compiler.add_level(index);
    }
    for index in 0..compiler.mappings.len() {
        compiler.add_columns(index)?;
    }
    compiler.cover();
    compiler.mark_slots();
    let keys = |pointer: &Pointer| {
        pointer.keys().unwrap_or_default().into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    Ok(Plan {
        max_depth: max_depth(&compiler.nodes, &compiler.levels),
        records: keys(&envelope.records),
        success: envelope.success.as_ref().map(keys),
        message: envelope.message.as_ref().map(keys),
        nodes: compiler.nodes,
        levels: compiler.levels,
    })
}

/// Readers of JSON columns (serde_json among them) stop at 128 levels. Around a value stand the objects on the way to it
/// with the arrays of rows, or `extra` with its `_record`.
fn max_depth(nodes: &[Node], levels: &[Level]) -> usize {
    const READABLE: usize = 127;
    let longest = |level: usize| {
        nodes.iter().filter(|node| node.level == level).map(|node| node.path.len()).max().unwrap_or_default()
    };
    let around: usize = (0..levels.len()).map(|level| longest(level) + 2).sum();
    READABLE.saturating_sub(around)
}

struct Compiler<'a> {
    nodes: Vec<Node>,
    levels: Vec<Level>,
    mappings: Vec<(&'a Mapping, &'a Table)>,
}

impl Compiler<'_> {
    fn add_level(&mut self, index: usize) {
        let (mapping, table) = self.mappings[index];
        let root = self.add_node(index, None, String::new(), Vec::new(), mapping.rows.to_string(), false);
        let parent = (0..index).rev().find(|level| {
            let above = &self.mappings[*level].0.rows;
            mapping.rows.strip(above).is_some() && *above != mapping.rows
        });
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
        let position = |name: &str| table.columns.get_index_of(name).unwrap_or_default();
        let table_plan = TablePlan {
            name: table.name.clone(),
            schema: arrow_schema(table, TextForm::Bytes),
            types: table.columns.values().map(|column| column.column_type).collect(),
            extra: position(Table::EXTRA),
            empty: Vec::new(),
            params: Vec::new(),
            replace: Vec::new(),
        };
        self.levels.push(Level {
            table: table_plan,
            root,
            array,
            parent,
            descendants: Vec::new(),
            slots: Vec::new(),
            blocks: Vec::new(),
            counts: 0,
            own: Vec::new(),
            deferred: Vec::new(),
            aggregates: Vec::new(),
            extra_base: mapping
                .extra_base
                .keys()
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            bare_element: None,
        });
        if let Some(bare) = &mapping.bare_element {
            self.levels[index].bare_element = Some(self.node_at(root, bare));
        }
    }

    fn add_columns(&mut self, index: usize) -> Result<(), CompileError> {
        let (mapping, table) = self.mappings[index];
        for (position, (name, column)) in table.columns.iter().enumerate() {
            let Some(mapped) = mapping.columns.get(name) else {
                if name != Table::EXTRA {
                    self.levels[index].table.empty.push(position);
                }
                continue;
            };
            let value = self.value(index, name, &mapped.source)?;
            if self.has_rows_overwritten() {
                let message = "it reads into an array whose elements are rows of a table".to_owned();
                return Err(CompileError { table: mapping.table.clone(), column: name.clone(), message });
            }
            let filled_at = match &value {
                ValueSource::Slots(slots) => slots.level,
                _ => index,
            };
            let filled = ColumnPlan {
                column: position,
                name: name.clone(),
                column_type: column.column_type,
                required: column.required,
                known: mapped.known.iter().cloned().collect(),
                only_slot: only_slot(index, &value),
                value,
            };
            if mapping.replace.contains(name) {
                self.levels[index].table.replace.push(filled.clone());
            }
            let level = &mut self.levels[filled_at];
            match &filled.value {
                ValueSource::Param(_) => level.table.params.push(filled),
                _ if filled_at == index => level.own.push(filled),
                _ => level.deferred.push((index, filled)),
            }
        }
        Ok(())
    }

    fn value(
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
            ColumnSource::At { from, candidates, optional, join, synonyms } => {
                let level = self.level_of(from).ok_or_else(|| error("no table has its rows at `from`"))?;
                let spelling = mapping.columns[name].spelling.clone();
                ValueSource::Slots(Slots {
                    level,
                    candidates: candidates.iter().map(|place| self.candidate(level, place)).collect(),
                    optional: *optional,
                    join: join.clone(),
                    synonyms: synonyms.clone(),
                    spelling,
                })
            }
            ColumnSource::Param(param) => ValueSource::Param(param.clone()),
            ColumnSource::Index(element) => ValueSource::Index(
                self.level_of(element).ok_or_else(|| error("no table has its rows in this array"))?,
            ),
            ColumnSource::Template(template) => ValueSource::Template(
                template
                    .parts()
                    .iter()
                    .map(|part| match part {
                        TemplatePart::Text(text) => Ok(TemplateItem::Text(text.clone())),
                        TemplatePart::Name(word) => {
                            let source = &mapping.columns[word].source;
                            let part_type = self.mappings[index].1.columns[word].column_type;
                            match self.value(index, word, source)? {
                                ValueSource::Slots(slots) if slots.level != index => Err(error(
                                    "a template takes columns of the row itself, indexes and params",
                                )),
                                value => Ok(TemplateItem::Column(value, part_type)),
                            }
                        }
                    })
                    .collect::<Result<_, _>>()?,
            ),
            ColumnSource::Count(array) => {
                let node = self.node_at(self.levels[index].root, array);
                let counts = &mut self.levels[index].counts;
                let count = *self.nodes[node].count.get_or_insert_with(|| {
                    *counts += 1;
                    *counts - 1
                });
                ValueSource::Count { level: index, count }
            }
            ColumnSource::Least { table, column } | ColumnSource::Greatest { table, column } => {
                let level =
                    self.mappings.iter().position(|(below, _)| below.table == *table).unwrap_or(index);
                // Taken when this row's element ends, so what is known only then or later comes too late.
                if let Some(ColumnSource::At { from, .. }) =
                    self.mappings[level].0.columns.get(column).map(|mapped| &mapped.source)
                    && mapping.rows.strip(from).is_some()
                {
                    return Err(error(&format!("`{table}.{column}` is the same in all rows below this one")));
                }
                let column = self.mappings[level].1.columns.get_index_of(column).unwrap_or_default();
                let is_least = matches!(source, ColumnSource::Least { .. });
                let aggregates = &mut self.levels[index].aggregates;
                aggregates.push(Aggregate { is_least, level, column });
                ValueSource::Aggregate { level: index, aggregate: aggregates.len() - 1 }
            }
            ColumnSource::Listed { by } => {
                let source = &mapping.columns[by].source;
                match self.value(index, by, source)? {
                    ValueSource::Slots(slots) if slots.level != index => {
                        return Err(error("`listed` takes a column of the row itself"));
                    }
                    value => ValueSource::Listed(Box::new(value)),
                }
            }
        })
    }

    fn level_of(&self, rows: &Pointer) -> Option<usize> {
        self.mappings.iter().position(|(mapping, _)| mapping.rows == *rows)
    }

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
        Candidate { slot, joined, member }
    }

    /// The node at `place` below `from`, made where it does not exist.
    fn node_at(&mut self, from: usize, place: &Pointer) -> usize {
        let mut node = from;
        for step in place.steps() {
            node = match step {
                PointerStep::Key(key) => {
                    let known = self.nodes[node]
                        .children
                        .iter()
                        .copied()
                        .find(|child| self.nodes[*child].key.name == *key);
                    known.unwrap_or_else(|| {
                        let mut path = self.nodes[node].path.clone();
                        path.push(key.clone());
                        let joined = self.nodes[node].joined;
                        let place = pointer::of_member(&self.nodes[node].pointer, key);
                        let child = self.add_node(
                            self.nodes[node].level,
                            Some(node),
                            key.clone(),
                            path,
                            place,
                            joined,
                        );
                        self.nodes[node].children.push(child);
                        child
                    })
                }
                PointerStep::Each => match self.nodes[node].elements {
                    Elements::Joined(element) => element,
                    _ => {
                        let path = self.nodes[node].path.clone();
                        let place = format!("{}/*", self.nodes[node].pointer);
                        let level = self.nodes[node].level;
                        let element = self.add_node(level, None, String::new(), path, place, true);
                        self.nodes[node].elements = Elements::Joined(element);
                        element
                    }
                },
            };
        }
        node
    }

    fn add_node(
        &mut self,
        level: usize,
        parent: Option<usize>,
        key: String,
        path: Vec<String>,
        pointer: String,
        joined: bool,
    ) -> usize {
        self.nodes.push(Node {
            level,
            parent,
            key: Key::new(key),
            path,
            pointer,
            children: Vec::new(),
            slot: None,
            leaf: None,
            covered: joined,
            elements: Elements::Ignored,
            count: None,
            joined,
        });
        self.nodes.len() - 1
    }

    /// True where an array of rows was taken for one whose elements are joined.
    fn has_rows_overwritten(&self) -> bool {
        let is_overwritten = |(index, level): (usize, &Level)| {
            level.array.is_some_and(|array| self.nodes[array].elements != Elements::Rows(index))
        };
        self.levels.iter().enumerate().any(is_overwritten)
    }

    /// Marks the slots whose values may go to `extra`, and those that hold whole what other slots look into.
    fn mark_slots(&mut self) {
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
            let is_block = |slot: &Slot| {
                let node = &self.nodes[slot.node];
                !slot.joined && !node.covered && !node.children.is_empty()
            };
            level.blocks = (0..level.slots.len()).filter(|slot| is_block(&level.slots[*slot])).collect();
        }
    }

    /// Marks what lies under a JSON column of the row's own level.
    fn cover(&mut self) {
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
}

/// The only slot of the level that a value comes from, if nothing is done with what stands there.
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
