//! Some of the rows that are not as expected: what they are known by, and what stands there.

use polars::prelude::{AnyValue, DataFrame, Expr, LazyFrame, col};

use super::outcome::Example;
use super::row_scan::collect;
use crate::catalog::Catalog;
use crate::failure::Failure;

/// How many rows are shown.
const SHOWN: u32 = 3;
/// The length of a value that is shown, in characters: what people write is not repeated.
const MAX_VALUE: usize = 24;
/// The length of a value of a key.
const MAX_KEY: usize = 80;

/// The first rows for which `shown` holds, known by `key`, with the value of `column`.
pub(super) fn examples(
    frame: LazyFrame,
    shown: Expr,
    key: &[String],
    column: Option<&str>,
    catalog: &Catalog,
) -> Result<Vec<Example>, Failure> {
    let value = column.map_or_else(|| polars::prelude::lit(polars::prelude::NULL), col).alias("_value");
    let columns: Vec<Expr> = key.iter().map(|column| col(column.as_str())).chain([value]).collect();
    let rows = collect(frame.filter(shown).select(columns).limit(SHOWN), catalog)?;
    let value =
        |row: usize| rows.column("_value").ok().and_then(|column| text(&column.get(row).ok()?, MAX_VALUE));
    Ok((0..rows.height())
        .map(|row| Example { key: key_of_row(&rows, key, row), value: value(row) })
        .collect())
}

/// What a row is known by, as in `agent_id=a conversation_id=c`.
pub(super) fn key_of_row(batch: &DataFrame, columns: &[String], row: usize) -> String {
    let part = |column: &String| {
        let value = batch.column(column).ok().and_then(|values| text(&values.get(row).ok()?, MAX_KEY));
        format!("{column}={}", value.as_deref().unwrap_or("null"))
    };
    columns.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// A value on one line, cut with a mark; `None` for null.
fn text(value: &AnyValue<'_>, most: usize) -> Option<String> {
    let text = match value {
        AnyValue::Null => return None,
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        other => other.to_string(),
    };
    let mut characters = text.chars().map(|one| if one.is_control() { ' ' } else { one });
    let cut: String = characters.by_ref().take(most).collect();
    Some(match characters.next() {
        Some(_) => format!("{cut}.."),
        None => cut,
    })
}
