//! `GROUP BY`: columns, expressions, places and names of the answer, or all that is not aggregated.

use sqlparser::ast::{Expr, GroupByExpr, Select, Spanned, Value};

use super::group::{has_aggregate, has_window};
use super::items::Item;
use super::planner::Planner;
use super::scope::{Found, Scope};
use crate::failure::Failure;
use crate::sql::place::{error_at, place_in, place_of};

impl Planner<'_> {
    /// What rows are grouped by; `None` where they are not.
    pub(super) fn group_keys(
        &mut self,
        select: &Select,
        items: &[Item],
        scope: &Scope,
    ) -> Result<Option<Vec<Expr>>, Failure> {
        let refused = |planner: &Self, place| {
            let hint = "UNION ALL of a query for each grouping gives the same";
            error_at(
                planner.sql,
                place,
                "ROLLUP, CUBE and GROUPING SETS are not taken",
                Some(hint.to_owned()),
            )
        };
        let (keys, modifiers) = match &select.group_by {
            GroupByExpr::All(modifiers) => {
                let is_key = |expression: &&Expr| {
                    !has_aggregate(expression)
                        && !has_window(expression)
                        && !matches!(expression, Expr::Value(_))
                };
                (items.iter().map(|item| &item.expression).filter(is_key).cloned().collect(), modifiers)
            }
            GroupByExpr::Expressions(expressions, modifiers) => {
                if expressions.is_empty() {
                    return Ok(None);
                }
                let aliases: Vec<_> =
                    items.iter().map(|item| (item.name.clone(), item.expression.clone())).collect();
                let mut keys = Vec::new();
                for expression in expressions {
                    let place = place_in(expression);
                    keys.push(match expression {
                        Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_) => {
                            return Err(refused(self, place));
                        }
                        Expr::Value(value) => match &value.value {
                            Value::Number(number, _) => {
                                let nth = number.parse::<usize>().unwrap_or_default();
                                let Some(item) = nth.checked_sub(1).and_then(|nth| items.get(nth)) else {
                                    let message = format!(
                                        "there is no column {number} in the answer, which has {}",
                                        items.len()
                                    );
                                    return Err(error_at(self.sql, place, &message, None));
                                };
                                item.expression.clone()
                            }
                            _ => continue,
                        },
                        Expr::Identifier(ident) if !matches!(scope.find(&ident.value), Found::Nothing) => {
                            self.resolved(expression, scope, &[])?
                        }
                        Expr::Identifier(ident) => {
                            let alias = aliases.iter().find(|(alias, _)| *alias == ident.value);
                            match alias {
                                Some((_, expression)) => expression.clone(),
                                None => self.resolved(expression, scope, &[])?,
                            }
                        }
                        expression => self.resolved(expression, scope, &aliases)?,
                    });
                }
                (keys, modifiers)
            }
        };
        if !modifiers.is_empty() {
            return Err(refused(self, place_of(select.group_by.span())));
        }
        if let Some(key) = keys.iter().find(|key| has_aggregate(key) || has_window(key)) {
            let message = "rows are not grouped by an aggregate or a window";
            let hint = "aggregate in a common table expression first";
            return Err(error_at(self.sql, place_in(key), message, Some(hint.to_owned())));
        }
        Ok(Some(keys))
    }
}
