//! What all steps of a query share: the catalog, names for columns in between, and expressions added to a frame.

use std::collections::BTreeMap;

use jiff::Timestamp;
use polars::prelude::{DataType, LazyFrame, SchemaRef, col};
use polars::sql::SQLContext;
use sqlparser::ast::Expr;

use super::resolve::names_in;
use crate::catalog::Catalog;
use crate::failure::Failure;
use crate::sql::explain::explained;
use crate::sql::functions::registry;
use crate::sql::question::Names;
use crate::sql::scalar::{Scalars, identifier, is_name};

/// The name by which the frame of a step is known to Polars.
const STEP: &str = "__step";

/// Plans one statement.
pub(crate) struct Planner<'a> {
    pub(super) sql: &'a str,
    pub(super) names: &'a Names,
    pub(super) catalog: &'a Catalog,
    at: Timestamp,
    context: SQLContext,
    n_names: usize,
    /// Common table expressions, the innermost scope last.
    pub(super) with: Vec<BTreeMap<String, LazyFrame>>,
    /// Subqueries that are one value, each a frame of one row, by the column they are in expressions.
    pub(super) values: BTreeMap<String, LazyFrame>,
    /// How many subqueries of one value are around what is planned.
    pub(super) n_around: usize,
}

impl<'a> Planner<'a> {
    /// `at` is what `now()` stands for.
    pub(crate) fn new(sql: &'a str, names: &'a Names, catalog: &'a Catalog, at: Timestamp) -> Self {
        let context = SQLContext::new().with_function_registry(registry());
        Self {
            sql,
            names,
            catalog,
            at,
            context,
            n_names: 0,
            with: Vec::new(),
            values: BTreeMap::new(),
            n_around: 0,
        }
    }

    /// A name that no column has.
    pub(super) fn name(&mut self, kind: &str) -> String {
        self.n_names += 1;
        format!("__{kind}{}", self.n_names)
    }

    /// What Polars makes of SQL over these frames.
    pub(super) fn run(&mut self, sql: &str, frames: &[(&str, &LazyFrame)]) -> Result<LazyFrame, Failure> {
        for (name, frame) in frames {
            self.context.register(name, (*frame).clone());
        }
        let planned = self.context.execute(sql).and_then(|mut frame| frame.collect_schema().map(|_| frame));
        planned.map_err(|error| self.explained(&error))
    }

    /// SQL over one frame, which stands in it as `{step}`.
    pub(super) fn step(&mut self, frame: &LazyFrame, sql: &str) -> Result<LazyFrame, Failure> {
        self.run(&sql.replace("{step}", STEP), &[(STEP, frame)])
    }

    pub(super) fn explained(&self, error: &polars::prelude::PolarsError) -> Failure {
        explained(self.sql, self.names, self.catalog, error)
    }

    /// The columns of a frame.
    pub(super) fn schema(&self, frame: &LazyFrame) -> Result<SchemaRef, Failure> {
        frame.clone().collect_schema().map_err(|error| self.explained(&error))
    }

    /// A frame with more columns: the values of expressions over it. Integers are of 64 bits.
    pub(super) fn add(&mut self, frame: LazyFrame, columns: &[(String, Expr)]) -> Result<LazyFrame, Failure> {
        if columns.is_empty() {
            return Ok(frame);
        }
        let mut frame = self.with_values(frame, columns.iter().map(|(_, expression)| expression))?;
        let mut computed = Vec::new();
        let mut copies = Vec::new();
        for (name, expression) in columns {
            match is_name(expression) {
                Some(same) => copies.push(col(same).alias(name.as_str())),
                None => {
                    let expression = self.scalar(&frame, expression)?;
                    computed.push(format!("{expression} AS {}", identifier(name)));
                }
            }
        }
        if !computed.is_empty() {
            frame = self.step(&frame, &format!("SELECT *, {} FROM {{step}}", computed.join(", ")))?;
        }
        let frame = frame.with_columns(copies);
        self.of_64_bits(frame)
    }

    /// The rows of a frame for which a condition is true.
    pub(super) fn filter(&mut self, frame: LazyFrame, condition: &Expr) -> Result<LazyFrame, Failure> {
        let frame = self.with_values(frame, std::iter::once(condition))?;
        let condition = self.scalar(&frame, condition)?;
        self.step(&frame, &format!("SELECT * FROM {{step}} WHERE {condition}"))
    }

    /// Counts of Polars are of 32 bits without a sign, and parts of times of 8: both wrap where they are reckoned with.
    pub(super) fn of_64_bits(&self, frame: LazyFrame) -> Result<LazyFrame, Failure> {
        let schema = self.schema(&frame)?;
        let narrow = schema.iter().filter(|(_, kind)| is_narrow(kind));
        let casts: Vec<_> = narrow.map(|(name, _)| col(name.clone()).cast(DataType::Int64)).collect();
        Ok(if casts.is_empty() { frame } else { frame.with_columns(casts) })
    }

    /// An expression over a frame in the words that Polars' SQL answers rightly.
    fn scalar(&mut self, frame: &LazyFrame, expression: &Expr) -> Result<Expr, Failure> {
        let types = self.schema(frame)?;
        let (sql, at) = (self.sql, self.at);
        let context = &mut self.context;
        let ask = move |expression: &Expr| {
            context.register(STEP, frame.clone());
            let asked = format!("SELECT {expression} AS asked FROM {STEP}");
            let schema = context.execute(&asked).and_then(|mut frame| frame.collect_schema()).ok()?;
            schema.get("asked").cloned()
        };
        Scalars { sql, at, types, ask: Box::new(ask) }.rewritten(expression)
    }

    /// A frame with the subqueries that expressions name, each a value in all rows.
    fn with_values<'e>(
        &self,
        mut frame: LazyFrame,
        expressions: impl Iterator<Item = &'e Expr>,
    ) -> Result<LazyFrame, Failure> {
        if self.values.is_empty() {
            return Ok(frame);
        }
        let there = self.schema(&frame)?;
        let mut names: Vec<String> = expressions.flat_map(names_in).collect();
        names.sort();
        names.dedup();
        for name in names {
            if let Some(value) = self.values.get(&name).filter(|_| !there.contains(&name)) {
                frame = frame.cross_join(value.clone(), None);
            }
        }
        Ok(frame)
    }
}

fn is_narrow(kind: &DataType) -> bool {
    use DataType::{Int8, Int16, Int32, UInt8, UInt16, UInt32, UInt64};
    matches!(kind, Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | UInt64)
}
