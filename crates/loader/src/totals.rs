use std::collections::BTreeMap;
use std::path::Path;

use crate::table_file::{self, TableFileReader};
use crate::{Lake, LoadError, layout};

/// How much of a pipeline stands in a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableTotal {
    /// Its rows.
    pub rows: u64,
    /// The size of its files.
    pub bytes: u64,
    /// Their number.
    pub files: u64,
}

impl Lake {
    /// What a pipeline has in each table, from the files' footers.
    ///
    /// # Errors
    /// A file that does not read.
    pub fn totals(&self, pipeline: &str) -> Result<BTreeMap<String, TableTotal>, LoadError> {
        layout::name("the pipeline", pipeline)?;
        let mut totals = BTreeMap::new();
        for table in table_file::entries(&self.root)? {
            if layout::name("the table", &table).is_ok()
                && self.path(&layout::table(&table, pipeline)).is_dir()
            {
                let total = of_table(&self.root, &table, pipeline)?;
                totals.insert(table, total);
            }
        }
        Ok(totals)
    }
}

pub(crate) fn of_table(root: &Path, table: &str, pipeline: &str) -> Result<TableTotal, LoadError> {
    let mut total = TableTotal::default();
    for file in table_file::list(root, table, pipeline)? {
        let reader = TableFileReader::open(&file.path)?;
        total.rows += reader.n_rows();
        total.bytes += reader.n_bytes()?;
        total.files += 1;
    }
    Ok(total)
}
