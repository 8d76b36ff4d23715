//! Single values of few rows.

use polars::prelude::{AnyValue, DataFrame};

/// A whole number; `None` where there is none.
pub(super) fn whole(rows: &DataFrame, name: &str, row: usize) -> Option<i64> {
    match rows.column(name).ok()?.get(row).ok()? {
        AnyValue::Null => None,
        value => value.try_extract().ok(),
    }
}

/// A finite number; `None` where there is none.
pub(super) fn float(rows: &DataFrame, name: &str, row: usize) -> Option<f64> {
    match rows.column(name).ok()?.get(row).ok()? {
        AnyValue::Null => None,
        value => value.try_extract().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// A text; `None` where there is none.
pub(super) fn text(rows: &DataFrame, name: &str, row: usize) -> Option<String> {
    match rows.column(name).ok()?.get(row).ok()? {
        AnyValue::String(text) => Some(text.to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        _ => None,
    }
}
