//! The rewrite of one expression: innermost first, each part by the file that owns its reason.

use std::ops::ControlFlow;

use jiff::Timestamp;
use polars::prelude::{DataType, SchemaRef};
use sqlparser::ast::{Expr, VisitMut, VisitorMut};

use super::build::is_name;
use super::{compared, integers, json, known, times, truth, written};
use crate::failure::Failure;
use crate::sql::place::{error_at, place_in};

/// Tells the type of an expression, where it has one.
type Ask<'a> = Box<dyn FnMut(&Expr) -> Option<DataType> + 'a>;

/// An expression's surroundings.
pub(crate) struct Scalars<'a> {
    pub(crate) sql: &'a str,
    /// What `now()` stands for.
    pub(crate) at: Timestamp,
    /// The columns of the frame.
    pub(crate) types: SchemaRef,
    /// The type of an expression over the frame, where it has one.
    pub(crate) ask: Ask<'a>,
}

impl Scalars<'_> {
    /// The expression, rewritten.
    ///
    /// # Errors
    /// A shape of SQL that is not taken, at its place.
    pub(crate) fn rewritten(&mut self, expression: &Expr) -> Result<Expr, Failure> {
        let mut rewritten = expression.clone();
        match rewritten.visit(self) {
            ControlFlow::Break(failure) => Err(failure),
            ControlFlow::Continue(()) => Ok(rewritten),
        }
    }

    /// The type of an expression.
    pub(super) fn kind(&mut self, expression: &Expr) -> Option<DataType> {
        match is_name(expression) {
            Some(name) => self.types.get(name).cloned(),
            None => (self.ask)(expression),
        }
    }

    pub(super) fn refused(&self, expression: &Expr, message: &str, hint: &str) -> Failure {
        error_at(self.sql, place_in(expression), message, Some(hint.to_owned()))
    }

    fn rewrite(&mut self, expression: &mut Expr) -> Result<(), Failure> {
        written::rewrite(expression);
        truth::rewrite(expression);
        json::rewrite(self, expression)?;
        times::rewrite(self, expression)?;
        compared::rewrite(self, expression)?;
        integers::rewrite(self, expression);
        Ok(())
    }
}

impl VisitorMut for Scalars<'_> {
    type Break = Failure;

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Failure> {
        json::regroup(expression);
        times::local(expression);
        match known::check(self, expression) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => ControlFlow::Break(failure),
        }
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Failure> {
        match self.rewrite(expression) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => ControlFlow::Break(failure),
        }
    }
}
