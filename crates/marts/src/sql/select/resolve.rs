//! Names in expressions become the names of columns in the frame of a step.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, Visit, VisitMut, Visitor, VisitorMut};

use super::planner::Planner;
use super::scope::{Found, Scope};
use crate::failure::Failure;
use crate::sql::explain::no_column;
use crate::sql::place::{error_at, place_of};
use crate::sql::scalar::{in_brackets, is_name};

/// Names of `SELECT`, each with its expression, which other expressions may use where no column has that name.
pub(super) type Aliases = [(String, Expr)];

impl Planner<'_> {
    /// An expression whose names are those of the frame.
    ///
    /// # Errors
    /// A name that no column has, or several have.
    pub(super) fn resolved(
        &self,
        expression: &Expr,
        scope: &Scope,
        aliases: &Aliases,
    ) -> Result<Expr, Failure> {
        let mut resolved = expression.clone();
        match VisitMut::visit(&mut resolved, &mut Resolve { planner: self, scope, aliases }) {
            ControlFlow::Break(failure) => Err(failure),
            ControlFlow::Continue(()) => Ok(resolved),
        }
    }
}

struct Resolve<'a> {
    planner: &'a Planner<'a>,
    scope: &'a Scope,
    aliases: &'a Aliases,
}

impl Resolve<'_> {
    fn column(&self, ident: &Ident) -> Result<Expr, Failure> {
        if self.planner.values.contains_key(&ident.value) || ident.value.starts_with("__") {
            return Ok(name_at(&ident.value, ident));
        }
        match self.scope.find(&ident.value) {
            Found::Key(key) => Ok(name_at(&key, ident)),
            Found::Several(tables) => {
                let (first, column) = (tables.first().cloned().unwrap_or_default(), &ident.value);
                let message = format!("the column `{column}` is in several tables: {}", tables.join(", "));
                let hint = format!("say which is meant, as in {first}.{column}");
                Err(error_at(self.planner.sql, place_of(ident.span), &message, Some(hint)))
            }
            Found::Nothing => match self.aliases.iter().find(|(alias, _)| *alias == ident.value) {
                Some((_, expression)) => Ok(in_brackets(expression.clone())),
                None => Err(self.nothing(ident)),
            },
        }
    }

    fn column_of(&self, table: &Ident, ident: &Ident) -> Result<Expr, Failure> {
        match self.scope.find_of(&table.value, &ident.value) {
            Found::Key(key) => Ok(name_at(&key, ident)),
            _ if self.scope.has_table(&table.value) => Err(self.nothing(ident)),
            _ => {
                let message = format!("there is no table `{}` behind this FROM", table.value);
                let tables: BTreeSet<&str> =
                    self.scope.columns.iter().map(|column| column.table.as_str()).collect();
                let tables: Vec<&str> = tables.into_iter().filter(|table| !table.is_empty()).collect();
                let hint = match self.planner.n_around {
                    0 => (!tables.is_empty()).then(|| format!("there are {}", tables.join(", "))),
                    _ => Some(
                        "a subquery that stands for a value sees its own tables alone: join a grouped one"
                            .to_owned(),
                    ),
                };
                Err(error_at(self.planner.sql, place_of(table.span), &message, hint))
            }
        }
    }

    fn nothing(&self, ident: &Ident) -> Failure {
        let there = self.scope.columns.iter().map(|column| column.name.as_str());
        let there: Vec<&str> = there.chain(self.aliases.iter().map(|(alias, _)| alias.as_str())).collect();
        no_column(self.planner.sql, ident, &there, self.planner.catalog)
    }
}

impl VisitorMut for Resolve<'_> {
    type Break = Failure;

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Failure> {
        let resolved = match &*expression {
            Expr::Identifier(ident) => self.column(ident),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, column] => self.column_of(table, column),
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        match resolved {
            Ok(resolved) => {
                *expression = resolved;
                ControlFlow::Continue(())
            }
            Err(failure) => ControlFlow::Break(failure),
        }
    }
}

/// A column of the frame, told of where it was written.
fn name_at(key: &str, written: &Ident) -> Expr {
    Expr::Identifier(Ident { span: written.span, ..Ident::with_quote('"', key) })
}

/// All names in an expression.
pub(super) fn names_in(expression: &Expr) -> Vec<String> {
    struct Seen(Vec<String>);
    impl Visitor for Seen {
        type Break = ();

        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            self.0.extend(is_name(expression).map(ToOwned::to_owned));
            ControlFlow::Continue(())
        }
    }
    let mut seen = Seen(Vec::new());
    let _: ControlFlow<()> = expression.visit(&mut seen);
    seen.0
}
