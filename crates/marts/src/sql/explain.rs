//! What Polars does not find or take, at its place in the SQL and with the word that was meant.

use convolake_engine::nearest_word;
use polars::prelude::PolarsError;
use polars::sql::keywords::all_functions;

use super::place::error_at;
use super::question::{Name, Names};
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
        let functions = all_functions();
        let nearest = nearest_word(&name.text, functions.iter().copied()).filter(|near| *near != name.text);
        let hint = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
        let known = functions.iter().any(|function| function.eq_ignore_ascii_case(&name.text));
        let message = match known {
            true => format!("{}: {said}", name.text.to_ascii_uppercase()),
            false => format!("there is no function `{}`", name.text),
        };
        return error_at(sql, name.place, &message, hint);
    }
    Failure::misuse(format!("the query cannot be planned: {said}"), None)
}

fn is_about_a_column(error: &PolarsError, said: &str) -> bool {
    match error {
        PolarsError::Context { error, .. } => is_about_a_column(error, said),
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
    if let Some(nearest) = nearest_word(column, columns.iter().map(String::as_str)) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let of_table = catalog.tables().find(|table| {
        catalog.columns(&table.name).is_ok_and(|columns| columns.iter().any(|(name, _)| name == column))
    });
    match of_table {
        Some(table) => Some(format!("`{}` has one", table.name)),
        None if columns.is_empty() => None,
        None => Some(format!("there are {}", columns.join(", "))),
    }
}
