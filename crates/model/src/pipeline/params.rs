//! Params: values the user chooses, and their combinations.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::ConfigError;

/// A value the user chooses, such as which agent to pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// True where a run cannot do without a value.
    pub required: bool,
    /// What it is, for error messages.
    pub doc: Option<String>,
    /// The values so far; each is pulled on its own.
    pub values: Vec<String>,
    /// Where it stands in the pipeline's file, from 1.
    pub line: u64,
}

/// One value for each param that has any: name to value.
pub type ParamSet = BTreeMap<String, String>;

/// All combinations of the params' values.
pub(super) fn combinations(
    file: &str,
    params: &IndexMap<String, Param>,
) -> Result<Vec<ParamSet>, ConfigError> {
    let mut sets = vec![ParamSet::new()];
    for (name, param) in params {
        if param.values.is_empty() {
            if param.required {
                let what = param.doc.as_deref().map(|doc| format!(" ({doc})")).unwrap_or_default();
                return Err(ConfigError::new(
                    file,
                    param.line,
                    format!("the param `{name}`{what} has no value"),
                )
                .with_hint(Some(format!(
                    "add --set params.{name}=VALUE, or `{name}: VALUE` under params:"
                ))));
            }
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
