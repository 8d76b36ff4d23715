//! The records that are in the lake because the source gave them.

use std::collections::BTreeSet;

use convolake_loader::{Lake, LoadError, PageRef};
use convolake_model::{ParamSet, Table};

use crate::project::deletion_scope::DeletionScope;
use crate::reads::scan::{Files, Scan};

/// Ids of the records with rows of these params that landed pages gave. One with a row of a flattened file is left out:
/// it is not for the source to say whether that is there.
pub(crate) fn landed_ids(
    lake: &Lake,
    pipeline: &str,
    scopes: &[DeletionScope],
    params: &ParamSet,
) -> Result<BTreeSet<String>, LoadError> {
    let mut origins = Origins::default();
    // A record with rows in the other tables has one in these.
    for scope in scopes.iter().filter(|scope| scope.is_one_row()) {
        let id = scope.id_column();
        let equal = scope.param_values(params);
        let (columns, files) = (&[id, Table::PAGE], Files::All);
        let scan = Scan { table: &scope.table.name, pipeline, columns, equal: &equal, files };
        scan.for_each(lake, |rows| {
            let rows = rows.texts(id).zip(rows.texts(Table::PAGE));
            rows.filter_map(|(id, page)| id.zip(page)).for_each(|(id, page)| origins.add(pipeline, id, page));
        })?;
    }
    Ok(origins.only_landed())
}

/// The ids that were met, by where their rows come from; one may be in both.
#[derive(Debug, Default)]
struct Origins {
    landed: BTreeSet<String>,
    flattened: BTreeSet<String>,
}

impl Origins {
    /// Adds a row: its record's id, and the page it comes from.
    fn add(&mut self, pipeline: &str, id: &str, page: &str) {
        let ids = match PageRef::is_landed(page, pipeline) {
            true => &mut self.landed,
            false => &mut self.flattened,
        };
        ids.insert(id.to_owned());
    }

    fn only_landed(self) -> BTreeSet<String> {
        let Self { mut landed, flattened } = self;
        landed.retain(|id| !flattened.contains(id));
        landed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_with_a_row_of_a_flattened_file_is_left_out() {
        let landed = "raw/p/s/whole/20261121T120000Z-00abcdef.jsonl#1";
        for (rows, expected) in [
            (&[("a", landed), ("b", landed)][..], &["a", "b"][..]),
            (&[("a", landed), ("a", "pages.jsonl#1"), ("b", landed)], &["b"]),
            (&[("a", "pages.jsonl#1"), ("a", landed)], &[]),
            (&[], &[]),
        ] {
            let mut origins = Origins::default();
            rows.iter().for_each(|(id, page)| origins.add("p", id, page));
            let landed: Vec<String> = origins.only_landed().into_iter().collect();
            assert_eq!(landed, expected, "{rows:?}");
        }
    }
}
