//! The way in: a pipeline file is read, and its params are combined.

use super::{ParamSet, Pipeline, params, validate};
use crate::{ConfigError, Override};

impl Pipeline {
    /// Reads a pipeline file.
    ///
    /// `file` is the name to show in errors; `overrides` are applied to the fields as written, in order.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(file: &str, text: &str, overrides: &[Override]) -> Result<Self, ConfigError> {
        validate::pipeline(file, text, overrides)
    }

    /// Every combination of param values; each is pulled on its own.
    ///
    /// # Errors
    /// A required param without a value.
    pub fn param_sets(&self, file: &str) -> Result<Vec<ParamSet>, ConfigError> {
        params::combinations(file, &self.params)
    }
}
