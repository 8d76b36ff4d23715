//! What a schema expects to stand in records, so that what never stands there can be told of.

use super::column::ValueSource;
use super::stream::Plan;

/// A column and the places it looks at, or a table and the place of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPlace {
    /// The table.
    pub table: String,
    /// The column; `None` for the table's rows.
    pub column: Option<String>,
    /// Where the elements stand that the column is filled from, from the record: the root is the record.
    pub element: String,
    /// The places, by their pointers from the record with `*` for elements, as `Drift::places` has them.
    pub places: Vec<String>,
}

impl Plan {
    /// All that columns and rows are taken from.
    pub(crate) fn expected(&self) -> Vec<ExpectedPlace> {
        let pointer = |node: usize| self.nodes[node].pointer.clone();
        let mut expected = Vec::new();
        for level in &self.levels {
            if let (Some(array), Some(parent)) = (level.array, level.parent) {
                expected.push(ExpectedPlace {
                    table: level.table.name.clone(),
                    column: None,
                    element: pointer(self.levels[parent].root),
                    places: vec![pointer(array)],
                });
            }
            let own = level.own.iter().map(|column| (&level.table, column));
            let deferred = level.deferred.iter().map(|(below, column)| (&self.levels[*below].table, column));
            for (table, column) in own.chain(deferred) {
                let ValueSource::Slots(slots) = &column.value else { continue };
                let from = &self.levels[slots.level];
                let places = slots.candidates.iter().map(|at| pointer(from.slots[at.slot].node));
                expected.push(ExpectedPlace {
                    table: table.name.clone(),
                    column: Some(column.name.clone()),
                    element: pointer(from.root),
                    places: places.collect(),
                });
            }
        }
        expected
    }
}
