//! Groups: keys and what is aggregated become columns first, then groups, then expressions over keys and aggregates.

use std::ops::ControlFlow;

use polars::prelude::{DataType, LazyFrame};
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, SelectItem,
    Visit, VisitMut, Visitor, VisitorMut,
};

use super::planner::Planner;
use super::resolve::names_in;
use crate::failure::Failure;
use crate::sql::explain::{no_group, place_of_name};
use crate::sql::functions::CHECKED_SUM;
use crate::sql::names_of_functions::is_aggregate;
use crate::sql::scalar::{identifier, name, name_of_function};

impl Planner<'_> {
    /// The groups of a frame's rows; the expressions become such over the groups. Without keys there is one group.
    ///
    /// # Errors
    /// A column outside of an aggregate that is no key.
    pub(super) fn group(
        &mut self,
        frame: LazyFrame,
        keys: &[Expr],
        expressions: &mut [&mut Expr],
    ) -> Result<LazyFrame, Failure> {
        let mut columns: Vec<(String, Expr)> = Vec::new();
        let mut named: Vec<(String, Expr)> = Vec::new();
        for key in keys {
            if !named.iter().any(|(_, known)| known == key) {
                let column = self.name("key");
                columns.push((column.clone(), key.clone()));
                named.push((column, key.clone()));
            }
        }
        let mut take = Take { planner: self, keys: &named, columns: &mut columns, aggregates: Vec::new() };
        for expression in expressions.iter_mut() {
            let _: ControlFlow<()> = expression.visit(&mut take);
        }
        let aggregates = take.aggregates;
        for expression in expressions.iter() {
            for column in names_in(expression) {
                if !column.starts_with("__") {
                    let place = place_of_name(self.names, &column);
                    return Err(no_group(self.sql, &column, place));
                }
            }
        }
        let frame = self.add(frame, &columns)?;
        let types = self.schema(&frame)?;
        let keys: Vec<String> = named.iter().map(|(column, _)| identifier(column)).collect();
        let mut selected = keys.clone();
        let mut sums = Vec::new();
        for (column, function) in &aggregates {
            let argument = single_name(function);
            let kind = argument.as_ref().and_then(|argument| types.get(argument));
            let mut function = function.clone();
            if name_of_function(&function) == "sum" && kind == Some(&DataType::Int64) {
                let apart = self.name("sum");
                let float =
                    format!("CAST({} AS DOUBLE)", identifier(argument.as_deref().unwrap_or_default()));
                let text = function.to_string();
                let bounded = text.replacen(&identifier(argument.as_deref().unwrap_or_default()), &float, 1);
                selected.push(format!("{bounded} AS {}", identifier(&apart)));
                sums.push((column.clone(), apart));
            }
            if kind == Some(&DataType::Boolean)
                && matches!(name_of_function(&function).as_str(), "sum" | "avg" | "total")
            {
                cast_argument(&mut function);
            }
            selected.push(format!("{function} AS {}", identifier(column)));
        }
        let groups = if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) };
        let selected =
            if selected.is_empty() { "count(*) AS __rows".to_owned() } else { selected.join(", ") };
        let frame = self.step(&frame, &format!("SELECT {selected} FROM {{step}}{groups}"))?;
        let mut frame = self.of_64_bits(frame)?;
        for (sum, apart) in sums {
            let checked = format!(
                "SELECT * REPLACE ({CHECKED_SUM}({}, {}) AS {}) FROM {{step}}",
                identifier(&sum),
                identifier(&apart),
                identifier(&sum)
            );
            frame = self.step(&frame, &checked)?;
        }
        Ok(frame)
    }
}

/// Takes keys and aggregates out of an expression, and leaves names of columns for them.
struct Take<'p, 'a, 'c> {
    planner: &'p mut Planner<'a>,
    keys: &'c [(String, Expr)],
    /// What is brought to the frame before it is grouped.
    columns: &'c mut Vec<(String, Expr)>,
    aggregates: Vec<(String, Function)>,
}

impl VisitorMut for Take<'_, '_, '_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Some((column, _)) = self.keys.iter().find(|(_, key)| key == expression) {
            *expression = name(column);
            return ControlFlow::Continue(());
        }
        match expression {
            Expr::Function(function) if function.over.is_none() && is_aggregate(function) => {
                let column = self.aggregate(function);
                *expression = name(&column);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Take<'_, '_, '_> {
    fn aggregate(&mut self, function: &Function) -> String {
        let mut function = function.clone();
        // The second argument of these is a word to the function.
        let n_columns = match name_of_function(&function).as_str() {
            "string_agg" | "listagg" | "group_concat" | "quantile_cont" | "quantile_disc" => 1,
            _ => usize::MAX,
        };
        if let FunctionArguments::List(list) = &mut function.args {
            let mut nth = 0;
            for argument in &mut list.args {
                if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = argument {
                    if nth < n_columns {
                        *expression = self.column(expression);
                    }
                    nth += 1;
                }
            }
            for clause in &mut list.clauses {
                if let FunctionArgumentClause::OrderBy(keys) = clause {
                    for key in keys {
                        key.expr = self.column(&key.expr);
                    }
                }
            }
        }
        if let Some(filter) = &mut function.filter {
            **filter = self.column(filter);
        }
        for key in &mut function.within_group {
            key.expr = self.column(&key.expr);
        }
        if let Some((column, _)) = self.aggregates.iter().find(|(_, known)| *known == function) {
            return column.clone();
        }
        let column = self.planner.name("aggregate");
        self.aggregates.push((column.clone(), function));
        column
    }

    fn column(&mut self, expression: &Expr) -> Expr {
        if let Some((column, _)) = self.columns.iter().find(|(_, known)| known == expression) {
            return name(column);
        }
        let column = self.planner.name("of");
        self.columns.push((column.clone(), expression.clone()));
        name(&column)
    }
}

/// The only argument, where it is a column.
fn single_name(function: &Function) -> Option<String> {
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(expression))] => {
            crate::sql::scalar::is_name(expression).map(ToOwned::to_owned)
        }
        _ => None,
    }
}

fn cast_argument(function: &mut Function) {
    if let FunctionArguments::List(list) = &mut function.args {
        for argument in &mut list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = argument {
                *expression = crate::sql::scalar::parsed(&format!("CAST({expression} AS BIGINT)"));
            }
        }
    }
}

/// True where an expression aggregates rows into groups.
pub(super) fn has_aggregate(expression: &Expr) -> bool {
    has(expression, |function| function.over.is_none() && is_aggregate(function))
}

/// [`has_aggregate`] of an item.
pub(super) fn has_aggregate_in(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expression) | SelectItem::ExprWithAlias { expr: expression, .. } => {
            has_aggregate(expression)
        }
        _ => false,
    }
}

/// True where an expression has a window.
pub(super) fn has_window(expression: &Expr) -> bool {
    has(expression, |function| function.over.is_some())
}

fn has(expression: &Expr, is_meant: impl Fn(&Function) -> bool) -> bool {
    struct Look<F>(F);
    impl<F: Fn(&Function) -> bool> Visitor for Look<F> {
        type Break = ();

        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            match expression {
                Expr::Function(function) if (self.0)(function) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expression.visit(&mut Look(is_meant)).is_break()
}
