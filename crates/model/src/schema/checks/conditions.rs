//! What may hold for a value of a column.

use super::validate::Place;
use super::written::{IsWritten, ValueWritten};
use super::{CheckValue, Condition, RowCondition};
use crate::ColumnType;
use crate::config_error::ConfigError;

/// What may hold for a value, as it was written: `is`, `one_of`, `below`, `above`.
type Conditions<'a> = (Option<IsWritten>, &'a Option<Vec<ValueWritten>>, Option<f64>, Option<f64>);

impl Place<'_> {
    /// The condition of a column, as `field` of the check has it.
    pub(super) fn condition(
        &self,
        field: &str,
        column: &str,
        (is, one_of, below, above): Conditions<'_>,
    ) -> Result<RowCondition, ConfigError> {
        self.column(field, column)?;
        let mut all = Vec::new();
        all.extend(is.map(|is| match is {
            IsWritten::Missing => Condition::Missing,
            IsWritten::Present => Condition::Present,
            IsWritten::Empty => Condition::Empty,
        }));
        if let Some(values) = one_of {
            if values.iter().any(|value| matches!(value, ValueWritten::Null)) {
                return Err(self
                    .error(field, "null is a condition of its own")
                    .with_hint(Some("write `is: missing`".into())));
            }
            let (values, _) = self.values(field, column, values)?;
            all.push(Condition::OneOf(values));
        }
        all.extend(below.map(Condition::Below));
        all.extend(above.map(Condition::Above));
        if !matches!(all.as_slice(), [_]) {
            return Err(self.error(field, "a condition has one of `is`, `one_of`, `below`, `above`"));
        }
        let is = all.swap_remove(0);
        let is_number =
            |column_type| matches!(column_type, ColumnType::Int32 | ColumnType::Int64 | ColumnType::Float64);
        let is_text = |column_type| matches!(column_type, ColumnType::String | ColumnType::Json);
        match (&is, self.type_of(column)) {
            (Condition::Below(_) | Condition::Above(_), Some(of)) if !is_number(of) => {
                Err(self.error(field, format!("`{column}` is no number, so none lies above or below")))
            }
            (Condition::Empty, Some(of)) if !is_text(of) => Err(self
                .error(field, format!("`{column}` is no text, so it is never empty"))
                .with_hint(Some("write `is: missing`".into()))),
            _ => Ok(RowCondition { column: column.to_owned(), is }),
        }
    }

    /// The values of a column that are named, and whether null is among them.
    pub(super) fn values(
        &self,
        field: &str,
        column: &str,
        written: &[ValueWritten],
    ) -> Result<(Vec<CheckValue>, bool), ConfigError> {
        self.column(field, column)?;
        let mut accepts_null = false;
        let mut values = Vec::new();
        for value in written {
            match value {
                ValueWritten::Null => accepts_null = true,
                ValueWritten::Value(value) => {
                    self.fits(field, column, value)?;
                    values.push(value.clone());
                }
            }
        }
        match values.is_empty() {
            true => Err(self.error(field, format!("no value of `{column}` is named"))),
            false => Ok((values, accepts_null)),
        }
    }

    fn fits(&self, field: &str, column: &str, value: &CheckValue) -> Result<(), ConfigError> {
        let Some(column_type) = self.type_of(column) else { return Ok(()) };
        let fits = match value {
            CheckValue::Text(_) => column_type == ColumnType::String,
            CheckValue::Int(_) => matches!(column_type, ColumnType::Int32 | ColumnType::Int64),
            CheckValue::Bool(_) => column_type == ColumnType::Bool,
        };
        let hint = match (value, column_type) {
            (CheckValue::Int(number), ColumnType::String) => Some(format!("write '{number}' in quotes")),
            (CheckValue::Bool(value), ColumnType::String) => Some(format!("write '{value}' in quotes")),
            _ => Some("values are named of columns of type string, int32, int64 or bool".to_owned()),
        };
        match fits {
            true => Ok(()),
            false => Err(self
                .error(field, format!("`{column}` is of type {column_type} and has no such value"))
                .with_hint(hint)),
        }
    }
}
