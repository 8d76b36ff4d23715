//! Windows with an order. The rows are brought into it, with nulls where SQL has them, and what runs along it is reckoned by place.

use polars::prelude::{
    DataType, Expr as Rows, FillNullStrategy, LazyFrame, NULL, RankMethod, RankOptions, SortOptions,
    WindowMapping, col, int_range, len, lit, when,
};
use sqlparser::ast::Spanned;

use super::frame::Reach;
use super::planner::Planner;
use super::window::Window;
use crate::failure::{Failure, of_polars};
use crate::sql::functions::checked;
use crate::sql::names_of_functions::is_aggregate;
use crate::sql::place::{error_at, place_of};
use crate::sql::scalar::is_name;

/// The columns that say where a row stands.
struct Along {
    /// The place in the order, of all rows.
    place: String,
    /// From 1 in its partition.
    nth: String,
    partition: Vec<Rows>,
    /// The partition, and a number for those that are equal in the order.
    peers: Vec<Rows>,
    rank: String,
}

impl Along {
    /// Of each row, what an expression makes of its partition in order.
    fn over(&self, rows: Rows) -> Result<Rows, Failure> {
        self.within(rows, &self.partition)
    }

    /// Of each row, what an expression makes of those that are equal to it in the order.
    fn over_peers(&self, rows: Rows) -> Result<Rows, Failure> {
        self.within(rows, &self.peers)
    }

    fn within(&self, rows: Rows, parts: &[Rows]) -> Result<Rows, Failure> {
        let partition = (!parts.is_empty()).then(|| parts.to_vec());
        let order = Some((vec![col(self.place.as_str())], SortOptions::default()));
        let over = rows.over_with_options(partition, order, WindowMapping::default());
        over.map_err(|error| of_polars("planning a window", &error))
    }
}

impl Planner<'_> {
    /// Brings what runs along the order of a window to a frame.
    pub(super) fn running(
        &mut self,
        frame: LazyFrame,
        window: &Window,
        column: &str,
    ) -> Result<LazyFrame, Failure> {
        let (mut frame, along) = self.in_place(frame, window)?;
        let of = window.arguments.first().and_then(is_name).map(col);
        let value =
            || of.clone().ok_or_else(|| self.not_taken(window, "takes a value", "name one in its brackets"));
        let row = col(along.nth.as_str());
        let rows = match window.function.as_str() {
            "row_number" => row,
            "rank" => along.over_peers(row.min())?,
            "dense_rank" => {
                let options = RankOptions { method: RankMethod::Dense, descending: false };
                along.over(col(along.rank.as_str()).rank(options, None).cast(DataType::Int64))?
            }
            "lag" | "lead" => {
                let value = value()?;
                return self.shifted(frame, window, &along, value, column);
            }
            "first_value" | "first" if !matches!(window.reach, Reach::Last(_)) => {
                along.over(value()?.first())?
            }
            "last_value" | "last" => match window.reach {
                Reach::All => along.over(value()?.last())?,
                Reach::ToPeers => along.over_peers(value()?.last())?,
                Reach::ToRow | Reach::Last(_) => value()?,
            },
            "count" | "sum" | "avg" | "min" | "max" if !window.is_distinct => {
                let of = of.unwrap_or(row);
                frame = self.summed(frame, window, &along, of, column)?;
                match window.reach {
                    Reach::ToPeers => along.over_peers(col(column).last())?,
                    _ => col(column),
                }
            }
            _ => {
                let hint = match is_aggregate(&window.text) {
                    true => "leave ORDER BY away, which takes all rows, or join the rows up to each",
                    false => {
                        "row_number, rank, dense_rank, lag, lead, first_value, last_value, count, sum, avg, min and max are what it takes"
                    }
                };
                return Err(self.not_taken(window, "is not taken in this window", hint));
            }
        };
        Ok(frame.with_column(rows.alias(column)))
    }

    /// A frame in the order of a window.
    fn in_place(&mut self, frame: LazyFrame, window: &Window) -> Result<(LazyFrame, Along), Failure> {
        let [place, rank, nth] = ["place", "rank", "nth"].map(|kind| self.name(kind));
        let frame = self.sorted(frame, &window.order).with_row_index(place.as_str(), None);
        let differs = window
            .order
            .iter()
            .map(|(by, _)| col(by.as_str()).neq_missing(col(by.as_str()).shift(lit(1))))
            .reduce(Rows::or)
            .unwrap_or_else(|| col(place.as_str()).is_null());
        let frame = frame.with_column(differs.cast(DataType::Int64).cum_sum(false).alias(rank.as_str()));
        let partition: Vec<Rows> = window.partition.iter().map(|name| col(name.as_str())).collect();
        let peers = partition.iter().cloned().chain([col(rank.as_str())]).collect();
        let along = Along { place, nth, partition, peers, rank };
        let count = int_range(lit(0), len(), 1, DataType::Int64) + lit(1);
        let frame = frame.with_column(along.over(count)?.alias(along.nth.as_str()));
        Ok((frame, along))
    }

    /// `lag` and `lead`: a value of so many rows before or behind, or another at the ends.
    fn shifted(
        &mut self,
        mut frame: LazyFrame,
        window: &Window,
        along: &Along,
        of: Rows,
        column: &str,
    ) -> Result<LazyFrame, Failure> {
        let steps = match window.arguments.get(1) {
            None => 1,
            Some(steps) => steps.to_string().parse::<i64>().map_err(|_| {
                error_at(self.sql, place_of(steps.span()), "this is to be a number of rows", None)
            })?,
        };
        let is_lag = window.function == "lag";
        let shifted = along.over(of.shift(lit(if is_lag { steps } else { -steps })))?;
        let Some(default) = window.arguments.get(2) else {
            return Ok(frame.with_column(shifted.alias(column)));
        };
        let (otherwise, end) = (self.name("default"), self.name("end"));
        frame = self.add(frame, &[(otherwise.clone(), default.clone())])?;
        frame = frame.with_column(along.over(len().cast(DataType::Int64))?.alias(end.as_str()));
        let nth = col(along.nth.as_str());
        let is_beyond = match is_lag {
            true => nth.lt_eq(lit(steps)),
            false => nth.gt(col(end.as_str()) - lit(steps)),
        };
        Ok(frame.with_column(when(is_beyond).then(col(otherwise.as_str())).otherwise(shifted).alias(column)))
    }

    /// A count, sum, mean, least or greatest value of the rows up to each.
    fn summed(
        &self,
        frame: LazyFrame,
        window: &Window,
        along: &Along,
        of: Rows,
        column: &str,
    ) -> Result<LazyFrame, Failure> {
        let kind = self.schema(&frame.clone().select([of.clone().alias("of")]))?.get("of").cloned();
        let is_whole = matches!(kind, Some(DataType::Int64));
        let function = window.function.as_str();
        let before = match window.reach {
            Reach::Last(before) => Some(before),
            _ => None,
        };
        let is_sum = function == "count" || (is_whole && matches!(function, "sum" | "avg"));
        if before.is_some() && !is_sum {
            let hint =
                "count, and sum and avg of integers, are what it takes; else join the rows before each";
            return Err(self.not_taken(window, "of so many rows before is not taken of this", hint));
        }
        let up_to = |rows: Rows| match before {
            Some(before) => {
                let gone = rows.clone().cum_sum(false).shift_and_fill(lit(before + 1), lit(0_i64));
                rows.cum_sum(false) - gone
            }
            None => rows.cum_sum(false),
        };
        let float = || of.clone().cast(DataType::Float64).fill_null(lit(0.0));
        let values = match kind {
            Some(DataType::Int64 | DataType::Boolean) => {
                of.clone().cast(DataType::Int64).fill_null(lit(0_i64))
            }
            _ => float(),
        };
        let count = along.over(up_to(of.clone().is_not_null().cast(DataType::Int64)))?;
        let some = |rows: Rows| when(count.clone().gt(lit(0))).then(rows).otherwise(lit(NULL));
        let total = || along.over(up_to(values.clone()));
        let filled = |rows: Rows| along.over(rows.fill_null_with_strategy(FillNullStrategy::Forward(None)));
        let rows = match function {
            "count" => count.clone(),
            "sum" => some(total()?),
            "avg" => some(total()?.cast(DataType::Float64) / count.clone().cast(DataType::Float64)),
            "min" => filled(of.clone().cum_min(false))?,
            _ => filled(of.clone().cum_max(false))?,
        };
        let frame = frame.with_column(rows.alias(column));
        if is_whole && function == "sum" {
            let bound = along.over(float().cum_sum(false))?;
            return Ok(frame.with_column(checked(col(column), bound).alias(column)));
        }
        Ok(frame)
    }

    fn not_taken(&self, window: &Window, what: &str, hint: &str) -> Failure {
        let place = place_of(window.text.name.span());
        error_at(self.sql, place, &format!("`{}` {what}", window.function), Some(hint.to_owned()))
    }
}
