//! The numbers that a table's columns carry in its Parquet files (`field_id`): by these, formats such as Iceberg know a column again.
//!
//! A table's columns are numbered from 1 in the order of its files, then the elements of its lists, as such formats number a new table. A
//! number stays with its column, and none is given twice: a column that comes later gets the next one, wherever it stands. So the order
//! tells the numbers of a table that has not grown, and the commit keeps those of one that has. Files of before have none.

use std::collections::BTreeMap;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use convolake_model::ColumnType;
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use crate::table::schema::stored_column;

/// The number of each column, by its name, and of each list's elements, by [`element`].
pub(crate) type FieldIds = BTreeMap<String, i32>;

/// The numbers of these columns, given by their lines, where some are known.
pub(crate) fn field_ids(columns: &[String], known: &FieldIds) -> FieldIds {
    let mut ids = known.clone();
    let mut next = known.values().max().copied().unwrap_or(0) + 1;
    let columns: Vec<(String, ColumnType)> = columns.iter().filter_map(|line| stored_column(line)).collect();
    let names = columns.iter().map(|(name, _)| name.clone());
    let lists = columns.iter().filter(|(_, column_type)| *column_type == ColumnType::StringList);
    for name in names.chain(lists.map(|(name, _)| element(name))) {
        ids.entry(name).or_insert_with(|| {
            next += 1;
            next - 1
        });
    }
    ids
}

/// What the elements of a list go by. No column has such a name, as a column's begins with no slash.
pub(crate) fn element(column: &str) -> String {
    format!("/{column}/element")
}

/// The schema whose fields, and the elements of its lists, have their numbers.
pub(crate) fn numbered(schema: &Schema, ids: &FieldIds) -> SchemaRef {
    let number = |field: Field, name: &str| match ids.get(name) {
        Some(id) => {
            let number = (PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string());
            field.with_metadata(std::iter::once(number).collect::<arrow_schema::Metadata>())
        }
        None => field,
    };
    let field = |field: &FieldRef| {
        let mut numbered = number(field.as_ref().clone(), field.name());
        if let DataType::List(of) = field.data_type() {
            let of = number(of.as_ref().clone(), &element(field.name()));
            numbered.set_data_type(DataType::List(of.into()));
        }
        numbered
    };
    Schema::new(schema.fields().iter().map(field).collect::<Vec<Field>>()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(columns: &[&str], known: &FieldIds) -> Vec<i32> {
        let lines: Vec<String> = columns.iter().map(|column| format!("{column} String optional")).collect();
        let all = field_ids(&lines, known);
        columns.iter().map(|column| all[*column]).collect()
    }

    #[test]
    fn a_number_stays_with_its_column_wherever_others_come() {
        assert_eq!(ids(&["a", "b"], &FieldIds::new()), [1, 2]);
        let lines = [
            "a String required".to_owned(),
            "l StringList optional".to_owned(),
            "b Int32 optional".to_owned(),
        ];
        let first = field_ids(&lines, &FieldIds::new());
        assert_eq!([first["a"], first["l"], first["b"], first[&element("l")]], [1, 2, 3, 4]);
        assert_eq!(ids(&["new", "a", "newer", "b"], &first), [5, 1, 6, 3]);
        // One that is gone keeps its number, should it come back.
        assert_eq!(ids(&["a"], &first), [1]);
        assert_eq!(field_ids(&lines[..1], &first), first);
    }
}
