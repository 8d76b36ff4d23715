//! Checks as written become ones that can be carried out.

use indexmap::IndexMap;

use super::written::{ShareWritten, VolumeWritten};
use super::{CheckRule, CheckWritten, DataCheck};
use crate::ColumnType;
use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::schema::table::Table;

/// What is known of the columns that checks name.
pub(crate) enum Columns<'a> {
    /// All of them, and what their rows refer to.
    OfTable { types: IndexMap<&'a str, ColumnType>, references: &'a IndexMap<String, Vec<String>> },
    /// Nothing: a mart's columns are found when it is read.
    OfMart,
}

const KINDS: &str = "not_null, unique, accepted_values, share, references, freshness, volume";

/// The checks that are enabled.
pub(crate) fn checks(
    place: &ConfigText<'_>,
    columns: &Columns<'_>,
    written: &IndexMap<String, CheckWritten>,
) -> Result<IndexMap<String, DataCheck>, ConfigError> {
    let mut checks = IndexMap::new();
    for (name, written) in written {
        let check = Place { place, columns, name }.check(written)?;
        if written.enabled.unwrap_or(true) {
            checks.insert(name.clone(), check);
        }
    }
    Ok(checks)
}

/// Holds what checks refer to against the tables there are, and fills in their keys.
pub(crate) fn references(
    place: &ConfigText<'_>,
    checks: &mut IndexMap<String, DataCheck>,
    tables: &IndexMap<String, Table>,
) -> Result<(), ConfigError> {
    for (name, check) in checks {
        let CheckRule::References { columns, table, key } = &mut check.rule else { continue };
        let wrong = |message| place.error(&["checks", name, "references"], message);
        let Some(other) = tables.get(table) else {
            return Err(wrong(format!("`{table}` is no table"))
                .with_hint(did_you_mean(table, tables.keys().map(String::as_str))));
        };
        if columns.len() != other.key.len() {
            return Err(wrong(format!("these columns cannot hold the key of {table}")).with_hint(Some(
                format!("name one for each column of its key: [{}]", other.key.join(", ")),
            )));
        }
        key.clone_from(&other.key);
    }
    Ok(())
}

/// A check in its file.
pub(super) struct Place<'a> {
    place: &'a ConfigText<'a>,
    columns: &'a Columns<'a>,
    name: &'a str,
}

impl Place<'_> {
    pub(super) fn error(&self, field: &str, message: impl Into<String>) -> ConfigError {
        self.place.error(&["checks", self.name, field], message)
    }

    fn check(&self, written: &CheckWritten) -> Result<DataCheck, ConfigError> {
        let rows = match &written.rows {
            Some(rows) => {
                let given = (rows.is, &rows.one_of, rows.below, rows.above);
                Some(self.condition("where", &rows.column, given)?)
            }
            None => None,
        };
        Ok(DataCheck {
            name: self.name.to_owned(),
            doc: written.doc.clone(),
            severity: written.severity,
            rows,
            rule: self.rule(written)?,
            file: self.place.file.to_owned(),
            line: self.place.line_of(&["checks", self.name]),
        })
    }

    fn rule(&self, written: &CheckWritten) -> Result<CheckRule, ConfigError> {
        let mut rules = Vec::new();
        if let Some(columns) = &written.not_null {
            let columns = self.known("not_null", columns.to_vec())?;
            rules.push(CheckRule::NotNull { columns });
        }
        if let Some(columns) = &written.unique {
            let columns = self.known("unique", columns.to_vec())?;
            rules.push(CheckRule::Unique { columns });
        }
        if let Some(of) = &written.accepted_values {
            let (values, accepts_null) = self.values("accepted_values", &of.column, &of.values)?;
            rules.push(CheckRule::AcceptedValues { column: of.column.clone(), values, accepts_null });
        }
        if let Some(share) = &written.share {
            rules.push(self.share(share)?);
        }
        if let Some(of) = &written.references {
            let columns = match (&of.columns, self.columns) {
                (Some(columns), _) => columns.clone(),
                (None, Columns::OfTable { references, .. }) => match references.get(&of.table) {
                    Some(columns) => columns.clone(),
                    None => {
                        return Err(self
                            .error(
                                "references",
                                format!("the table's `references` do not name `{}`", of.table),
                            )
                            .with_hint(did_you_mean(&of.table, references.keys().map(String::as_str))));
                    }
                },
                (None, Columns::OfMart) => {
                    return Err(self
                        .error("references", "which columns hold the other table's key is not known")
                        .with_hint(Some("add `columns: [agent_id, conversation_id]`".into())));
                }
            };
            let columns = self.known("references", columns)?;
            rules.push(CheckRule::References { columns, table: of.table.clone(), key: Vec::new() });
        }
        if let Some(of) = &written.freshness {
            self.timestamp("freshness", &of.column)?;
            rules.push(CheckRule::Freshness { column: of.column.clone(), at_most: of.at_most });
        }
        if let Some(of) = &written.volume {
            rules.push(self.volume(of)?);
        }
        match (rules.pop(), rules.is_empty()) {
            (Some(rule), true) => Ok(rule),
            _ => Err(self
                .place
                .error(&["checks", self.name], "a check has one kind")
                .with_hint(Some(format!("write one of: {KINDS}")))),
        }
    }

    fn share(&self, share: &ShareWritten) -> Result<CheckRule, ConfigError> {
        let given = (share.is, &share.one_of, share.below, share.above);
        let holds = self.condition("share", &share.column, given)?;
        if share.at_least.is_none() && share.at_most.is_none() {
            return Err(self
                .error("share", "the share has no bound")
                .with_hint(Some("add `at_most: 0.05`, or `at_least`".into())));
        }
        let (at_least, at_most) = (share.at_least.unwrap_or(0.0), share.at_most.unwrap_or(1.0));
        if !(0.0..=1.0).contains(&at_least) || !(0.0..=1.0).contains(&at_most) {
            return Err(self
                .error("share", "a share from 0 to 1 was expected")
                .with_hint(Some("5 % is `0.05`".into())));
        }
        if at_least > at_most {
            return Err(self.error("share", "no share is both that large and that small"));
        }
        Ok(CheckRule::Share { holds, at_least, at_most })
    }

    fn volume(&self, of: &VolumeWritten) -> Result<CheckRule, ConfigError> {
        self.timestamp("volume", &of.column)?;
        let (factor, weeks) = (of.factor.unwrap_or(3.0), of.weeks.unwrap_or(4));
        if !(factor.is_finite() && factor > 1.0) {
            return Err(self.error("volume", "a factor above 1 was expected").with_hint(Some(
                "`factor: 3` lets the day have a third to three times as many rows".into(),
            )));
        }
        if !(2..=52).contains(&weeks) {
            return Err(self.error("volume", "2 to 52 weeks were expected"));
        }
        let at_least = of.at_least.unwrap_or(20);
        Ok(CheckRule::Volume { column: of.column.clone(), weeks, factor, at_least })
    }

    fn timestamp(&self, field: &str, column: &str) -> Result<(), ConfigError> {
        self.column(field, column)?;
        match self.type_of(column) {
            None | Some(ColumnType::Timestamp) => Ok(()),
            Some(_) => Err(self.error(field, format!("`{column}` is no timestamp"))),
        }
    }

    fn known(&self, field: &str, columns: Vec<String>) -> Result<Vec<String>, ConfigError> {
        if columns.is_empty() {
            return Err(self.error(field, "no column is named"));
        }
        columns.iter().try_for_each(|column| self.column(field, column))?;
        Ok(columns)
    }

    pub(super) fn column(&self, field: &str, column: &str) -> Result<(), ConfigError> {
        let Columns::OfTable { types, .. } = self.columns else { return Ok(()) };
        match types.contains_key(column) {
            true => Ok(()),
            false => Err(self
                .error(field, format!("`{column}` is no column of this table"))
                .with_hint(did_you_mean(column, types.keys().copied()))),
        }
    }

    pub(super) fn type_of(&self, column: &str) -> Option<ColumnType> {
        match self.columns {
            Columns::OfTable { types, .. } => types.get(column).copied(),
            Columns::OfMart => None,
        }
    }
}
