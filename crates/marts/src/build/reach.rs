//! Which conversations have rows where.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::source_tables::{SourceTables, TABLES};
use super::state::{Month, Reach};
use crate::derive::{CONVERSATIONS, InputTable, KEY};
use crate::failure::{Failure, of_polars};

/// The key of each conversation that `conversations` dates, and `opened`, its month.
pub(super) fn dated(tables: &mut SourceTables<'_>) -> Result<LazyFrame, Failure> {
    let mut months = tables.months(&CONVERSATIONS);
    months.remove("");
    let rows = tables.rows(&CONVERSATIONS, &months)?;
    Ok(rows.select([col(KEY[0]), col(KEY[1]), col("month").alias("opened")]))
}

/// Finds anew which months' conversations have rows in these months' files of each table.
pub(super) fn find(
    tables: &mut SourceTables<'_>,
    units: &BTreeMap<String, BTreeSet<Month>>,
    reach: &mut Reach,
) -> Result<(), Failure> {
    for table in TABLES {
        let Some(months) = units.get(table.name).filter(|months| !months.is_empty()) else { continue };
        let of_table = reach.entry(table.name.to_owned()).or_default();
        for month in months {
            of_table.remove(month);
        }
        if table.name == CONVERSATIONS.name {
            // They are filed by the very month that conversations are cut by.
            let there = tables.months(table);
            of_table.extend(months.intersection(&there).map(|month| (month.clone(), [month.clone()].into())));
            continue;
        }
        for (file_month, opened) in months_of_rows(tables, table, months)? {
            of_table.entry(file_month).or_default().insert(opened);
        }
    }
    Ok(())
}

fn months_of_rows(
    tables: &mut SourceTables<'_>,
    table: &InputTable,
    months: &BTreeSet<Month>,
) -> Result<Vec<(Month, Month)>, Failure> {
    let dated = dated(tables)?;
    let rows = tables.rows(table, months)?;
    let key = || KEY.map(col);
    let pairs = rows
        .select([col(KEY[0]), col(KEY[1]), col("month")])
        .unique(None, UniqueKeepStrategy::Any)
        .join(dated, key(), key(), JoinArgs::new(JoinType::Left))
        .select([col("month"), col("opened")])
        .unique(None, UniqueKeepStrategy::Any);
    pairs_of(pairs, "finding the conversations of changed files")
}

/// Two columns of months, row by row.
pub(super) fn pairs_of(pairs: LazyFrame, act: &str) -> Result<Vec<(Month, Month)>, Failure> {
    let failed = |error: PolarsError| of_polars(act, &error);
    let pairs = pairs.collect_with_engine(Engine::Streaming).map_err(failed)?.unwrap_single();
    let columns = pairs.columns();
    let [one, other] = columns else { return Ok(Vec::new()) };
    let (one, other) = (one.str().map_err(failed)?, other.str().map_err(failed)?);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Ok(one.iter().zip(other.iter()).map(|(one, other)| (text(one), text(other))).collect())
}
