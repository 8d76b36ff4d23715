//! The columns of a table as Arrow knows them.

use arrow_schema::SchemaRef;
use convolake_batch::{TextForm, arrow_schema};
use convolake_model::{ConfigError, Table, nearest_word};

use crate::Project;

/// Which rows of a table are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableForm {
    /// Those that pages give: all columns but the lineage.
    Flattened,
    /// Those of a lake, with `fetched_at` and `page`.
    Stored,
}

/// The columns of a table of a project, texts as UTF-8; exact in what may be null.
///
/// # Errors
/// A name that is no table of the pipeline.
pub fn table_schema(project: &Project, table: &str, form: TableForm) -> Result<SchemaRef, ConfigError> {
    let Some(found) = project.tables.get(table) else { return Err(no_table(project, table)) };
    Ok(match form {
        TableForm::Stored => arrow_schema(found, TextForm::Utf8),
        TableForm::Flattened => flattened_schema(found),
    })
}

/// The columns of the rows that pages give.
pub(super) fn flattened_schema(table: &Table) -> SchemaRef {
    arrow_schema(&table.without_lineage(), TextForm::Utf8)
}

fn no_table(project: &Project, table: &str) -> ConfigError {
    let known: Vec<&str> = project.tables.keys().map(String::as_str).collect();
    let hint = match nearest_word(table, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of: {}", known.join(", ")),
    };
    ConfigError::new(&project.file, 0, format!("`{table}` is no table of this pipeline"))
        .with_hint(Some(hint))
}
