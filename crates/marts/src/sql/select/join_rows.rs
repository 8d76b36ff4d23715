//! Joins whose condition is of both sides, and that keep or drop rows without a partner.

use std::collections::BTreeSet;

use polars::prelude::{DataType, NULL, UniqueKeepStrategy, by_name, col, int_range, len, lit, when};
use sqlparser::ast::Expr;

use super::join::How;
use super::join_on::{Parts, all_of};
use super::planner::Planner;
use super::scope::Scope;
use super::source::Source;
use crate::failure::Failure;

impl Planner<'_> {
    /// A join with a condition of both sides that keeps, or drops, rows without a partner: of each row of the side that is kept it is
    /// looked at whether any of its partners meets the condition.
    pub(super) fn join_by_rows(
        &mut self,
        left: Source,
        right: Source,
        how: How,
        parts: Parts,
        scope: Scope,
    ) -> Result<Source, Failure> {
        let (mut kept, mut other, flipped) = match how {
            How::Right => (right, left, true),
            _ => (left, right, false),
        };
        let (row, partner, met) = (self.name("row"), self.name("partner"), self.name("met"));
        kept.frame = kept.frame.with_row_index(row.as_str(), None);
        other.frame = other.frame.with_column(lit(true).alias(partner.as_str()));
        let condition = all_of(&parts.both);
        let mut parts = Parts { both: Vec::new(), ..parts };
        if flipped {
            let turned =
                |pairs: Vec<(Expr, Expr)>| pairs.into_iter().map(|(left, right)| (right, left)).collect();
            parts = Parts {
                keys: turned(parts.keys),
                same: turned(parts.same),
                left: parts.right,
                right: parts.left,
                both: Vec::new(),
            };
        }
        let mut frame = self.joined(&mut kept.frame, &mut other.frame, How::Left, &parts)?;
        if let Some(condition) = condition {
            frame = self.add(frame, &[(met.clone(), condition)])?;
        }
        let is_met = col(met.as_str()).and(col(partner.as_str())).fill_null(lit(false));
        let frame = frame.with_column(is_met.alias(met.as_str()));
        let rows = Some(by_name([row.as_str()], true, false));
        let (met_rows, keys) = (frame.clone().filter(col(met.as_str())), kept.scope.keys());
        let of_kept: Vec<_> = keys.iter().map(|key| col(key.as_str())).collect();
        match how {
            How::Semi => {
                let frame = met_rows.unique(rows, UniqueKeepStrategy::Any).select(of_kept);
                Ok(Source { frame, scope: kept.scope })
            }
            How::Anti => {
                let any = col(met.as_str()).any(true).over([col(row.as_str())]);
                let any = any.map_err(|error| self.explained(&error))?;
                let frame = frame.filter(any.not()).unique(rows, UniqueKeepStrategy::Any).select(of_kept);
                Ok(Source { frame, scope: kept.scope })
            }
            _ => {
                // One row of those without a partner stays, with nulls for the other side.
                let over = |error| self.explained(&error);
                let any = col(met.as_str()).any(true).over([col(row.as_str())]).map_err(over)?;
                let nth = int_range(lit(0), len(), 1, DataType::Int64);
                let nth = nth.over([col(row.as_str())]).map_err(|error| self.explained(&error))?;
                let (any_name, nth_name) = (self.name("any"), self.name("nth"));
                let frame = frame.with_columns([any.alias(any_name.as_str()), nth.alias(nth_name.as_str())]);
                let stays =
                    col(met.as_str()).or(col(any_name.as_str()).not().and(col(nth_name.as_str()).eq(lit(0))));
                let nulled = other.scope.keys().into_iter().map(|key| {
                    when(col(met.as_str())).then(col(key.as_str())).otherwise(lit(NULL)).alias(key.as_str())
                });
                let frame = frame.filter(stays).with_columns(nulled.collect::<Vec<_>>());
                Ok(Source { frame, scope: Scope { inner: BTreeSet::new(), ..scope } })
            }
        }
    }
}
