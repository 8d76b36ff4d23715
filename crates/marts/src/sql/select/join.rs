//! Joins. A condition of one side alone narrows that side where rows without a partner are dropped, and else its keys: a null key has
//! no partner. A condition of both sides is looked at behind the join.

use std::collections::BTreeSet;

use polars::prelude::{JoinArgs, JoinCoalesce, JoinType, LazyFrame, col};
use sqlparser::ast::{CaseWhen, Expr, Ident, Value};

use super::join_on::{Parts, all_of};
use super::planner::Planner;
use super::scope::{Column, Found, Scope};
use super::source::Source;
use crate::failure::Failure;
use crate::sql::explain::no_column;
use crate::sql::place::{Place, error_at};
use crate::sql::scalar::{in_brackets, name};

/// Which rows a join gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
}

/// Which rows are partners.
pub(super) enum On<'a> {
    /// All.
    All,
    Condition(&'a Expr),
    /// Those that are equal in these columns, which become one.
    Using(Vec<Ident>),
}

impl Planner<'_> {
    /// Joins two sources. Of names that both have, the right's come first in the condition where `inner` says so.
    pub(super) fn join(
        &mut self,
        left: Source,
        right: Source,
        how: How,
        on: &On<'_>,
        place: Place,
    ) -> Result<Source, Failure> {
        let (mut left, mut right) = self.told_apart(left, right)?;
        let mut scope = Scope {
            columns: [left.scope.columns.clone(), right.scope.columns.clone()].concat(),
            merged: left.scope.merged.iter().chain(&right.scope.merged).cloned().collect(),
            inner: BTreeSet::new(),
        };
        let is_subquery = matches!(how, How::Semi | How::Anti);
        if is_subquery {
            scope.inner = right.scope.keys();
        }
        let mut merged = Vec::new();
        let parts = match on {
            On::All => Parts::default(),
            On::Condition(condition) => {
                let condition = self.lift_values(condition)?;
                let condition = self.resolved(&condition, &scope, &[])?;
                Parts::of(&condition, &left.scope.keys(), &right.scope.keys())
            }
            On::Using(names) => {
                let mut parts = Parts::default();
                for ident in names {
                    let (one, other) = (self.used(ident, &left.scope)?, self.used(ident, &right.scope)?);
                    parts.keys.push((name(&one), name(&other)));
                    merged.push((ident.value.clone(), one, other));
                }
                parts
            }
        };
        if !parts.both.is_empty() && !matches!(how, How::Inner) {
            if how == How::Full {
                let hint = "FULL JOIN takes conditions of one table each beside `=`; what holds for both can stand in a WHERE";
                let message = "a condition of both tables beside the keys of a FULL JOIN is not taken";
                return Err(error_at(self.sql, place, message, Some(hint.to_owned())));
            }
            return self.join_by_rows(left, right, how, parts, scope);
        }
        let frame = self.joined(&mut left.frame, &mut right.frame, how, &parts)?;
        let mut scope = if is_subquery { left.scope } else { Scope { inner: BTreeSet::new(), ..scope } };
        let frame = if is_subquery { frame } else { self.merge(frame, how, merged, &mut scope) };
        Ok(Source { frame, scope })
    }

    /// The rows of a join whose conditions of both sides are those of an inner one.
    pub(super) fn joined(
        &mut self,
        left: &mut LazyFrame,
        right: &mut LazyFrame,
        how: How,
        parts: &Parts,
    ) -> Result<LazyFrame, Failure> {
        let (mut left, mut right) = (left.clone(), right.clone());
        let drops_left = matches!(how, How::Inner | How::Right | How::Semi);
        let drops_right = matches!(how, How::Inner | How::Left | How::Semi | How::Anti);
        let (of_left, of_right) = (all_of(&parts.left), all_of(&parts.right));
        let (mut narrows_left, mut narrows_right) = (None, None);
        match of_left {
            Some(condition) if drops_left => left = self.filter(left, &condition)?,
            other => narrows_left = other,
        }
        match of_right {
            Some(condition) if drops_right => right = self.filter(right, &condition)?,
            other => narrows_right = other,
        }
        let is_same = parts.keys.is_empty() && !parts.same.is_empty();
        let mut keys: Vec<(Expr, Expr)> = if is_same { parts.same.clone() } else { parts.keys.clone() };
        let behind: Vec<Expr> = match how {
            How::Inner => {
                let same = if is_same { &[][..] } else { &parts.same[..] };
                let same = same.iter().map(|(left, right)| {
                    Expr::IsNotDistinctFrom(Box::new(left.clone()), Box::new(right.clone()))
                });
                parts.both.iter().cloned().chain(same).collect()
            }
            _ if !is_same && !parts.same.is_empty() => {
                let message = "IS NOT DISTINCT FROM beside `=` is not taken in this join";
                let hint = "take it for all keys, or an inner JOIN";
                return Err(Failure::misuse(message, Some(hint.to_owned())));
            }
            _ => Vec::new(),
        };
        if keys.is_empty() && how == How::Inner {
            let frame = left.cross_join(right, None);
            return self.narrowed(frame, &behind);
        }
        if keys.is_empty() {
            keys.push((number(1), number(1)));
        }
        let (mut left_on, mut right_on) = (Vec::new(), Vec::new());
        let (mut of_left, mut of_right) = (Vec::new(), Vec::new());
        for (at_left, at_right) in keys {
            left_on.push(self.key(at_left, narrows_left.as_ref(), &mut of_left));
            right_on.push(self.key(at_right, narrows_right.as_ref(), &mut of_right));
        }
        left = self.add(left, &of_left)?;
        right = self.add(right, &of_right)?;
        let how = match how {
            How::Inner => JoinType::Inner,
            How::Left => JoinType::Left,
            How::Right => JoinType::Right,
            How::Full => JoinType::Full,
            How::Semi => JoinType::Semi,
            How::Anti => JoinType::Anti,
        };
        let keeps = match how {
            JoinType::Semi | JoinType::Anti => JoinCoalesce::JoinSpecific,
            _ => JoinCoalesce::KeepColumns,
        };
        let args = JoinArgs { coalesce: keeps, nulls_equal: is_same, ..JoinArgs::new(how) };
        let on = |names: Vec<String>| names.into_iter().map(col).collect::<Vec<_>>();
        let frame = left.join(right, on(left_on), on(right_on), args);
        self.narrowed(frame, &behind)
    }

    /// The column of a key: null where a condition of its side is not true.
    fn key(&mut self, key: Expr, narrows: Option<&Expr>, computed: &mut Vec<(String, Expr)>) -> String {
        if let (Some(same), None) = (crate::sql::scalar::is_name(&key), narrows) {
            return same.to_owned();
        }
        let key = match narrows {
            None => key,
            Some(condition) => Expr::Case {
                case_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
                end_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
                operand: None,
                conditions: vec![CaseWhen { condition: in_brackets(condition.clone()), result: key }],
                else_result: None,
            },
        };
        let column = self.name("on");
        computed.push((column.clone(), key));
        column
    }

    fn narrowed(&mut self, frame: LazyFrame, conditions: &[Expr]) -> Result<LazyFrame, Failure> {
        match all_of(conditions) {
            Some(condition) => self.filter(frame, &condition),
            None => Ok(frame),
        }
    }

    /// Both sources with names in the frame that no other column has: those that both have say of which table they are.
    fn told_apart(&mut self, left: Source, right: Source) -> Result<(Source, Source), Failure> {
        let names = |scope: &Scope| -> BTreeSet<String> {
            scope
                .columns
                .iter()
                .chain(&scope.merged)
                .flat_map(|column| [column.name.clone(), column.key.clone()])
                .collect()
        };
        let (of_left, of_right) = (names(&left.scope), names(&right.scope));
        let both: BTreeSet<&String> = of_left.intersection(&of_right).collect();
        let mut taken: BTreeSet<String> = of_left.union(&of_right).cloned().collect();
        let mut told = |source: Source| {
            let Source { frame, mut scope } = source;
            let (mut old, mut new) = (Vec::new(), Vec::new());
            for column in scope.columns.iter_mut().filter(|column| both.contains(&column.key)) {
                let mut key = format!("{}:{}", column.name, column.table);
                while !taken.insert(key.clone()) {
                    key.push(':');
                }
                old.push(std::mem::replace(&mut column.key, key.clone()));
                new.push(key);
            }
            Source { frame: frame.rename(old, new, true), scope }
        };
        let (left, right) = (told(left), told(right));
        Ok((left, right))
    }

    fn used(&self, ident: &Ident, scope: &Scope) -> Result<String, Failure> {
        match scope.find(&ident.value) {
            Found::Key(key) => Ok(key),
            _ => {
                let there: Vec<&str> = scope.columns.iter().map(|column| column.name.as_str()).collect();
                Err(no_column(self.sql, ident, &there, self.catalog))
            }
        }
    }

    /// The columns of `USING`, each once: what either side has.
    fn merge(
        &mut self,
        mut frame: LazyFrame,
        how: How,
        columns: Vec<(String, String, String)>,
        scope: &mut Scope,
    ) -> LazyFrame {
        let mut merged = Vec::new();
        for (column, left, right) in columns {
            let key = match how {
                How::Right => right,
                How::Full => {
                    let key = self.name("using");
                    let either = polars::prelude::coalesce(&[col(left), col(right)]);
                    frame = frame.with_column(either.alias(key.as_str()));
                    key
                }
                _ => left,
            };
            scope.merged.retain(|merged| merged.name != column);
            merged.push(Column { table: String::new(), name: column, key });
        }
        scope.merged.splice(0..0, merged);
        frame
    }
}

fn number(value: i64) -> Expr {
    Expr::Value(Value::Number(value.to_string(), false).into())
}
