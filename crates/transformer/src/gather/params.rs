//! The params a page was asked for with, as cells.

use crate::columns::Cell;
use crate::page::PageInput;
use crate::plan::ValueSource;

/// The param a column holds; null where the page has none, and for a column from any other source.
pub(crate) fn cell<'a>(input: &'a PageInput<'_>, source: &ValueSource) -> Cell<'a> {
    match source {
        ValueSource::Param(name) => input.params.get(name).map_or(Cell::Null, |text| Cell::Text(text)),
        _ => Cell::Null,
    }
}
