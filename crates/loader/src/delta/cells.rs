//! JSON values as cells of Arrow columns and back, for the few types that checkpoints have.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, MapBuilder, MapFieldNames, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Int32Array, Int64Array, StringArray, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{ArrowError, DataType, Field, Fields};
use serde_json::{Map, Value};

/// A map from text to text, whose values may be null.
pub(crate) fn map_type() -> DataType {
    let entries = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
    ]);
    DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entries), false)), false)
}

/// A list of texts.
pub(crate) fn list_type() -> DataType {
    DataType::List(Arc::new(Field::new("element", DataType::Utf8, true)))
}

/// A column of these values; one of another kind is null.
pub(crate) fn column(data_type: &DataType, values: &[Option<&Value>]) -> Result<ArrayRef, ArrowError> {
    let whole = |value: &Option<&Value>| value.and_then(Value::as_i64);
    Ok(match data_type {
        DataType::Utf8 => {
            Arc::new(values.iter().map(|value| value.and_then(Value::as_str)).collect::<StringArray>())
        }
        DataType::Int64 => Arc::new(values.iter().map(whole).collect::<Int64Array>()),
        DataType::Int32 => {
            let small = |value| whole(value).and_then(|value| i32::try_from(value).ok());
            Arc::new(values.iter().map(small).collect::<Int32Array>())
        }
        DataType::Boolean => {
            Arc::new(values.iter().map(|value| value.and_then(Value::as_bool)).collect::<BooleanArray>())
        }
        DataType::Struct(fields) => {
            let of_field = |field: &Arc<Field>| {
                let members: Vec<Option<&Value>> =
                    values.iter().map(|value| value.and_then(|value| value.get(field.name()))).collect();
                column(field.data_type(), &members)
            };
            let columns = fields.iter().map(of_field).collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
            let is_there: NullBuffer =
                values.iter().map(|value| value.is_some_and(Value::is_object)).collect();
            Arc::new(StructArray::try_new(fields.clone(), columns, Some(is_there))?)
        }
        DataType::Map(..) => {
            let names = MapFieldNames { entry: "key_value".into(), key: "key".into(), value: "value".into() };
            let mut maps = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
            for value in values {
                let map = value.and_then(Value::as_object);
                for (key, value) in map.into_iter().flatten() {
                    maps.keys().append_value(key);
                    maps.values().append_option(value.as_str());
                }
                maps.append(map.is_some())?;
            }
            Arc::new(maps.finish())
        }
        DataType::List(element) => {
            let mut lists = ListBuilder::new(StringBuilder::new()).with_field(Arc::clone(element));
            for value in values {
                let list = value.and_then(Value::as_array);
                for value in list.into_iter().flatten() {
                    lists.values().append_option(value.as_str());
                }
                lists.append(list.is_some());
            }
            Arc::new(lists.finish())
        }
        other => return Err(ArrowError::NotYetImplemented(format!("{other} in a checkpoint"))),
    })
}

/// The value in a row of a column; null for a type that no action is made of.
pub(crate) fn value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).into(),
        DataType::Utf8View => column.as_string_view().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(column.as_struct().columns());
            let member =
                |(field, column): (&Arc<Field>, &ArrayRef)| (field.name().clone(), value(column, row));
            columns.map(member).filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
        }
        DataType::Map(..) => {
            let entries = column.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let entry = |at| Some((value(keys, at).as_str()?.to_owned(), value(values, at)));
            (0..entries.len()).filter_map(entry).collect::<Map<_, _>>().into()
        }
        DataType::List(_) => {
            let elements = column.as_list::<i32>().value(row);
            (0..elements.len()).map(|at| value(&elements, at)).collect()
        }
        _ => Value::Null,
    }
}
