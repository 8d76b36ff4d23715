use std::collections::BTreeMap;

use crate::blocking::block_on;

use crate::lake::Place;
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
    /// The size of a pipeline's largest file in each table. No file is opened.
    ///
    /// # Errors
    /// The store's refusal.
    pub fn largest_files(&self, pipeline: &str) -> Result<BTreeMap<String, u64>, LoadError> {
        layout::name("the pipeline", pipeline)?;
        let mut largest = BTreeMap::new();
        for table in self.tables()? {
            for file in table_file::list(self, &table, pipeline)? {
                let bytes = file.place.n_bytes()?;
                let of_table = largest.entry(table.clone()).or_default();
                *of_table = bytes.max(*of_table);
            }
        }
        Ok(largest)
    }

    /// The names that tables may have among the folders of the root.
    fn tables(&self) -> Result<Vec<String>, LoadError> {
        let mut names = match &self.place {
            Place::Folder(root) => table_file::entries(root)?,
            Place::Bucket(_) => block_on(self.objects.entries(""))?,
        };
        names.retain(|name| layout::name("the table", name).is_ok());
        Ok(names)
    }

    /// What a pipeline has in each table, from the files' footers.
    ///
    /// # Errors
    /// A file that does not read.
    pub fn totals(&self, pipeline: &str) -> Result<BTreeMap<String, TableTotal>, LoadError> {
        layout::name("the pipeline", pipeline)?;
        let mut totals = BTreeMap::new();
        for table in self.tables()? {
            let total = of_table(self, &table, pipeline)?;
            if total.files > 0 {
                totals.insert(table, total);
            }
        }
        Ok(totals)
    }
}

pub(crate) fn of_table(lake: &Lake, table: &str, pipeline: &str) -> Result<TableTotal, LoadError> {
    let mut total = TableTotal::default();
    let files = table_file::list(lake, table, pipeline)?;
    table_file::fetch_footers(&files);
    for file in files {
        let reader = TableFileReader::open(&file)?;
        total.rows += reader.n_rows();
        total.bytes += reader.n_bytes()?;
        total.files += 1;
    }
    Ok(total)
}
