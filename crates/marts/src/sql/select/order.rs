//! `ORDER BY` and `LIMIT`.

use polars::prelude::{IdxSize, LazyFrame, SortMultipleOptions, col};
use sqlparser::ast::{Expr, Fetch, LimitClause, OrderBy, OrderByKind, OrderByOptions, Query, Spanned, Value};

use super::items::Item;
use super::planner::Planner;
use super::scope::Scope;
use crate::failure::Failure;
use crate::sql::place::{Place, error_at, place_of};

/// Which way values go, and where nulls stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Direction {
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

/// A key of an order.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) by: By,
    pub(super) direction: Direction,
    pub(super) place: Place,
}

/// What rows are ordered by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum By {
    /// An item of the answer, from 0.
    Item(usize),
    Expression(Box<Expr>),
}

/// Nulls come last, and first where the order descends, unless it is said.
pub(super) fn direction(options: &OrderByOptions) -> Direction {
    let descending = !options.asc.unwrap_or(true);
    Direction { descending, nulls_last: !options.nulls_first.unwrap_or(descending) }
}

impl Planner<'_> {
    /// The keys of an order: numbers and names of items, and else expressions over the frame.
    pub(super) fn keys(
        &mut self,
        order: Option<&OrderBy>,
        items: &[Item],
        scope: &Scope,
    ) -> Result<Vec<Key>, Failure> {
        let Some(order) = order else { return Ok(Vec::new()) };
        let all = |options: &OrderByOptions| {
            let key =
                |nth| Key { by: By::Item(nth), direction: direction(options), place: place_of(order.span()) };
            (0..items.len()).map(key).collect()
        };
        let expressions = match &order.kind {
            OrderByKind::All(options) => return Ok(all(options)),
            OrderByKind::Expressions(expressions) => expressions,
        };
        let aliases: Vec<_> = items.iter().map(|item| (item.name.clone(), item.expression.clone())).collect();
        let mut keys: Vec<Key> = Vec::new();
        for key in expressions {
            let place = place_of(key.expr.span());
            let by = match &key.expr {
                Expr::Value(value) => match &value.value {
                    Value::Number(number, _) => match number.parse::<usize>() {
                        Ok(nth) if (1..=items.len()).contains(&nth) => By::Item(nth - 1),
                        _ => {
                            let message = format!(
                                "there is no column {number} in the answer, which has {}",
                                items.len()
                            );
                            return Err(error_at(self.sql, place, &message, None));
                        }
                    },
                    _ => continue,
                },
                Expr::Identifier(ident) => match items.iter().position(|item| item.name == ident.value) {
                    Some(nth) => By::Item(nth),
                    None if ident.value.eq_ignore_ascii_case("all") && expressions.len() == 1 => {
                        return Ok(all(&key.options));
                    }
                    None => By::Expression(Box::new(self.resolved(&key.expr, scope, &aliases)?)),
                },
                expression => {
                    let lifted = self.lift_values(expression)?;
                    By::Expression(Box::new(self.resolved(&lifted, scope, &aliases)?))
                }
            };
            let by = match by {
                By::Expression(expression) => {
                    let same = items.iter().position(|item| item.expression == *expression);
                    same.map_or(By::Expression(expression), By::Item)
                }
                by => by,
            };
            // A key that stands twice orders nothing more (polars#25072: with a limit it fails).
            if !keys.iter().any(|known| known.by == by) {
                keys.push(Key { by, direction: direction(&key.options), place });
            }
        }
        Ok(keys)
    }

    /// Rows in the order of columns.
    pub(super) fn sorted(&self, frame: LazyFrame, by: &[(String, Direction)]) -> LazyFrame {
        let mut columns: Vec<&(String, Direction)> = Vec::new();
        for key in by {
            if !columns.iter().any(|known| known.0 == key.0) {
                columns.push(key);
            }
        }
        if columns.is_empty() {
            return frame;
        }
        let options = SortMultipleOptions::default()
            .with_order_descending_multi(columns.iter().map(|(_, direction)| direction.descending))
            .with_nulls_last_multi(columns.iter().map(|(_, direction)| direction.nulls_last));
        frame.sort_by_exprs(columns.iter().map(|(name, _)| col(name.as_str())).collect::<Vec<_>>(), options)
    }

    /// Those rows that `LIMIT`, `OFFSET` and `FETCH` leave.
    pub(super) fn limited(&self, frame: LazyFrame, query: &Query) -> Result<LazyFrame, Failure> {
        let (limit, offset) = match &query.limit_clause {
            None => (None, None),
            Some(LimitClause::LimitOffset { limit, offset, limit_by }) if limit_by.is_empty() => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => (Some(limit), Some(offset)),
            Some(other) => {
                return Err(error_at(self.sql, place_of(other.span()), "LIMIT .. BY is not taken", None));
            }
        };
        let limit = match &query.fetch {
            None => limit,
            Some(Fetch { with_ties: false, percent: false, quantity }) if limit.is_none() => {
                quantity.as_ref()
            }
            Some(_) => {
                let hint = "FETCH FIRST n ROWS ONLY is what it takes, or LIMIT n";
                return Err(Failure::misuse("this form of FETCH is not taken", Some(hint.to_owned())));
            }
        };
        let number = |expression: &Expr| match expression.to_string().parse::<u64>() {
            Ok(number) => Ok(number),
            Err(_) => {
                let message = "a number of rows stands behind LIMIT and OFFSET";
                Err(error_at(self.sql, place_of(expression.span()), message, None))
            }
        };
        let limit = limit.filter(|limit| !limit.to_string().eq_ignore_ascii_case("null"));
        let (limit, offset) = (limit.map(number).transpose()?, offset.map(number).transpose()?);
        let rows = limit.map_or(IdxSize::MAX, |limit| IdxSize::try_from(limit).unwrap_or(IdxSize::MAX));
        Ok(match (limit, offset) {
            (None, None) => frame,
            (_, None | Some(0)) => frame.limit(rows),
            (_, Some(offset)) => frame.slice(i64::try_from(offset).unwrap_or(i64::MAX), rows),
        })
    }
}
