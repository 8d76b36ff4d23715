//! Hashes of what rows are known by, eight bytes a row.

use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::{DataFrame, DataType, LazyFrame, PolarsResult, Series, col};
use twox_hash::XxHash64;

use crate::catalog::Catalog;
use crate::failure::Failure;
use crate::sql;

/// What rows are known by in these columns, read a batch at a time.
pub(super) struct Keys<'a> {
    pub(super) frame: LazyFrame,
    pub(super) columns: Vec<String>,
    pub(super) catalog: &'a Catalog,
}

/// Hashes are shared out over passes, so that those of one pass fit in the memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    pub(super) number: u64,
    pub(super) of: u64,
}

impl Pass {
    /// The passes in which these many hashes stay within so many bytes.
    pub(super) fn all(n_rows: u64, memory_bytes: u64) -> impl Iterator<Item = Self> {
        let bytes = n_rows.saturating_mul(size_of::<u64>() as u64);
        let of = bytes.div_ceil(memory_bytes.max(1)).max(1);
        (0..of).map(move |number| Self { number, of })
    }

    pub(super) fn has(self, hash: u64) -> bool {
        // The low bits: sorting goes by the high ones.
        hash % self.of == self.number
    }
}

/// A hash a row; `None` for rows with null in one of the columns.
pub(super) type RowHashes = Vec<Option<u64>>;

impl Keys<'_> {
    /// Shows each batch with the hashes of its rows, in order.
    pub(super) fn each_batch(
        &self,
        mut each: impl FnMut(&DataFrame, &RowHashes) + Send + 'static,
    ) -> Result<(), Failure> {
        let columns: Vec<_> = self.columns.iter().map(|column| col(column.as_str())).collect();
        let names = self.columns.clone();
        sql::each_batch(self.frame.clone().select(columns), self.catalog, move |batch| {
            each(batch, &hashes(batch, &names)?);
            Ok(())
        })?;
        Ok(())
    }

    /// The hashes of a pass, sorted, and the number of rows with null among the columns.
    pub(super) fn sorted(&self, pass: Pass) -> Result<(Vec<u64>, u64), Failure> {
        let gathered: Arc<Mutex<(Vec<u64>, u64)>> = Arc::default();
        let into = Arc::clone(&gathered);
        self.each_batch(move |_, hashes| {
            let mut gathered = into.lock().unwrap_or_else(PoisonError::into_inner);
            for hash in hashes {
                match hash {
                    Some(hash) if pass.has(*hash) => gathered.0.push(*hash),
                    Some(_) => {}
                    None => gathered.1 += 1,
                }
            }
        })?;
        let (mut hashes, n_null) =
            std::mem::take(&mut *gathered.lock().unwrap_or_else(PoisonError::into_inner));
        hashes.sort_unstable();
        Ok((hashes, n_null))
    }
}

/// A hash a row of these columns. Whole numbers of any width and dates hash by their value, texts by their bytes.
fn hashes(batch: &DataFrame, columns: &[String]) -> PolarsResult<RowHashes> {
    let mut hashes: RowHashes = vec![Some(0); batch.height()];
    for column in columns {
        let series = batch.column(column)?.as_materialized_series().clone();
        let series = match series.dtype() {
            DataType::String => series,
            data_type if data_type.is_float() => series.cast(&DataType::String)?,
            data_type if data_type.is_primitive_numeric() || data_type.is_temporal() => {
                series.cast(&DataType::Int64)?
            }
            _ => series.cast(&DataType::String)?,
        };
        add(&series, &mut hashes)?;
    }
    Ok(hashes)
}

fn add(series: &Series, hashes: &mut RowHashes) -> PolarsResult<()> {
    match series.dtype() {
        DataType::Int64 => {
            for (hash, value) in hashes.iter_mut().zip(series.i64()?.iter()) {
                *hash = hash.zip(value).map(|(hash, value)| XxHash64::oneshot(hash, &value.to_le_bytes()));
            }
        }
        _ => {
            for (hash, value) in hashes.iter_mut().zip(series.str()?.iter()) {
                *hash = hash.zip(value).map(|(hash, value)| XxHash64::oneshot(hash, value.as_bytes()));
            }
        }
    }
    Ok(())
}
