//! A query: its common table expressions, its rows, and how many of them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use polars::prelude::LazyFrame;
use sqlparser::ast::{Expr, Query, SetExpr, SetOperator, Spanned, Statement, With, visit_expressions};

use super::items::Item;
use super::order::By;
use super::planner::Planner;
use super::scope::Scope;
use crate::failure::Failure;
use crate::sql::explain::no_function;
use crate::sql::names_of_functions::is_known;
use crate::sql::place::{error_at, place_of};
use crate::sql::scalar::{name, name_of_function};

impl Planner<'_> {
    /// The rows of a statement that looks.
    pub(crate) fn statement(&mut self, statement: &Statement) -> Result<LazyFrame, Failure> {
        match statement {
            Statement::Query(query) => {
                self.functions_are_known(query)?;
                self.query(query)
            }
            Statement::Explain { statement, .. } => {
                let frame = self.statement(statement)?;
                self.step(&frame, "EXPLAIN SELECT * FROM {step}")
            }
            _ => Err(Failure::misuse("a query only looks, and this statement does not", None)),
        }
    }

    fn functions_are_known(&self, query: &Query) -> Result<(), Failure> {
        let found: ControlFlow<Failure> = visit_expressions(query, |expression| match expression {
            Expr::Function(function) if !is_known(&name_of_function(function)) => {
                ControlFlow::Break(no_function(self.sql, function))
            }
            _ => ControlFlow::Continue(()),
        });
        match found {
            ControlFlow::Break(failure) => Err(failure),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// The rows of a query in its order.
    pub(super) fn query(&mut self, query: &Query) -> Result<LazyFrame, Failure> {
        self.with.push(BTreeMap::new());
        let rows = self.rows(query);
        self.with.pop();
        rows
    }

    fn rows(&mut self, query: &Query) -> Result<LazyFrame, Failure> {
        let has_others = query.for_clause.is_some()
            || query.format_clause.is_some()
            || !query.locks.is_empty()
            || !query.pipe_operators.is_empty()
            || query.settings.is_some();
        if has_others {
            let message = "FOR, FORMAT, SETTINGS and pipes are not taken";
            return Err(error_at(self.sql, place_of(query.span()), message, None));
        }
        if let Some(with) = &query.with {
            self.named(with)?;
        }
        let frame = match &*query.body {
            SetExpr::Select(select) => self.select(select, query.order_by.as_ref())?,
            body => {
                let frame = self.body(body)?;
                self.in_order(frame, query)?
            }
        };
        self.limited(frame, query)
    }

    /// Common table expressions: each sees those before it, and a table of its own name (polars#19323).
    fn named(&mut self, with: &With) -> Result<(), Failure> {
        for cte in &with.cte_tables {
            if with.recursive {
                let hint = "read_csv('numbers.csv'), or VALUES, gives rows to count by";
                let place = place_of(cte.alias.name.span);
                return Err(error_at(self.sql, place, "WITH RECURSIVE is not taken", Some(hint.to_owned())));
            }
            let mut frame = self.query(&cte.query)?;
            let new: Vec<&str> = cte.alias.columns.iter().map(|column| column.name.value.as_str()).collect();
            if !new.is_empty() {
                let schema = self.schema(&frame)?;
                let old: Vec<String> =
                    schema.iter_names().take(new.len()).map(|name| name.to_string()).collect();
                if old.len() < new.len() {
                    let message = format!(
                        "{} names {} columns, and there are {}",
                        cte.alias.name,
                        new.len(),
                        schema.len()
                    );
                    return Err(error_at(self.sql, place_of(cte.alias.name.span), &message, None));
                }
                frame = frame.rename(old, new, true);
            }
            if let Some(scope) = self.with.last_mut() {
                scope.insert(cte.alias.name.value.clone(), frame);
            }
        }
        Ok(())
    }

    fn body(&mut self, body: &SetExpr) -> Result<LazyFrame, Failure> {
        match body {
            SetExpr::Select(select) => self.select(select, None),
            SetExpr::Query(query) => self.query(query),
            SetExpr::Values(values) => {
                let frame = self.run(&values.to_string(), &[])?;
                self.of_64_bits(frame)
            }
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let (left, right) = (self.body(left)?, self.body(right)?);
                let (of_left, of_right) = (self.schema(&left)?, self.schema(&right)?);
                let is_by_name = set_quantifier.to_string().contains("BY NAME");
                if of_left.len() != of_right.len() && !is_by_name {
                    let message = format!(
                        "{op} takes as many columns on both sides: there are {} and {}",
                        of_left.len(),
                        of_right.len()
                    );
                    return Err(error_at(self.sql, place_of(body.span()), &message, None));
                }
                let right = match (op, is_by_name) {
                    (SetOperator::Union, true) => right,
                    // Columns are matched by their places.
                    _ => {
                        let columns = of_right.iter_names().zip(of_left.iter_names());
                        let columns = columns
                            .map(|(there, here)| polars::prelude::col(there.clone()).alias(here.clone()));
                        right.select(columns.collect::<Vec<_>>())
                    }
                };
                let sql = format!("SELECT * FROM __left {op} {set_quantifier} SELECT * FROM __right");
                self.run(&sql, &[("__left", &left), ("__right", &right)])
            }
            other => {
                let hint = "SELECT and VALUES are what it takes";
                Err(error_at(
                    self.sql,
                    place_of(other.span()),
                    "this is not taken here",
                    Some(hint.to_owned()),
                ))
            }
        }
    }

    /// Rows in the order of a query that is no `SELECT`: by columns of its answer.
    fn in_order(&mut self, frame: LazyFrame, query: &Query) -> Result<LazyFrame, Failure> {
        let Some(order) = &query.order_by else { return Ok(frame) };
        let schema = self.schema(&frame)?;
        let scope = Scope::of_table("", &schema);
        let item = |column: &str| Item {
            name: column.to_owned(),
            expression: name(column),
            place: place_of(query.span()),
        };
        let items: Vec<Item> = schema.iter_names().map(|column| item(column)).collect();
        let (mut by, mut computed) = (Vec::new(), Vec::new());
        for key in self.keys(Some(order), &items, &scope)? {
            let column = match key.by {
                By::Item(nth) => items.get(nth).map(|item| item.name.clone()).unwrap_or_default(),
                By::Expression(expression) => {
                    let column = self.name("order");
                    computed.push((column.clone(), *expression));
                    column
                }
            };
            by.push((column, key.direction));
        }
        let frame = self.add(frame, &computed)?;
        let frame = self.sorted(frame, &by);
        let columns: Vec<_> = schema.iter_names().map(|name| polars::prelude::col(name.clone())).collect();
        Ok(frame.select(columns))
    }
}
