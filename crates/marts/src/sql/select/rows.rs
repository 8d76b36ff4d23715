//! One `SELECT`, step by step: tables, conditions, groups, windows, columns, order.

use polars::prelude::{ExplodeOptions, LazyFrame, UniqueKeepStrategy, by_name, col};
use sqlparser::ast::{Distinct, Expr, OrderBy, Select, Spanned, UnaryOperator};

use super::group::{has_aggregate, has_window};
use super::items::Item;
use super::join::How;
use super::join_on::conjuncts;
use super::order::{By, Key};
use super::planner::Planner;
use super::scope::Scope;
use super::source::Source;
use crate::failure::Failure;
use crate::sql::place::{error_at, place_of};
use crate::sql::scalar::called;

impl Planner<'_> {
    /// The rows of a `SELECT` in its order.
    pub(super) fn select(&mut self, select: &Select, order: Option<&OrderBy>) -> Result<LazyFrame, Failure> {
        self.refuse_others(select)?;
        let mut source = self.from(&select.from, select.selection.as_ref())?;
        if let Some(condition) = &select.selection {
            let aliases = self.aliases(select, &source.scope);
            source = self.such(source, condition, &aliases)?;
        }
        let mut items = self.items(select, &mut source)?;
        let aliases: Vec<_> = items.iter().map(|item| (item.name.clone(), item.expression.clone())).collect();
        let condition = |planner: &mut Self, condition: &Option<Expr>| match condition {
            None => Ok(None),
            Some(condition) => {
                let lifted = planner.lift_values(condition)?;
                planner.resolved(&lifted, &source.scope, &aliases).map(Some)
            }
        };
        let mut having = condition(self, &select.having)?;
        let mut qualify = condition(self, &select.qualify)?;
        let mut order = self.keys(order, &items, &source.scope)?;
        let groups = self.group_keys(select, &items, &source.scope)?;
        let mut distinct_on = match &select.distinct {
            Some(Distinct::On(expressions)) => {
                let resolved = |expression| self.resolved(expression, &source.scope, &aliases);
                expressions.iter().map(resolved).collect::<Result<Vec<_>, _>>()?
            }
            _ => Vec::new(),
        };

        let mut frame = source.frame;
        let is_grouped = groups.is_some() || having.is_some() || {
            let ordered = order.iter().filter_map(Key::expression);
            items.iter().map(|item| &item.expression).chain(ordered).chain(&qualify).any(has_aggregate)
        };
        if is_grouped {
            let mut all = expressions(&mut items, &mut order);
            all.extend(having.as_mut());
            all.extend(qualify.as_mut());
            all.extend(distinct_on.iter_mut());
            frame = self.group(frame, &groups.unwrap_or_default(), &mut all)?;
        }
        if let Some(having) = &having {
            frame = self.filter(frame, having)?;
        }
        let mut all = expressions(&mut items, &mut order);
        all.extend(qualify.as_mut());
        frame = self.windows(frame, &select.named_window, &mut all)?;
        if let Some(qualify) = &qualify {
            frame = self.filter(frame, qualify)?;
        }
        self.columns(frame, select, &items, &order, &distinct_on)
    }

    /// The columns of an answer, its distinct rows, and their order.
    fn columns(
        &mut self,
        frame: LazyFrame,
        select: &Select,
        items: &[Item],
        order: &[Key],
        distinct_on: &[Expr],
    ) -> Result<LazyFrame, Failure> {
        let (mut computed, mut columns, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            let column = self.name("column");
            let expression = match called(&item.expression, "unnest").as_deref() {
                Some([list]) => {
                    lists.push(column.clone());
                    (*list).clone()
                }
                _ => item.expression.clone(),
            };
            computed.push((column.clone(), expression));
            columns.push(column);
        }
        let mut by = Vec::new();
        for key in order {
            let column = match &key.by {
                By::Item(nth) => columns.get(*nth).cloned().unwrap_or_default(),
                By::Expression(expression) => {
                    if matches!(select.distinct, Some(Distinct::Distinct)) {
                        let message = "DISTINCT rows are ordered by what is selected";
                        let hint = "select it, too, or group by the columns instead";
                        return Err(error_at(self.sql, key.place, message, Some(hint.to_owned())));
                    }
                    let column = self.name("order");
                    computed.push((column.clone(), (**expression).clone()));
                    column
                }
            };
            by.push((column, key.direction));
        }
        let mut of_distinct = Vec::new();
        for expression in distinct_on {
            let column = self.name("distinct");
            computed.push((column.clone(), expression.clone()));
            of_distinct.push(column);
        }
        let mut frame = self.add(frame, &computed)?;
        let kept: Vec<_> = columns
            .iter()
            .chain(by.iter().map(|(column, _)| column))
            .chain(&of_distinct)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .map(|column| col(column.as_str()))
            .collect();
        frame = frame.select(kept);
        if !lists.is_empty() {
            let options = ExplodeOptions { empty_as_null: true, keep_nulls: true };
            frame = frame.explode(by_name(lists.iter().map(String::as_str), true, false), options);
        }
        match &select.distinct {
            None | Some(Distinct::All) => {}
            Some(Distinct::Distinct) => {
                let all = by_name(columns.iter().map(String::as_str), true, false);
                frame = frame.unique_stable(Some(all), UniqueKeepStrategy::Any);
            }
            Some(Distinct::On(_)) => {
                frame = self.sorted(frame, &by);
                let keys = by_name(of_distinct.iter().map(String::as_str), true, false);
                frame = frame.unique_stable(Some(keys), UniqueKeepStrategy::First);
            }
        }
        frame = self.sorted(frame, &by);
        let named = columns.iter().zip(items);
        let named: Vec<_> =
            named.map(|(column, item)| col(column.as_str()).alias(item.name.as_str())).collect();
        Ok(frame.select(named))
    }

    /// The rows for which the condition of `WHERE` holds.
    fn such(
        &mut self,
        mut source: Source,
        condition: &Expr,
        aliases: &[(String, Expr)],
    ) -> Result<Source, Failure> {
        let (with_subquery, alone): (Vec<_>, Vec<_>) =
            conjuncts(condition).into_iter().partition(has_subquery);
        for condition in alone.iter().chain(&with_subquery) {
            let (how, query, of) = match partner(condition) {
                Some(partner) => partner,
                None => {
                    let (frame, lifted) = self.lifted(source.frame.clone(), condition, &source.scope)?;
                    let resolved = self.resolved(&lifted, &source.scope, aliases)?;
                    if has_aggregate(&resolved) || has_window(&resolved) {
                        let hint = "HAVING takes conditions of groups, QUALIFY those of windows";
                        let message = "WHERE takes no aggregate and no window";
                        let place = place_of(condition.span());
                        return Err(error_at(self.sql, place, message, Some(hint.to_owned())));
                    }
                    source.frame = self.filter(frame, &resolved)?;
                    continue;
                }
            };
            source = self.with_partner(source, how, query, of)?;
        }
        Ok(source)
    }

    /// The names of `SELECT` that stand for expressions over the tables alone.
    fn aliases(&self, select: &Select, scope: &Scope) -> Vec<(String, Expr)> {
        let mut aliases = Vec::new();
        for item in &select.projection {
            if let sqlparser::ast::SelectItem::ExprWithAlias { expr, alias } = item
                && !has_subquery(expr)
                && let Ok(expression) = self.resolved(expr, scope, &aliases)
            {
                aliases.push((alias.value.clone(), expression));
            }
        }
        aliases
    }

    fn refuse_others(&self, select: &Select) -> Result<(), Failure> {
        let others = [
            (!select.cluster_by.is_empty(), "CLUSTER BY"),
            (!select.connect_by.is_empty(), "CONNECT BY"),
            (!select.distribute_by.is_empty(), "DISTRIBUTE BY"),
            (select.exclude.is_some(), "EXCLUDE behind all columns"),
            (select.into.is_some(), "SELECT INTO"),
            (!select.lateral_views.is_empty(), "LATERAL VIEW"),
            (select.prewhere.is_some(), "PREWHERE"),
            (!select.sort_by.is_empty(), "SORT BY"),
            (select.top.is_some(), "TOP"),
            (select.value_table_mode.is_some(), "SELECT AS VALUE"),
        ];
        match others.iter().find(|(is_there, _)| *is_there) {
            Some((_, words)) => {
                Err(error_at(self.sql, place_of(select.span()), &format!("{words} is not taken"), None))
            }
            None => Ok(()),
        }
    }
}

impl Key {
    fn expression(&self) -> Option<&Expr> {
        match &self.by {
            By::Expression(expression) => Some(&**expression),
            By::Item(_) => None,
        }
    }
}

fn expressions<'e>(items: &'e mut [Item], order: &'e mut [Key]) -> Vec<&'e mut Expr> {
    let ordered = order.iter_mut().filter_map(|key| match &mut key.by {
        By::Expression(expression) => Some(&mut **expression),
        By::Item(_) => None,
    });
    items.iter_mut().map(|item| &mut item.expression).chain(ordered).collect()
}

/// A condition that is a join by itself: which, with what, and the value that is to be one of it.
fn partner(condition: &Expr) -> Option<(How, &sqlparser::ast::Query, Option<&Expr>)> {
    match condition {
        Expr::Exists { subquery, negated: false } => Some((How::Semi, subquery, None)),
        Expr::Exists { subquery, negated: true } => Some((How::Anti, subquery, None)),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => match &**expr {
            Expr::Exists { subquery, negated: false } => Some((How::Anti, subquery, None)),
            _ => None,
        },
        Expr::InSubquery { expr, subquery, negated: false } => Some((How::Semi, subquery, Some(expr))),
        Expr::Nested(inner) => partner(inner),
        _ => None,
    }
}

fn has_subquery(expression: &Expr) -> bool {
    use std::ops::ControlFlow;

    use sqlparser::ast::{Visit, Visitor};
    struct Look;
    impl Visitor for Look {
        type Break = ();

        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            match expression {
                Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expression.visit(&mut Look).is_break()
}
