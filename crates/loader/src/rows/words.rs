//! Cells in words, for people who look for a row.

use crate::rows::cells::Cells;

/// Cells in words, as `name=value`.
pub(crate) fn in_words<'a>(names: impl Iterator<Item = &'a str>, cells: &[Cells<'_>], row: usize) -> String {
    let value = |cell: &Cells<'_>| match cell {
        _ if cell.is_null(row) => "null".to_owned(),
        Cells::Text(texts) => texts.text(row).into_owned(),
        Cells::Int32(numbers) => numbers.value(row).to_string(),
        Cells::Int64(numbers) => numbers.value(row).to_string(),
        _ => "..".to_owned(),
    };
    let words: Vec<String> = names.zip(cells).map(|(name, cell)| format!("{name}={}", value(cell))).collect();
    words.join(" ")
}
