//! `daily_stats` of the months whose days changed.

use std::collections::{BTreeMap, BTreeSet};

use convolake_model::Mart;
use jiff::civil::Date;
use polars::prelude::*;

use super::built::Built;
use super::partition::Definitions;
use super::state::{Month, MonthState};
use crate::derive::{DailyParts, daily_stats};
use crate::failure::{Failure, of_polars};

/// Makes the rows of these months' days anew, from the conversations that count on them.
pub(super) fn build(
    built: &mut Built<'_>,
    stale: &BTreeSet<Month>,
    months: &BTreeMap<Month, MonthState>,
    by: &Definitions,
) -> Result<(), Failure> {
    for month in stale {
        let counting = months.iter().filter(|(_, state)| state.days.contains(month));
        let counting: BTreeSet<Month> = counting.map(|(month, _)| month.clone()).collect();
        let parts = DailyParts {
            conversation_stats: built.rows(Mart::ConversationStats, &counting)?,
            conversation_days: built.rows(Mart::ConversationDays, &counting)?,
            response_times: built.rows(Mart::ResponseTimes, &counting)?,
        };
        let rows = daily_stats(&parts, &by.clock, is_in(month)).and_then(LazyFrame::collect);
        let rows = rows.map_err(|error| of_polars("deriving daily_stats", &error))?;
        let mut file = built.begin()?;
        file.push(rows)?;
        built.add(Mart::DailyStats, month, file)?;
    }
    Ok(())
}

/// Whether `day` is in a month.
fn is_in(month: &Month) -> Expr {
    let days = || {
        let first: Date = format!("{month}-01").parse().ok()?;
        let since_1970 = |day: Date| Some(Date::constant(1970, 1, 1).until(day).ok()?.get_days());
        Some((since_1970(first)?, since_1970(first.last_of_month())?))
    };
    let date = |day: i32| lit(day).cast(DataType::Date);
    match days() {
        Some((first, last)) => col("day").gt_eq(date(first)).and(col("day").lt_eq(date(last))),
        None => col("day").is_null(),
    }
}
