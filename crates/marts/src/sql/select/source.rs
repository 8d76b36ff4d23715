//! What stands behind `FROM`: tables, subqueries and joins of them.

use polars::prelude::{DataFrame, ExplodeOptions, IntoLazy, LazyFrame, NamedFrom, Series, by_name};
use sqlparser::ast::{
    Expr, Ident, JoinConstraint, JoinOperator, ObjectName, Spanned, TableAlias, TableFactor, TableWithJoins,
};

use super::join::{How, On};
use super::planner::Planner;
use super::scope::{Column, Scope};
use crate::failure::{Failure, of_polars};
use crate::sql::place::{error_at, place_of};
use crate::sql::question::last;

/// A frame, and what its columns can be called.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) frame: LazyFrame,
    pub(super) scope: Scope,
}

impl Planner<'_> {
    /// Everything behind `FROM`; one row where there is nothing.
    pub(super) fn from(
        &mut self,
        from: &[TableWithJoins],
        selection: Option<&Expr>,
    ) -> Result<Source, Failure> {
        let mut source: Option<Source> = None;
        for tables in from {
            let right = self.tables(tables)?;
            source = Some(match source {
                None => right,
                // The condition narrows what comes of the two once more behind them.
                Some(left) => {
                    let on = self.equal_across(&left, &right, selection)?;
                    let on = on.as_ref().map_or(On::All, On::Condition);
                    self.join(left, right, How::Inner, &on, place_of(tables.span()))?
                }
            });
        }
        match source {
            Some(source) => Ok(source),
            None => {
                let row = Series::new("__row".into(), [0_i64]).into();
                let frame = DataFrame::new(1, vec![row]).map_err(|error| of_polars("planning", &error))?;
                Ok(Source { frame: frame.lazy(), scope: Scope::default() })
            }
        }
    }

    /// Those conditions of `WHERE` that name a column of each of two tables: by them the tables are joined.
    fn equal_across(
        &mut self,
        left: &Source,
        right: &Source,
        selection: Option<&Expr>,
    ) -> Result<Option<Expr>, Failure> {
        use super::join_on::{all_of, conjuncts};
        let Some(selection) = selection else { return Ok(None) };
        let named = |side: &Source, expression: &Expr| match expression {
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [table, column] => side
                    .scope
                    .columns
                    .iter()
                    .any(|known| known.table == table.value && known.name == column.value),
                _ => false,
            },
            _ => false,
        };
        let keys: Vec<Expr> = conjuncts(selection)
            .into_iter()
            .filter(|part| match part {
                Expr::BinaryOp { left: one, op: sqlparser::ast::BinaryOperator::Eq, right: other } => {
                    (named(left, one) && named(right, other)) || (named(left, other) && named(right, one))
                }
                _ => false,
            })
            .collect();
        Ok(all_of(&keys))
    }

    fn tables(&mut self, tables: &TableWithJoins) -> Result<Source, Failure> {
        let mut source = self.factor(&tables.relation)?;
        for join in &tables.joins {
            if let TableFactor::UNNEST { alias, array_exprs, .. } = &join.relation {
                source = self.unnest(source, alias.as_ref(), array_exprs, &join.join_operator)?;
                continue;
            }
            let right = self.factor(&join.relation)?;
            let (how, constraint) = self.how(&join.join_operator, &join.relation)?;
            let place = place_of(join.relation.span());
            // A right semi or anti join is a left one, turned around.
            let (left, right) = match &join.join_operator {
                JoinOperator::RightSemi(_) | JoinOperator::RightAnti(_) => (right, source),
                _ => (source, right),
            };
            let on = match constraint {
                JoinConstraint::None => On::All,
                JoinConstraint::On(condition) => On::Condition(condition),
                JoinConstraint::Using(names) => On::Using(names.iter().filter_map(ident_of).collect()),
                JoinConstraint::Natural => {
                    let has = |name: &String| right.scope.columns.iter().any(|column| column.name == *name);
                    let names = left.scope.all().into_iter().map(|(_, column)| column.name).filter(has);
                    On::Using(names.map(Ident::new).collect())
                }
            };
            source = self.join(left, right, how, &on, place)?;
        }
        Ok(source)
    }

    fn how<'j>(
        &self,
        operator: &'j JoinOperator,
        relation: &TableFactor,
    ) -> Result<(How, &'j JoinConstraint), Failure> {
        use JoinOperator as J;
        Ok(match operator {
            J::Join(on) | J::Inner(on) | J::CrossJoin(on) => (How::Inner, on),
            J::Left(on) | J::LeftOuter(on) => (How::Left, on),
            J::Right(on) | J::RightOuter(on) => (How::Right, on),
            J::FullOuter(on) => (How::Full, on),
            J::Semi(on) | J::LeftSemi(on) | J::RightSemi(on) => (How::Semi, on),
            J::Anti(on) | J::LeftAnti(on) | J::RightAnti(on) => (How::Anti, on),
            _ => {
                let hint = "[INNER|LEFT|RIGHT|FULL|CROSS|SEMI|ANTI] JOIN are what it takes";
                return Err(error_at(
                    self.sql,
                    place_of(relation.span()),
                    "this kind of join is not taken",
                    Some(hint.to_owned()),
                ));
            }
        })
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<Source, Failure> {
        match factor {
            TableFactor::Table { name, alias, args: None, sample: None, version: None, .. } => {
                let Some(named) = last(name) else {
                    return Err(Failure::misuse("there is no table named", None));
                };
                let own = self.with.iter().rev().find_map(|scope| scope.get(&named.text)).cloned();
                let frame = match own {
                    Some(frame) => frame,
                    None => self.table(&named)?,
                };
                self.called(frame, &named.text, alias.as_ref())
            }
            TableFactor::Table { name, alias, args: Some(_), .. } => {
                let mut bare = factor.clone();
                if let TableFactor::Table { alias, .. } = &mut bare {
                    *alias = None;
                }
                let frame = self.run(&format!("SELECT * FROM {bare}"), &[])?;
                let frame = self.of_64_bits(frame)?;
                self.called(frame, &name.to_string(), alias.as_ref())
            }
            TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
                let frame = self.query(subquery)?;
                self.called(frame, "", alias.as_ref())
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => self.tables(table_with_joins),
            other => {
                let place = place_of(other.span());
                let hint = "a table, a subquery in brackets, or a join of these stands behind FROM";
                Err(error_at(self.sql, place, "this is not taken behind FROM", Some(hint.to_owned())))
            }
        }
    }

    /// A table of the lake, whose integers are of 64 bits: sums and products of 32 would wrap.
    fn table(&self, named: &crate::sql::question::Name) -> Result<LazyFrame, Failure> {
        if self.catalog.table(&named.text).is_none() {
            let (message, hint) = self.catalog.no_table(&named.text);
            return Err(error_at(self.sql, named.place, &message, Some(hint)));
        }
        self.of_64_bits(self.catalog.frame(&named.text)?)
    }

    /// A frame under its alias, which may name its columns anew.
    fn called(&self, frame: LazyFrame, name: &str, alias: Option<&TableAlias>) -> Result<Source, Failure> {
        let schema = self.schema(&frame)?;
        let Some(alias) = alias else { return Ok(Source { frame, scope: Scope::of_table(name, &schema) }) };
        let new: Vec<&str> = alias.columns.iter().map(|column| column.name.value.as_str()).collect();
        if new.len() > schema.len() {
            let message =
                format!("{} names {} columns, and there are {}", alias.name, new.len(), schema.len());
            return Err(error_at(self.sql, place_of(alias.name.span), &message, None));
        }
        let old: Vec<String> = schema.iter_names().take(new.len()).map(|name| name.to_string()).collect();
        let frame = if new.is_empty() { frame } else { frame.rename(old, new, true) };
        let schema = self.schema(&frame)?;
        Ok(Source { frame, scope: Scope::of_table(&alias.name.value, &schema) })
    }

    /// `CROSS JOIN UNNEST(list) AS u(item)`: a row an item, none for a list that is empty or null.
    fn unnest(
        &mut self,
        source: Source,
        alias: Option<&TableAlias>,
        lists: &[Expr],
        operator: &JoinOperator,
    ) -> Result<Source, Failure> {
        let (JoinOperator::CrossJoin(JoinConstraint::None), [list], Some(alias)) = (operator, lists, alias)
        else {
            let hint = "CROSS JOIN UNNEST(list) AS u(item) is what it takes";
            return Err(Failure::misuse("this form of UNNEST is not taken", Some(hint.to_owned())));
        };
        let Source { frame, mut scope } = source;
        let list = self.resolved(list, &scope, &[])?;
        let name = alias.columns.first().map_or(&alias.name.value, |column| &column.name.value);
        let key = self.name("item");
        let frame = self.add(frame, &[(key.clone(), list)])?;
        let options = ExplodeOptions { empty_as_null: false, keep_nulls: false };
        let frame = frame.explode(by_name([key.as_str()], true, false), options);
        scope.columns.push(Column { table: alias.name.value.clone(), name: name.clone(), key });
        Ok(Source { frame, scope })
    }
}

fn ident_of(name: &ObjectName) -> Option<Ident> {
    name.0.last().and_then(|part| part.as_ident()).cloned()
}
