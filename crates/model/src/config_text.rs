//! A file under validation, and where an error in it stands.

use crate::config_error::ConfigError;
use crate::{Override, yaml};

/// The text of a file, and the overrides set over it.
pub(crate) struct ConfigText<'a> {
    /// The file's name as the user knows it.
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) overrides: &'a [Override],
}

impl ConfigText<'_> {
    /// An error of the field at `path`: it names the override that set the field, or the file and its line.
    pub(crate) fn error(&self, path: &[&str], message: impl Into<String>) -> ConfigError {
        match self.overrides.iter().any(|set| set.is_of(path)) {
            true => ConfigError::new(format!("--set {}", path.join(".")), 0, message),
            false => ConfigError::new(self.file, self.line_of(path), message),
        }
    }

    /// The line of the field at `path`.
    pub(crate) fn line_of(&self, path: &[&str]) -> u64 {
        yaml::line_of(self.text, path)
    }
}
