//! A schema, seen from each of its tables: where its rows stand, and which places of an element it looks at.

use std::collections::{BTreeMap, BTreeSet};

use convolake_model::{
    ColumnMapping, ColumnSource, ColumnType, Mapping, Pointer, PointerStep, StreamSchema, Table,
};
use indexmap::IndexMap;

/// A path of keys.
pub(crate) type Path = Vec<String>;

/// The rows of one table: the record, or the elements of an array.
pub(crate) struct Level<'s> {
    pub(crate) mapping: &'s Mapping,
    pub(crate) table: &'s Table,
    /// The level whose element holds the array.
    pub(crate) parent: Option<usize>,
    /// The path from that element to the array.
    pub(crate) array: Path,
    /// Every place the schema names below an element, and every place on the way there.
    known: BTreeSet<Path>,
    /// The places that columns are filled from.
    pub(crate) columns: BTreeSet<Path>,
    /// The arrays of which a column joins something, and what of each element.
    pub(crate) joined: BTreeMap<Path, Vec<Path>>,
    /// The arrays whose elements are rows, and of which level.
    pub(crate) rows: BTreeMap<Path, usize>,
    /// The places that a JSON column of this table holds whole.
    whole: BTreeSet<Path>,
}

/// The levels of a schema, the record first and every other behind the one that holds it.
pub(crate) fn levels<'s>(schema: &'s StreamSchema, tables: &'s IndexMap<String, Table>) -> Vec<Level<'s>> {
    let mut mappings: Vec<&Mapping> = schema.mappings.iter().collect();
    mappings.sort_by_key(|mapping| mapping.rows.steps().len());
    let mut levels: Vec<Level<'s>> =
        mappings.iter().map(|mapping| Level::new(mapping, &tables[&mapping.table], schema)).collect();
    for index in 1..levels.len() {
        let rows = &levels[index].mapping.rows;
        // The longest beginning of `rows` that has a table.
        let (parent, array) = (0..index)
            .filter_map(|above| Some((above, rows.strip(&levels[above].mapping.rows)?)))
            .min_by_key(|(_, rest)| rest.steps().len())
            .unwrap();
        let (array, _) = keys(&array);
        levels[parent].know(&array);
        levels[parent].rows.insert(array.clone(), index);
        levels[index].parent = Some(parent);
        levels[index].array = array;
    }
    levels
}

impl<'s> Level<'s> {
    fn new(mapping: &'s Mapping, table: &'s Table, schema: &'s StreamSchema) -> Self {
        let mut level = Self {
            mapping,
            table,
            parent: None,
            array: Path::new(),
            known: BTreeSet::new(),
            columns: BTreeSet::new(),
            joined: BTreeMap::new(),
            rows: BTreeMap::new(),
            whole: BTreeSet::new(),
        };
        for column in schema.mappings.iter().flat_map(|mapping| mapping.columns.values()) {
            if let ColumnSource::At { from, candidates, .. } = &column.source
                && *from == mapping.rows
            {
                for place in candidates {
                    let (path, rest) = keys(place);
                    level.know(&path);
                    match rest {
                        Some(rest) => level.joined.entry(path).or_default().push(rest),
                        None => drop(level.columns.insert(path)),
                    }
                }
            }
        }
        for (name, column) in &mapping.columns {
            match &column.source {
                ColumnSource::Count(array) => level.know(&keys(array).0),
                ColumnSource::At { from, candidates, .. }
                    if *from == mapping.rows
                        && candidates.len() == 1
                        && table.columns[name].column_type == ColumnType::Json =>
                {
                    level.whole.insert(keys(&candidates[0]).0);
                }
                _ => {}
            }
        }
        if let Some(bare) = &mapping.bare_element {
            level.know(&keys(bare).0);
        }
        level
    }

    fn know(&mut self, path: &[String]) {
        self.known.extend((1..=path.len()).map(|length| path[..length].to_vec()));
    }

    /// True for a place the schema names, or one on the way to it.
    pub(crate) fn is_known(&self, path: &[String]) -> bool {
        self.known.contains(path)
    }

    /// True where the schema names places below this one.
    pub(crate) fn is_block(&self, path: &[String]) -> bool {
        self.known.iter().any(|known| known.len() > path.len() && known.starts_with(path))
    }

    /// True where the schema looks inside what stands here.
    pub(crate) fn is_structure(&self, path: &[String]) -> bool {
        self.is_block(path) || self.rows.contains_key(path) || self.joined.contains_key(path)
    }

    /// True where each element or member of what stands here is looked at.
    pub(crate) fn has_parts(&self, path: &[String]) -> bool {
        self.rows.contains_key(path) || self.joined.contains_key(path)
    }

    /// True where a JSON column holds this place, or one above it.
    pub(crate) fn is_held_whole(&self, path: &[String]) -> bool {
        self.whole.iter().any(|whole| path.starts_with(whole))
    }

    /// The columns that are filled from the element itself.
    pub(crate) fn own_columns(&self) -> impl Iterator<Item = (&'s str, &'s ColumnMapping)> {
        let mapping = self.mapping;
        let is_own = move |column: &ColumnMapping| match &column.source {
            ColumnSource::At { from, .. } => *from == mapping.rows,
            _ => true,
        };
        mapping
            .columns
            .iter()
            .filter(move |(_, column)| is_own(column))
            .map(|(name, column)| (name.as_str(), column))
    }
}

/// The keys of a pointer up to its `*`, and those behind it, if it has one.
pub(crate) fn keys(pointer: &Pointer) -> (Path, Option<Path>) {
    let mut steps = pointer.steps().split(|step| *step == PointerStep::Each);
    let path = |steps: &[PointerStep]| {
        let key = |step: &PointerStep| match step {
            PointerStep::Key(key) => key.clone(),
            PointerStep::Each => unreachable!("split there"),
        };
        steps.iter().map(key).collect::<Path>()
    };
    (steps.next().map(path).unwrap_or_default(), steps.next().map(path))
}

/// Keys as a JSON Pointer.
pub(crate) fn pointer(path: &[String]) -> String {
    path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}
