//! Windows: what is reckoned becomes columns, and so do the values that part and order the rows.

use std::ops::ControlFlow;

use polars::prelude::{DataType, LazyFrame, col};
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, NamedWindowDefinition, NamedWindowExpr,
    OrderByExpr, Spanned, VisitMut, VisitorMut, WindowSpec, WindowType,
};

use super::frame::Reach;
use super::order::{Direction, direction};
use super::planner::Planner;
use crate::failure::Failure;
use crate::sql::functions::checked;
use crate::sql::names_of_functions::is_aggregate;
use crate::sql::place::{error_at, place_of};
use crate::sql::scalar::{identifier, in_brackets, name, name_of_function, parsed};

/// What is reckoned, of which rows.
pub(super) struct Window {
    pub(super) function: String,
    pub(super) text: Function,
    /// The first is a column.
    pub(super) arguments: Vec<Expr>,
    pub(super) is_distinct: bool,
    pub(super) partition: Vec<String>,
    pub(super) order: Vec<(String, Direction)>,
    pub(super) reach: Reach,
}

impl Planner<'_> {
    /// Brings the windows of expressions to a frame, and leaves names of columns for them.
    pub(super) fn windows(
        &mut self,
        mut frame: LazyFrame,
        named: &[NamedWindowDefinition],
        expressions: &mut [&mut Expr],
    ) -> Result<LazyFrame, Failure> {
        let mut take = Take { planner: self, found: Vec::new() };
        for expression in expressions.iter_mut() {
            let _: ControlFlow<()> = expression.visit(&mut take);
        }
        for (column, function) in take.found {
            frame = self.with_window(frame, named, &function, &column)?;
        }
        Ok(frame)
    }

    fn with_window(
        &mut self,
        frame: LazyFrame,
        named: &[NamedWindowDefinition],
        function: &Function,
        column: &str,
    ) -> Result<LazyFrame, Failure> {
        let spec = self.spec(function, named)?;
        let refused = |message: &str, hint: &str| {
            error_at(self.sql, place_of(function.name.span()), message, Some(hint.to_owned()))
        };
        let reach = Reach::of(spec.window_frame.as_ref(), !spec.order_by.is_empty());
        let Some(reach) = reach else {
            let hint = "ROWS BETWEEN UNBOUNDED PRECEDING | n PRECEDING AND CURRENT ROW, and all rows, are what it takes";
            return Err(refused("these rows of a window are not taken", hint));
        };
        if function.null_treatment.is_some() || !function.within_group.is_empty() {
            return Err(refused(
                "this form of a window is not taken",
                "leave IGNORE NULLS and WITHIN GROUP away",
            ));
        }
        let mut computed = Vec::new();
        let mut arguments = Vec::new();
        let mut is_distinct = false;
        if let FunctionArguments::List(list) = &function.args {
            is_distinct = list.duplicate_treatment == Some(sqlparser::ast::DuplicateTreatment::Distinct);
            if !list.clauses.is_empty() {
                return Err(refused(
                    "an order within a window's function is not taken",
                    "order the window, as in OVER (ORDER BY ..)",
                ));
            }
            for argument in &list.args {
                if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = argument {
                    arguments.push(expression.clone());
                }
            }
        }
        if let Some(filter) = &function.filter {
            let of = arguments.first().cloned().unwrap_or_else(|| parsed("1"));
            let masked = parsed(&format!("CASE WHEN {} THEN {of} END", in_brackets((**filter).clone())));
            match arguments.first_mut() {
                Some(first) => *first = masked,
                None => arguments.push(masked),
            }
        }
        if let Some(first) = arguments.first_mut() {
            let of = self.name("of");
            computed.push((of.clone(), std::mem::replace(first, name(&of))));
        }
        let (mut partition, mut order) = (Vec::new(), Vec::new());
        for expression in &spec.partition_by {
            let by = self.name("part");
            computed.push((by.clone(), expression.clone()));
            partition.push(by);
        }
        for OrderByExpr { expr, options, .. } in &spec.order_by {
            let by = self.name("by");
            computed.push((by.clone(), expr.clone()));
            order.push((by, direction(options)));
        }
        let frame = self.add(frame, &computed)?;
        let text = Function { filter: None, over: None, ..function.clone() };
        let function_name = name_of_function(function);
        let window =
            Window { function: function_name, text, arguments, is_distinct, partition, order, reach };
        if window.reach == Reach::All
            && is_aggregate(function)
            && !matches!(window.function.as_str(), "first" | "last")
        {
            return self.over_all(frame, &window, column);
        }
        self.running(frame, &window, column)
    }

    /// An aggregate of all rows of a partition.
    fn over_all(&mut self, frame: LazyFrame, window: &Window, column: &str) -> Result<LazyFrame, Failure> {
        let mut text = window.text.clone();
        if let FunctionArguments::List(list) = &mut text.args {
            for (place, argument) in list.args.iter_mut().zip(&window.arguments) {
                *place = FunctionArg::Unnamed(FunctionArgExpr::Expr(argument.clone()));
            }
            if list.args.is_empty() {
                list.args.extend(
                    window
                        .arguments
                        .first()
                        .map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument.clone()))),
                );
            }
        }
        let by: Vec<String> = window.partition.iter().map(|name| identifier(name)).collect();
        let over = if by.is_empty() { String::new() } else { format!("PARTITION BY {}", by.join(", ")) };
        let frame = self.step(
            &frame,
            &format!("SELECT *, {text} OVER ({over}) AS {} FROM {{step}}", identifier(column)),
        )?;
        let frame = self.of_64_bits(frame)?;
        let of = window.arguments.first().and_then(crate::sql::scalar::is_name);
        let kind = of.and_then(|of| self.schema(&frame).ok()?.get(of).cloned());
        let (Some(of), "sum", Some(DataType::Int64)) = (of, window.function.as_str(), kind) else {
            return Ok(frame);
        };
        let bound = self.name("bound");
        let sql = format!(
            "SELECT *, sum(CAST({} AS DOUBLE)) OVER ({over}) AS {bound} FROM {{step}}",
            identifier(of)
        );
        let frame = self.step(&frame, &sql)?;
        Ok(frame.with_column(checked(col(column), col(bound.as_str())).alias(column)))
    }

    /// What `OVER` says, a named window with its words.
    fn spec(&self, function: &Function, named: &[NamedWindowDefinition]) -> Result<WindowSpec, Failure> {
        let mut over = function.over.clone();
        for _ in 0..=named.len() {
            let ident = match over {
                Some(WindowType::WindowSpec(spec)) if spec.window_name.is_none() => return Ok(spec),
                Some(WindowType::NamedWindow(ident)) => ident,
                _ => break,
            };
            let known = named.iter().find(|NamedWindowDefinition(name, _)| name.value == ident.value);
            over = known.map(|NamedWindowDefinition(_, expression)| match expression {
                NamedWindowExpr::NamedWindow(ident) => WindowType::NamedWindow(ident.clone()),
                NamedWindowExpr::WindowSpec(spec) => WindowType::WindowSpec(spec.clone()),
            });
        }
        let place = place_of(function.name.span());
        Err(error_at(self.sql, place, "this names a window that is not there, or adds to one", None))
    }
}

struct Take<'p, 'a> {
    planner: &'p mut Planner<'a>,
    found: Vec<(String, Function)>,
}

impl VisitorMut for Take<'_, '_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let Expr::Function(function) = &*expression else { return ControlFlow::Continue(()) };
        if function.over.is_some() {
            let known = self.found.iter().find(|(_, known)| known == function);
            let column = match known {
                Some((column, _)) => column.clone(),
                None => {
                    let column = self.planner.name("window");
                    self.found.push((column.clone(), function.clone()));
                    column
                }
            };
            *expression = name(&column);
        }
        ControlFlow::Continue(())
    }
}
