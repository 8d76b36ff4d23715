//! What is expected of a mart.

use indexmap::IndexMap;

use super::{Columns, DataCheck, MartWritten, checks, references};
use crate::config_text::ConfigText;
use crate::schema::Table;
use crate::{ConfigError, yaml};

/// What `schemas/marts/NAME.yaml` says of a mart. Its columns are those the program gives it, so whether a check names one of them is
/// found when it is carried out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MartChecks {
    /// The checks by name.
    pub checks: IndexMap<String, DataCheck>,
}

impl MartChecks {
    /// Reads a mart's file; `tables` are those that its checks may refer to.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(file: &str, text: &str, tables: &IndexMap<String, Table>) -> Result<Self, ConfigError> {
        let place = ConfigText { file, text, overrides: &[] };
        let written: MartWritten = yaml::parse(file, text)?;
        let mut checks = checks(&place, &Columns::OfMart, &written.checks)?;
        references(&place, &mut checks, tables)?;
        Ok(Self { checks })
    }
}
