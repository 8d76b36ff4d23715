//! What Polars does not find or take, at its place in the SQL and with the word that was meant.

use convolake_engine::nearest_word;
use polars::prelude::PolarsError;
use sqlparser::ast::{Function, Ident, Spanned};

use super::names_of_functions::all_known;
use super::place::{Place, error_at, place_of};
use super::question::{Name, Names};
use super::scalar::name_of_function;
use crate::catalog::Catalog;
use crate::failure::{Failure, words};

/// An error of planning, in the user's words.
pub(super) fn explained(sql: &str, names: &Names, catalog: &Catalog, error: &PolarsError) -> Failure {
    let said = words(error);
    if let Some(name) = named_in(&said, &names.columns).filter(|_| is_about_a_column(error, &said)) {
        let hint = column_hint(&name.text, names, catalog);
        return error_at(sql, name.place, &format!("there is no column `{}`", name.text), hint);
    }
    if let Some(name) = named_in(&said, &names.functions).filter(|_| said.contains("function")) {
        return error_at(sql, name.place, &format!("{}: {said}", name.text.to_ascii_uppercase()), None);
    }
    Failure::misuse(format!("the query cannot be planned: {said}"), None)
}

/// That there is no such column, and which was meant.
pub(super) fn no_column(sql: &str, ident: &Ident, there: &[&str], catalog: &Catalog) -> Failure {
    let column = &ident.value;
    let others = there.iter().copied().filter(|there| there != column);
    let hint = match nearest_word(column, others) {
        Some(nearest) => Some(format!("did you mean `{nearest}`?")),
        None => of_another(column, catalog).or_else(|| match there {
            [] => None,
            there => Some(format!("there are {}", there.join(", "))),
        }),
    };
    error_at(sql, place_of(ident.span), &format!("there is no column `{column}`"), hint)
}

/// That there is no such function, and which was meant.
pub(super) fn no_function(sql: &str, function: &Function) -> Failure {
    let name = name_of_function(function);
    let nearest = nearest_word(&name, all_known()).filter(|near| *near != name);
    let hint = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
    error_at(sql, place_of(function.name.span()), &format!("there is no function `{}`", function.name), hint)
}

/// That a column is neither a key nor aggregated.
pub(super) fn no_group(sql: &str, column: &str, place: Option<Place>) -> Failure {
    let column = column.split(':').next().unwrap_or(column);
    let message = format!("`{column}` is neither grouped by nor aggregated");
    let hint = format!("add it to GROUP BY, or take max({column})");
    match place {
        Some(place) => error_at(sql, place, &message, Some(hint)),
        None => Failure::misuse(message, Some(hint)),
    }
}

/// Where a column is named.
pub(super) fn place_of_name(names: &Names, column: &str) -> Option<Place> {
    let column = column.split(':').next().unwrap_or(column);
    names.columns.iter().find(|name| name.text == column).map(|name| name.place)
}

fn of_another(column: &str, catalog: &Catalog) -> Option<String> {
    let table = catalog.tables().find(|table| {
        catalog.columns(&table.name).is_ok_and(|columns| columns.iter().any(|(name, _)| name == column))
    });
    table.map(|table| format!("`{}` has one", table.name))
}

fn is_about_a_column(error: &PolarsError, said: &str) -> bool {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => {
            is_about_a_column(error, said)
        }
        PolarsError::ColumnNotFound(_) | PolarsError::SchemaFieldNotFound(_) => true,
        _ => said.contains("column") && said.contains("found"),
    }
}

/// The name that is told of.
fn named_in<'a>(said: &str, names: &'a [Name]) -> Option<&'a Name> {
    // Behind it stand the names that are there.
    let said = said.split("; valid columns").next().unwrap_or(said);
    let quoted = |name: &Name| {
        ['"', '\'', '`'].iter().any(|quote| said.contains(&format!("{quote}{}{quote}", name.text)))
    };
    let first_word = said.split([' ', ';', '\n']).next().unwrap_or_default();
    names.iter().find(|name| quoted(name)).or_else(|| names.iter().find(|name| name.text == first_word))
}

/// The nearest column of the tables that are named, or what they have.
fn column_hint(column: &str, names: &Names, catalog: &Catalog) -> Option<String> {
    let tables = names.relations.iter().filter(|name| catalog.table(&name.text).is_some());
    let mut columns: Vec<String> = Vec::new();
    for table in tables {
        columns.extend(catalog.columns(&table.text).ok()?.into_iter().map(|(name, _)| name));
    }
    if let Some(nearest) =
        nearest_word(column, columns.iter().map(String::as_str).filter(|there| *there != column))
    {
        return Some(format!("did you mean `{nearest}`?"));
    }
    of_another(column, catalog)
        .or_else(|| (!columns.is_empty()).then(|| format!("there are {}", columns.join(", "))))
}
