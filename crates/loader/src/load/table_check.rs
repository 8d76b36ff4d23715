//! Whether rows of a table can be merged with those that are there: of the pipeline itself, and of others in the lake.

use convolake_model::{PartitionBy, Partitions, Table, is_same_name};

use crate::publish::commit::{self, CommittedTable};
use crate::resolve::mode::LoadMode;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::field_ids::{FieldIds, field_ids};
use crate::table::file::{self, TableFileReader};
use crate::table::layout::TableLayout;
use crate::{LoadError, paths};

/// How the table's files are cut into partitions: as they are, or else as those of other pipelines, unless the user says
/// otherwise, which fails; a rebuild cuts them as it is wanted.
pub(crate) fn partition_by(
    lake: &LakeStorage,
    pipeline: &str,
    known: Option<&CommittedTable>,
    table: &Table,
    mode: LoadMode,
) -> Result<PartitionBy, LoadError> {
    if mode == LoadMode::Rebuild {
        return Ok(table.partitions.by());
    }
    let stored = match known {
        Some(known) if !known.manifests.is_empty() => Some(known.partition_by),
        // Of a table without files nothing is cut yet. Files that no commit names are taken for the table's.
        _ => file::list(lake, &table.name, pipeline)?.first().map(|file| file.partition.by),
    };
    match (table.partitions, stored) {
        (Partitions::Asked(wanted), Some(stored)) if wanted != stored => {
            Err(LoadError::PartitionsChanged { table: table.name.clone(), stored, wanted })
        }
        (Partitions::Asked(by), _) | (Partitions::Usual(_), Some(by)) => Ok(by),
        (Partitions::Usual(by), None) => {
            let mut of_others = None;
            each_other(lake, pipeline, &table.name, |_, _, other| {
                of_others.get_or_insert(other.partition_by);
                Ok(())
            })?;
            Ok(of_others.unwrap_or(by))
        }
    }
}

/// Fails where the pipeline's rows of the table, known to its newest commit, are of other columns or other buckets, unless they are
/// rebuilt; and, before the first load of the table and of each new schema, where another pipeline's rows are of other columns.
pub(crate) fn check(
    lake: &LakeStorage,
    pipeline: &str,
    known: Option<&CommittedTable>,
    layout: &TableLayout,
    mode: LoadMode,
) -> Result<(), LoadError> {
    if let (Some(known), LoadMode::Merge) = (known, mode) {
        if !known.is_of(layout) && !may_grow(lake, pipeline, known, layout)? {
            return Err(changed(lake, pipeline, known, layout)?);
        }
        known.check_buckets(&layout.name, layout.buckets)?;
    }
    match known.is_some_and(|known| known.is_of(layout)) {
        true => Ok(()),
        false => check_others(lake, pipeline, known.is_some(), layout, mode),
    }
}

/// True where the table has grown by columns that may be null, so that its files need not be written again.
pub(crate) fn may_grow(
    lake: &LakeStorage,
    pipeline: &str,
    known: &CommittedTable,
    layout: &TableLayout,
) -> Result<bool, LoadError> {
    if !known.columns.is_empty() {
        return Ok(layout.table_schema.grew_from(&known.columns, &known.schema_hash));
    }
    // Commits of earlier versions know the hash alone; then all files have one schema.
    let files = file::list(lake, &layout.name, pipeline)?;
    let Some(file) = files.first() else { return Ok(true) };
    let reader = TableFileReader::open(file)?;
    let is_known = reader.schema_hash() == Some(known.schema_hash.as_str());
    Ok(is_known && reader.of_table(layout).is_some())
}

/// Why rows cannot be merged, and what can be done in this lake.
fn changed(
    lake: &LakeStorage,
    pipeline: &str,
    known: &CommittedTable,
    layout: &TableLayout,
) -> Result<LoadError, LoadError> {
    let difference = layout.table_schema.difference(&known.columns).filter(|_| !known.columns.is_empty());
    let what = difference.unwrap_or_else(|| "columns, key, partition or order are others".to_owned());
    let has_pages = !block_on(lake.entries(&paths::raw_pipeline(pipeline)))?.is_empty();
    let way = match has_pages {
        true => "`convolake replay` rebuilds the table from the landed pages; or load into a new lake",
        false => {
            "no page of it has landed here, so load the files once more into a new lake, with `convolake flatten`"
        }
    };
    Ok(LoadError::TableChanged { table: layout.name.clone(), what, way })
}

/// Fails where another pipeline has loaded rows of other columns into a table of this name.
fn check_others(
    lake: &LakeStorage,
    pipeline: &str,
    is_known: bool,
    layout: &TableLayout,
    mode: LoadMode,
) -> Result<(), LoadError> {
    each_other(lake, pipeline, &layout.name, |other, name, table| {
        let what = match *name == layout.name {
            // Of several pipelines that are rebuilt one has to be the first.
            true if !is_known && mode == LoadMode::Merge && table.partition_by != layout.partition_by => {
                let word = table.partition_by.word();
                Some(format!("there it is cut by {word}, as it would be here with `partition_by: {word}`"))
            }
            true => other_columns(lake, other, table, is_known, layout)?,
            false => Some(format!("there it is called `{name}`, and many readers do not look at case")),
        };
        match what {
            None => Ok(()),
            Some(what) => {
                let (table, pipeline) = (layout.name.clone(), pipeline.to_owned());
                Err(LoadError::OtherPipeline { table, pipeline, other: other.to_owned(), what })
            }
        }
    })
}

/// The numbers of the table's columns in files: as its newest commit has them, or those of other pipelines, and of new columns the next ones.
pub(crate) fn numbers(
    lake: &LakeStorage,
    pipeline: &str,
    known: Option<&CommittedTable>,
    layout: &TableLayout,
) -> Result<FieldIds, LoadError> {
    let columns = &layout.table_schema.columns;
    let mut ids = known.map(CommittedTable::field_ids).unwrap_or_default();
    if ids.is_empty() || field_ids(columns, &ids) != ids {
        each_other(lake, pipeline, &layout.name, |_, _, other| {
            for (column, id) in other.field_ids() {
                if !ids.values().any(|taken| *taken == id) {
                    ids.entry(column).or_insert(id);
                }
            }
            Ok(())
        })?;
    }
    Ok(field_ids(columns, &ids))
}

/// Shows what the newest commits of other pipelines know of tables of this name.
fn each_other(
    lake: &LakeStorage,
    pipeline: &str,
    table: &str,
    mut each: impl FnMut(&str, &str, &CommittedTable) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    for other in block_on(lake.entries(paths::STATE))?.into_iter().filter(|other| other != pipeline) {
        // What does not read is told of by the commands that are about it.
        let Ok(Some(head)) = commit::current(lake, &other) else { continue };
        for (name, known) in head.tables.iter().filter(|(name, _)| is_same_name(name, table)) {
            each(&other, name, known)?;
        }
    }
    Ok(())
}

/// How the columns of another pipeline's rows differ, in words; a table that has just grown here may have fewer there.
fn other_columns(
    lake: &LakeStorage,
    other: &str,
    table: &CommittedTable,
    is_known: bool,
    layout: &TableLayout,
) -> Result<Option<String>, LoadError> {
    let schema = match table.partition_by == layout.partition_by {
        true => &layout.table_schema,
        false => &layout.other_schema,
    };
    if table.schema_hash == schema.hash() || (is_known && schema.has_all_of(&table.columns)) {
        return Ok(None);
    }
    if !table.columns.is_empty() {
        return Ok(schema.difference(&table.columns));
    }
    let files = file::list(lake, &layout.name, other)?;
    let Some(file) = files.first() else { return Ok(None) };
    let reader = TableFileReader::open(file)?;
    let of_file = reader.schema().fields();
    let types = |fields: &arrow_schema::Fields| -> Vec<(String, arrow_schema::DataType)> {
        let fields = fields.iter().filter(|field| field.name() != Table::DATE);
        fields.map(|field| (field.name().clone(), field.data_type().clone())).collect()
    };
    let is_same = types(of_file) == types(layout.schema.fields());
    Ok((!is_same).then(|| "its files have other columns".to_owned()))
}
