//! Params: values the user chooses, and their combinations.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::config_error::did_you_mean;
use crate::{ConfigError, Override};

/// A value the user chooses, such as which agent to pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// True where a run cannot do without a value.
    pub required: bool,
    /// What it is, for error messages.
    pub doc: Option<String>,
    /// The values so far, each once; each is pulled on its own.
    pub values: Vec<String>,
    /// Where it stands in the pipeline's file, from 1.
    pub line: u64,
}

/// One value for each param that has any: name to value.
pub type ParamSet = BTreeMap<String, String>;

/// All combinations of the values of the params that are `named`. What is required has a value, named or not.
pub(super) fn combinations(
    file: &str,
    params: &IndexMap<String, Param>,
    named: &BTreeSet<&str>,
) -> Result<Vec<ParamSet>, ConfigError> {
    let mut sets = vec![ParamSet::new()];
    for (name, param) in params {
        let is_named = named.contains(name.as_str());
        let is_empty = param.values.iter().any(|value| value.trim().is_empty());
        if param.required && param.values.is_empty() {
            return Err(lacking(file, name, param, "has no value"));
        }
        if (param.required || is_named) && is_empty {
            return Err(lacking(file, name, param, "is empty"));
        }
        if param.values.is_empty() || !is_named {
            continue;
        }
        sets = sets
            .iter()
            .flat_map(|set| {
                param.values.iter().map(move |value| {
                    let mut with = set.clone();
                    with.insert(name.clone(), value.clone());
                    with
                })
            })
            .collect();
    }
    Ok(sets)
}

/// Each param that is set on the command line is named by something: one that is misspelt would be a param of its own.
pub(super) fn check_set(overrides: &[Override], named: &BTreeSet<&str>) -> Result<(), ConfigError> {
    let set = overrides.iter().flat_map(|set| set.params().into_iter().map(move |name| (set, name)));
    for (set, name) in set {
        if !named.contains(name) {
            let message = format!("no stream names a param `{name}`: no path, query or column takes it");
            return Err(ConfigError::new(format!("--set {}", set.key()), 0, message)
                .with_hint(did_you_mean(name, named.iter().copied())));
        }
    }
    Ok(())
}

fn lacking(file: &str, name: &str, param: &Param, what: &str) -> ConfigError {
    let doc = param.doc.as_deref().map(|doc| format!(" ({doc})")).unwrap_or_default();
    ConfigError::new(file, param.line, format!("the param `{name}`{doc} {what}"))
        .with_hint(Some(format!("add --set params.{name}=VALUE, or `{name}: VALUE` under params:")))
}
