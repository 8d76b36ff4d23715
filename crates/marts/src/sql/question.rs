//! A question as it was read: one statement that only looks, and what it names where.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, ObjectName, Query, Statement, TableFactor, Visit, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError, ParserOptions};

use super::place::{Place, syntax_error};
use crate::failure::Failure;

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// Which tables there are.
    Tables,
    /// Which columns a table has.
    Columns(Name),
    /// Rows, by this statement.
    Rows(Box<Statement>, Names),
}

/// What a statement names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Where tables stand.
    pub(crate) relations: Vec<Name>,
    /// Where columns may stand, the last part of each.
    pub(crate) columns: Vec<Name>,
    /// Functions.
    pub(crate) functions: Vec<Name>,
    /// Common table expressions.
    pub(crate) own_tables: BTreeSet<String>,
}

/// A name, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// Reads SQL.
///
/// # Errors
/// It is no SQL, none or several statements, or a statement that would change something.
pub(crate) fn read(sql: &str) -> Result<Question, Failure> {
    let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
    let parser = Parser::new(&GenericDialect).with_options(options);
    let statements = parser.try_with_sql(sql).and_then(|mut parser| parser.parse_statements());
    let statements = statements.map_err(|error| syntax_error(sql, &message(error)))?;
    let statement = match statements.as_slice() {
        [] => return Err(Failure::misuse("there is no SQL to run", None)),
        [one] => one,
        many => {
            let message = format!("these are {} statements; one is run at a time", many.len());
            return Err(Failure::misuse(message, None));
        }
    };
    match statement {
        Statement::ShowTables { .. } => Ok(Question::Tables),
        Statement::ExplainTable { table_name, .. } => match last(table_name) {
            Some(name) => Ok(Question::Columns(name)),
            None => Err(Failure::misuse("there is no table named to describe", None)),
        },
        Statement::Query(_) | Statement::Explain { .. } => {
            let mut names = Names::default();
            let _: ControlFlow<()> = statement.visit(&mut names);
            Ok(Question::Rows(Box::new(statement.clone()), names))
        }
        _ => {
            let hint = "SELECT, WITH, EXPLAIN, SHOW TABLES and DESCRIBE are what it takes";
            Err(Failure::misuse("a query only looks, and this statement does not", Some(hint.into())))
        }
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.own_tables.extend(tables.map(|table| table.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        // A function that gives rows, as `read_csv('file')`.
        if let TableFactor::Table { name, args: Some(_), .. } = factor {
            self.own_tables.extend(last(name).map(|name| name.text));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.relations.extend(last(relation));
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Identifier(ident) => self.columns.push(named(ident)),
            Expr::CompoundIdentifier(parts) => self.columns.extend(parts.last().map(named)),
            Expr::Function(function) => self.functions.extend(last(&function.name)),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// The last part of a name.
pub(crate) fn last(name: &ObjectName) -> Option<Name> {
    name.0.last().and_then(|part| part.as_ident()).map(named)
}

fn named(ident: &Ident) -> Name {
    let start = ident.span.start;
    let line = usize::try_from(start.line).unwrap_or_default().max(1);
    let column = usize::try_from(start.column).unwrap_or_default().max(1);
    let quotes = if ident.quote_style.is_some() { 2 } else { 0 };
    let width = ident.value.chars().count() + quotes;
    Name { text: ident.value.clone(), place: Place { line, column, width } }
}

fn message(error: ParserError) -> String {
    match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
        ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
    }
}
