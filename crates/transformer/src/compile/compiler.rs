//! The order of compilation: levels, then what fills their columns, then what is known only of the whole trie.

use convolake_model::{Envelope, Mapping, StreamSchema, Table};
use indexmap::IndexMap;

use super::error::CompileError;
use super::marks::max_depth;
use crate::plan::{EnvelopePlan, Level, Node, Plan};

/// Compiles a stream's schema against its tables.
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
    let mut compiler =
        Compiler { nodes: Vec::new(), levels: Vec::new(), mappings, envelope: EnvelopePlan::of(envelope) };
    for index in 0..compiler.mappings.len() {
        compiler.add_level(index);
    }
    for index in 0..compiler.mappings.len() {
        compiler.add_columns(index)?;
    }
    compiler.mark_covered();
    compiler.mark_slots();
    Ok(Plan {
        max_depth: max_depth(&compiler.nodes, &compiler.levels),
        envelope: compiler.envelope,
        nodes: compiler.nodes,
        levels: compiler.levels,
    })
}

/// A plan under construction. The level at an index is of the mapping at the same index.
pub(super) struct Compiler<'a> {
    pub(super) nodes: Vec<Node>,
    pub(super) levels: Vec<Level>,
    pub(super) mappings: Vec<(&'a Mapping, &'a Table)>,
    pub(super) envelope: EnvelopePlan,
}
