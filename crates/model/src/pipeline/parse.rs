//! The way in: a pipeline file is read, and its params are combined.

use std::collections::BTreeSet;

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

    /// Every combination of the values of the params that are named; each is pulled on its own.
    ///
    /// # Errors
    /// A required param without a value, or an empty value of one that is required or named.
    pub fn param_sets(&self, file: &str, named: &BTreeSet<&str>) -> Result<Vec<ParamSet>, ConfigError> {
        params::combinations(file, &self.params, named)
    }

    /// Checks that each param the overrides set is among those that are named by any stream or schema.
    ///
    /// # Errors
    /// The first that is not, with the nearest that is.
    pub fn check_set_params(
        &self,
        overrides: &[Override],
        named: &BTreeSet<&str>,
    ) -> Result<(), ConfigError> {
        params::check_set(overrides, named)
    }
}
