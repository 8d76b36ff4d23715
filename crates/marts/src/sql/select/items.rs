//! What `SELECT` names: each column of the answer with its expression.

use regex::Regex;
use sqlparser::ast::{
    ExcludeSelectItem, Expr, Ident, ObjectName, RenameSelectItem, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Spanned, WildcardAdditionalOptions,
};

use super::planner::Planner;
use super::scope::{Column, Scope};
use super::source::Source;
use crate::failure::Failure;
use crate::sql::explain::no_column;
use crate::sql::place::{Place, error_at, place_of};
use crate::sql::scalar::{called, name, text_of};

/// A column of the answer.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) name: String,
    /// Over the frame's columns.
    pub(super) expression: Expr,
    pub(super) place: Place,
}

impl Planner<'_> {
    /// The items of a `SELECT`, and what was brought to the frame for them. An item may name those before it.
    pub(super) fn items(&mut self, select: &Select, source: &mut Source) -> Result<Vec<Item>, Failure> {
        let mut items: Vec<Item> = Vec::new();
        for item in &select.projection {
            let place = place_of(item.span());
            match item {
                SelectItem::UnnamedExpr(expression) => match columns_like(expression) {
                    Some(pattern) => {
                        let pattern = Regex::new(pattern)
                            .map_err(|_| error_at(self.sql, place, "this is no regular expression", None))?;
                        let all = source.scope.all().into_iter().filter(|(name, _)| pattern.is_match(name));
                        items.extend(all.map(|(name, column)| of_column(name, &column, place)));
                    }
                    None => {
                        let name = name_of(expression);
                        items.push(self.item(expression, name, place, source, &items)?);
                    }
                },
                SelectItem::ExprWithAlias { expr, alias } => {
                    items.push(self.item(expr, alias.value.clone(), place, source, &items)?);
                }
                SelectItem::Wildcard(options) => {
                    let all = source.scope.all();
                    items.extend(self.wildcard(all, options, source, place)?);
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(table),
                    options,
                ) => {
                    let table = table.0.last().and_then(|part| part.as_ident()).cloned();
                    let table = table.unwrap_or_else(|| Ident::new(""));
                    if !source.scope.has_table(&table.value) {
                        let message = format!("there is no table `{}` behind this FROM", table.value);
                        return Err(error_at(self.sql, place, &message, None));
                    }
                    let of_table = source.scope.columns.iter().filter(|column| column.table == table.value);
                    let all = of_table.map(|column| (column.name.clone(), column.clone())).collect();
                    items.extend(self.wildcard(all, options, source, place)?);
                }
                _ => return Err(error_at(self.sql, place, "this is not taken in a SELECT", None)),
            }
        }
        self.told_by_table(&mut items, &source.scope);
        let mut names = std::collections::BTreeSet::new();
        for item in &items {
            if !names.insert(item.name.as_str()) {
                let message = format!("two columns of the answer are named `{}`", item.name);
                let hint = "name one of them otherwise, as in SELECT a AS b";
                return Err(error_at(self.sql, item.place, &message, Some(hint.to_owned())));
            }
        }
        Ok(items)
    }

    fn item(
        &mut self,
        expression: &Expr,
        name: String,
        place: Place,
        source: &mut Source,
        before: &[Item],
    ) -> Result<Item, Failure> {
        let (frame, lifted) = self.lifted(source.frame.clone(), expression, &source.scope)?;
        source.frame = frame;
        let aliases: Vec<_> =
            before.iter().map(|item| (item.name.clone(), item.expression.clone())).collect();
        let expression = self.resolved(&lifted, &source.scope, &aliases)?;
        Ok(Item { name, expression, place })
    }

    /// Of columns of two tables that share a name, as by `a.*, b.*`, the later say of which table they are.
    fn told_by_table(&self, items: &mut [Item], scope: &Scope) {
        let mut taken = std::collections::BTreeSet::new();
        for item in items {
            let key = crate::sql::scalar::is_name(&item.expression).map(ToOwned::to_owned);
            if taken.insert((item.name.clone(), key.clone()))
                && taken.iter().any(|(name, other)| *name == item.name && *other != key)
            {
                let column = scope.columns.iter().find(|column| Some(&column.key) == key.as_ref());
                if let Some(column) = column.filter(|column| column.name == item.name) {
                    item.name = format!("{}:{}", column.name, column.table);
                }
            }
        }
    }

    fn wildcard(
        &mut self,
        all: Vec<(String, Column)>,
        options: &WildcardAdditionalOptions,
        source: &mut Source,
        place: Place,
    ) -> Result<Vec<Item>, Failure> {
        if options.opt_ilike.is_some() || options.opt_alias.is_some() {
            let hint = "COLUMNS('regular expression') picks columns by name";
            return Err(error_at(self.sql, place, "this form of * is not taken", Some(hint.to_owned())));
        }
        let mut excluded: Vec<Ident> = Vec::new();
        match &options.opt_exclude {
            Some(ExcludeSelectItem::Single(one)) => excluded.extend(ident_of(one)),
            Some(ExcludeSelectItem::Multiple(several)) => {
                excluded.extend(several.iter().filter_map(ident_of))
            }
            None => {}
        }
        if let Some(except) = &options.opt_except {
            excluded.push(except.first_element.clone());
            excluded.extend(except.additional_elements.iter().cloned());
        }
        let renamed = match &options.opt_rename {
            Some(RenameSelectItem::Single(one)) => vec![one.clone()],
            Some(RenameSelectItem::Multiple(several)) => several.clone(),
            None => Vec::new(),
        };
        let there: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        let meant = excluded.iter().chain(renamed.iter().map(|renamed| &renamed.ident));
        for ident in meant {
            if !there.contains(&ident.value.as_str()) {
                return Err(no_column(self.sql, ident, &there, self.catalog));
            }
        }
        let replaced = options.opt_replace.iter().flat_map(|replace| &replace.items);
        let mut items = Vec::new();
        for (column_name, column) in all {
            if excluded.iter().any(|ident| ident.value == column_name) {
                continue;
            }
            let expression = replaced.clone().find(|element| element.column_name.value == column_name);
            items.push(match expression {
                Some(element) => self.item(&element.expr, column_name, place, source, &[])?,
                None => {
                    let new = renamed.iter().find(|renamed| renamed.ident.value == column_name);
                    let name = new.map_or(column_name, |renamed| renamed.alias.value.clone());
                    of_column(name, &column, place)
                }
            });
        }
        Ok(items)
    }
}

fn of_column(column_name: String, column: &Column, place: Place) -> Item {
    Item { name: column_name, expression: name(&column.key), place }
}

/// The pattern of `COLUMNS('pattern')`.
fn columns_like(expression: &Expr) -> Option<&str> {
    match called(expression, "columns")?.as_slice() {
        [pattern] => text_of(pattern),
        _ => None,
    }
}

/// What an expression without an alias is called: its column, else its own words.
fn name_of(expression: &Expr) -> String {
    match expression {
        Expr::Identifier(ident) => ident.value.clone(),
        Expr::CompoundIdentifier(parts) => parts.last().map(|ident| ident.value.clone()).unwrap_or_default(),
        Expr::Nested(inner) => name_of(inner),
        other => other.to_string(),
    }
}

fn ident_of(name: &ObjectName) -> Option<Ident> {
    name.0.last().and_then(|part| part.as_ident()).cloned()
}
