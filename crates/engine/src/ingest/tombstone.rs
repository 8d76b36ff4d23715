//! A tombstone as the load takes it: parents that come without rows, so that the rows they have give way.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use convolake_batch::{ParentBatch, ParentExtent, TableBatch, TextForm, arrow_schema};
use convolake_model::ParamSet;

use crate::EngineError;
use crate::project::deletion_scope::{DeletionScope, ScopeColumn};

/// The batch that removes all rows of these records from the table of a scope.
pub(crate) fn tombstone_batch(
    scope: &DeletionScope,
    ids: &[String],
    params: &ParamSet,
) -> Result<TableBatch, EngineError> {
    let table = &scope.table;
    let column = |(name, column): &(String, ScopeColumn)| -> (String, ArrayRef, bool) {
        let values: StringArray = match column {
            ScopeColumn::RecordId => ids.iter().map(Some).collect(),
            ScopeColumn::Param(param) => {
                let value = params.get(param).map(String::as_str).unwrap_or_default();
                ids.iter().map(|_| Some(value)).collect()
            }
        };
        (name.clone(), Arc::new(values), false)
    };
    let keys = RecordBatch::try_from_iter_with_nullable(scope.columns.iter().map(column));
    let keys = keys.map_err(|error| EngineError::Worker {
        message: format!("ids make no batch for {}: {error}", table.name),
    })?;
    Ok(TableBatch {
        table: table.name.clone(),
        rows: RecordBatch::new_empty(arrow_schema(&table.without_lineage(), TextForm::Bytes)),
        index_in_page: Vec::new(),
        page_ends: vec![0],
        parents: Some(ParentBatch {
            keys,
            index_in_page: (0..).take(ids.len()).collect(),
            page_ends: vec![ids.len()],
            extents: vec![ParentExtent::Gone; ids.len()],
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn a_tombstone_has_a_parent_for_each_id_and_no_rows() {
        let project = Project::load("convocore", &[]).unwrap();
        let scopes = project.deletion_scopes(&project.pipeline.streams["export"]).unwrap();
        let params = ParamSet::from([("agent_id".to_owned(), "a1".to_owned())]);
        for scope in &scopes {
            let batch = tombstone_batch(scope, &["c1".to_owned(), "c2".to_owned()], &params).unwrap();
            assert_eq!(batch.rows.num_rows(), 0, "{}", scope.table.name);
            let keys = batch.parents.unwrap().keys;
            assert_eq!(
                (keys.num_rows(), keys.num_columns()),
                (2, scope.columns.len()),
                "{}",
                scope.table.name
            );
        }
    }
}
