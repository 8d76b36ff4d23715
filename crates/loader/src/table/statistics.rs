//! What a table file's footer says of the values in a row group.

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

/// Bounds of a text column's values: none is less than the first or greater than the second. `None` where the footer
/// gives none.
pub(crate) fn text_bounds(group: &RowGroupMetaData, leaf: usize) -> Option<(&[u8], &[u8])> {
    let Statistics::ByteArray(values) = group.column(leaf).statistics()? else { return None };
    Some((values.min_bytes_opt()?, values.max_bytes_opt()?))
}

/// True where the footer rules out that a row holds this text. False in doubt.
pub(crate) fn excludes_text(group: &RowGroupMetaData, leaf: usize, text: &[u8]) -> bool {
    match text_bounds(group, leaf) {
        Some((least, greatest)) => text < least || text > greatest,
        None => is_all_null(group, leaf),
    }
}

/// The text that all rows of a group hold; `None` where the footer does not say so.
pub(crate) fn shared_text(group: &RowGroupMetaData, leaf: usize) -> Option<String> {
    let Statistics::ByteArray(values) = group.column(leaf).statistics()? else { return None };
    let is_exact = values.min_is_exact() && values.max_is_exact() && values.null_count_opt() == Some(0);
    let (least, greatest) = (values.min_opt()?, values.max_opt()?);
    let text = std::str::from_utf8(least.data()).ok()?;
    (is_exact && least.data() == greatest.data()).then(|| text.to_owned())
}

/// The greatest instant of a group, `Some(None)` where all are null; `None` where the footer does not say.
pub(crate) fn greatest_instant(group: &RowGroupMetaData, leaf: usize) -> Option<Option<i64>> {
    let Statistics::Int64(values) = group.column(leaf).statistics()? else { return None };
    match values.max_opt() {
        Some(greatest) => Some(Some(*greatest)),
        None => is_all_null(group, leaf).then_some(None),
    }
}

/// Least and greatest instant of a group, `Some(None)` where all are null; `None` where the footer does not say.
pub(crate) fn instant_bounds(group: &RowGroupMetaData, leaf: usize) -> Option<Option<(i64, i64)>> {
    let Statistics::Int64(values) = group.column(leaf).statistics()? else { return None };
    match values.min_opt().zip(values.max_opt()) {
        Some((least, greatest)) => Some(Some((*least, *greatest))),
        None => is_all_null(group, leaf).then_some(None),
    }
}

/// How many rows of a group have no value; `None` where the footer does not say.
pub(crate) fn null_count(group: &RowGroupMetaData, leaf: usize) -> Option<u64> {
    group.column(leaf).statistics().and_then(Statistics::null_count_opt)
}

fn is_all_null(group: &RowGroupMetaData, leaf: usize) -> bool {
    null_count(group, leaf).is_some_and(|nulls| i64::try_from(nulls) == Ok(group.num_rows()))
}
