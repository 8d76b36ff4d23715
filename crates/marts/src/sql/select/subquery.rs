//! Subqueries in expressions: one value becomes a column of all rows, `IN` and `EXISTS` become joins.

use std::ops::ControlFlow;

use polars::prelude::{
    Column as Values, DataType, JoinArgs, JoinType, LazyFrame, UniqueKeepStrategy, col, len, lit,
    polars_bail, when,
};
use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, GroupByExpr, Query, Select, SelectItem, SetExpr, Spanned, VisitMut,
    VisitorMut,
};

use super::join::{How, On};
use super::join_on::all_of;
use super::planner::Planner;
use super::scope::{Column, Scope};
use super::source::Source;
use crate::failure::Failure;
use crate::sql::place::{Place, error_at, place_of};
use crate::sql::scalar::{name, parsed};

impl Planner<'_> {
    /// An expression whose subqueries of one value are columns, which [`Planner::add`] brings to a frame.
    pub(super) fn lift_values(&mut self, expression: &Expr) -> Result<Expr, Failure> {
        struct Lift<'p, 'a>(&'p mut Planner<'a>);
        impl VisitorMut for Lift<'_, '_> {
            type Break = Failure;

            fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Failure> {
                let Expr::Subquery(query) = expression else { return ControlFlow::Continue(()) };
                match self.0.value(query) {
                    Ok(column) => *expression = name(&column),
                    Err(failure) => return ControlFlow::Break(failure),
                }
                ControlFlow::Continue(())
            }
        }
        let mut lifted = expression.clone();
        match lifted.visit(&mut Lift(self)) {
            ControlFlow::Break(failure) => Err(failure),
            ControlFlow::Continue(()) => Ok(lifted),
        }
    }

    /// A subquery of one value as a frame of one row; gives its column.
    fn value(&mut self, query: &Query) -> Result<String, Failure> {
        self.n_around += 1;
        let column = self.column(query);
        self.n_around -= 1;
        let (frame, column) = column?;
        let (value, rows) = (self.name("value"), self.name("rows"));
        let frame = frame.select([col(column).first().alias(value.as_str()), len().alias(rows.as_str())]);
        let one = |rows: Values| {
            if rows.cast(&DataType::Int64)?.i64()?.iter().any(|rows| rows > Some(1)) {
                polars_bail!(InvalidOperation: "a subquery that stands for a value has several rows");
            }
            Ok(Values::full_null(rows.name().clone(), rows.len(), &DataType::Boolean))
        };
        let kind = |_: &polars::prelude::Schema, field: &polars::prelude::Field| {
            Ok(polars::prelude::Field::new(field.name().clone(), DataType::Boolean))
        };
        let has_several = col(rows.as_str()).map(one, kind);
        let checked = when(has_several.is_null()).then(col(value.as_str()));
        let frame = frame.select([checked.otherwise(lit(polars::prelude::NULL)).alias(value.as_str())]);
        self.values.insert(value.clone(), frame);
        Ok(value)
    }

    /// A subquery that has one column, and its name.
    fn column(&mut self, query: &Query) -> Result<(LazyFrame, String), Failure> {
        let frame = self.query(query)?;
        let schema = self.schema(&frame)?;
        let mut names = schema.iter_names();
        match (names.next(), names.next()) {
            (Some(one), None) => Ok((frame, one.to_string())),
            _ => {
                let message = format!("a subquery is to have one column here, and has {}", schema.len());
                Err(error_at(self.sql, place_of(query.span()), &message, None))
            }
        }
    }

    /// An expression over a frame without subqueries, and the frame with what stands for them.
    pub(super) fn lifted(
        &mut self,
        frame: LazyFrame,
        expression: &Expr,
        scope: &Scope,
    ) -> Result<(LazyFrame, Expr), Failure> {
        let mut lifted = self.lift_values(expression)?;
        let mut found = Vec::new();
        let _: ControlFlow<()> = lifted.visit(&mut Memberships { planner: self, found: &mut found });
        let mut frame = frame;
        for (column, expression) in found {
            let Expr::InSubquery { expr, subquery, .. } = &expression else { continue };
            let of = self.resolved(expr, scope, &[])?;
            frame = self.with_membership(frame, &of, subquery, &column)?;
        }
        Ok((frame, lifted))
    }

    /// Adds whether a value is one of a subquery's: null where that is not known, as SQL has it.
    fn with_membership(
        &mut self,
        frame: LazyFrame,
        of: &Expr,
        query: &Query,
        column: &str,
    ) -> Result<LazyFrame, Failure> {
        let (members, member) = self.column(query)?;
        let [key, found, rows, nulls, key_of] =
            ["member", "found", "rows", "nulls", "of"].map(|kind| self.name(kind));
        let there = members.clone().select([col(member.as_str()).alias(key.as_str())]);
        let there = there.filter(col(key.as_str()).is_not_null()).unique(None, UniqueKeepStrategy::Any);
        let there = there.with_column(lit(true).alias(found.as_str()));
        let counts = members
            .select([len().alias(rows.as_str()), col(member.as_str()).null_count().alias(nulls.as_str())]);
        let frame = self.add(frame, &[(key_of.clone(), of.clone())])?;
        let frame =
            frame.join(there, [col(key_of.as_str())], [col(key.as_str())], JoinArgs::new(JoinType::Left));
        let frame = frame.cross_join(counts, None);
        let is = parsed(&format!(
            "CASE WHEN {rows} = 0 THEN FALSE WHEN {key_of} IS NULL THEN NULL WHEN {found} THEN TRUE WHEN {nulls} > 0 THEN NULL ELSE FALSE END"
        ));
        self.add(frame, &[(column.to_owned(), is)])
    }

    /// The rows for which `[NOT] EXISTS (subquery)` holds, or for which a value is one of a subquery's.
    pub(super) fn with_partner(
        &mut self,
        source: Source,
        how: How,
        query: &Query,
        of: Option<&Expr>,
    ) -> Result<Source, Failure> {
        let place = place_of(query.span());
        if let Some(of) = of {
            // What a query around it is named by has no place in a subquery, unless this fails.
            let alone = self.column(query);
            match (alone, plain(query)) {
                (Ok((frame, column)), _) => {
                    let key = self.name("in");
                    let frame = frame.select([col(column).alias(key.as_str())]);
                    let schema = self.schema(&frame)?;
                    let right = Source { frame, scope: Scope::of_table("", &schema) };
                    return self.with_equal(source, of, right, &name(&key), (how, None), place);
                }
                (Err(failure), None) => return Err(failure),
                (Err(failure), Some(select)) => {
                    let [SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }] =
                        select.projection.as_slice()
                    else {
                        return Err(failure);
                    };
                    let right = self.from(&select.from, select.selection.as_ref())?;
                    let on = (how, select.selection.as_ref());
                    return self.with_equal(source, of, right, item, on, place);
                }
            }
        }
        match plain(query) {
            Some(select) => {
                let right = self.from(&select.from, select.selection.as_ref())?;
                let on = select.selection.as_ref().map_or(On::All, On::Condition);
                self.join(source, right, how, &on, place)
            }
            None => {
                let frame = self.query(query)?;
                let scope = self.schema(&frame)?;
                let right = Source { frame, scope: Scope::of_table("__exists", &scope) };
                self.join(source, right, how, &On::All, place)
            }
        }
    }
    /// The rows of a source of which a value equals one of the right, where a condition holds for both.
    fn with_equal(
        &mut self,
        mut left: Source,
        of: &Expr,
        mut right: Source,
        item: &Expr,
        (how, condition): (How, Option<&Expr>),
        place: Place,
    ) -> Result<Source, Failure> {
        let mut keys = Vec::new();
        for (source, value) in [(&mut left, of), (&mut right, item)] {
            let (value, key) = (self.resolved(value, &source.scope, &[])?, self.name("key"));
            source.frame = self.add(std::mem::take(&mut source.frame), &[(key.clone(), value)])?;
            source.scope.columns.push(Column { table: String::new(), name: key.clone(), key: key.clone() });
            keys.push(name(&key));
        }
        let (of_right, of_left) = (keys.pop(), keys.pop());
        let equal = of_left.zip(of_right).map(|(left, right)| Expr::BinaryOp {
            left: Box::new(left),
            op: BinaryOperator::Eq,
            right: Box::new(right),
        });
        let on: Vec<Expr> = equal.into_iter().chain(condition.cloned()).collect();
        let on = all_of(&on);
        let mut joined = self.join(left, right, how, &on.as_ref().map_or(On::All, On::Condition), place)?;
        joined.scope.columns.retain(|column| !column.name.starts_with("__"));
        Ok(joined)
    }
}

struct Memberships<'p, 'a, 'f> {
    planner: &'p mut Planner<'a>,
    found: &'f mut Vec<(String, Expr)>,
}

impl VisitorMut for Memberships<'_, '_, '_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::InSubquery { negated, .. } = expression {
            let (negated, column) = (*negated, self.planner.name("in"));
            self.found.push((column.clone(), expression.clone()));
            *expression = match negated {
                true => parsed(&format!("(NOT {column})")),
                false => name(&column),
            };
        }
        ControlFlow::Continue(())
    }
}

/// A subquery whose rows are those of tables that meet a condition, no more.
fn plain(query: &Query) -> Option<&Select> {
    let SetExpr::Select(select) = &*query.body else { return None };
    let no_groups = matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let is_plain = query.with.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && no_groups
        && select.having.is_none()
        && select.qualify.is_none()
        && !select.from.is_empty()
        && !matches!(select.distinct, Some(Distinct::On(_)))
        && !select.projection.iter().any(super::group::has_aggregate_in);
    is_plain.then_some(select)
}
