//! One scan of a table for what is counted of its rows.

use polars::prelude::{AnyValue, DataFrame, DataType, Expr, LazyFrame, Schema, lit};

use crate::catalog::Catalog;
use crate::failure::Failure;
use crate::sql;

/// Expressions that each come to one number, asked for together.
#[derive(Debug, Default)]
pub(crate) struct RowScan {
    asked: Vec<Expr>,
}

/// Where a number is found once the scan is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(usize);

impl RowScan {
    /// Asks for how many rows this is true.
    pub(crate) fn count(&mut self, condition: Expr) -> Number {
        self.number(condition.cast(DataType::UInt64).sum())
    }

    /// Asks for a whole number.
    pub(crate) fn number(&mut self, number: Expr) -> Number {
        let name = format!("n{}", self.asked.len());
        self.asked.push(number.cast(DataType::Int64).alias(name));
        Number(self.asked.len() - 1)
    }

    /// Scans the table.
    pub(crate) fn run(self, frame: LazyFrame, catalog: &Catalog) -> Result<Numbers, Failure> {
        if self.asked.is_empty() {
            return Ok(Numbers(DataFrame::empty()));
        }
        Ok(Numbers(collect(frame.select(self.asked), catalog)?))
    }
}

/// What a scan has found.
#[derive(Debug)]
pub(crate) struct Numbers(DataFrame);

impl Numbers {
    /// A number; `None` where it is null, as the greatest of nothing is.
    pub(crate) fn get(&self, number: Number) -> Option<i64> {
        let column = self.0.columns().get(number.0)?;
        match column.get(0).ok()? {
            AnyValue::Null => None,
            value => value.try_extract::<i64>().ok(),
        }
    }

    /// A count; 0 where there is none.
    pub(crate) fn count(&self, number: Number) -> u64 {
        self.get(number).and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
    }
}

/// Collects a frame by streaming.
///
/// # Errors
/// A file that does not read, or that a run has replaced meanwhile.
pub(crate) fn collect(frame: LazyFrame, catalog: &Catalog) -> Result<DataFrame, Failure> {
    Ok(sql::collect(frame, catalog)?.0)
}

/// A column of instants or dates in microseconds since 1970-01-01 UTC; `None` where it is neither.
pub(super) fn microseconds(column: &str, schema: &Schema) -> Option<Expr> {
    let value = polars::prelude::col(column).cast(DataType::Int64);
    match schema.get(column)? {
        DataType::Datetime(polars::prelude::TimeUnit::Microseconds, _) => Some(value),
        DataType::Date => Some(value * lit(86_400_000_000_i64)),
        _ => None,
    }
}
