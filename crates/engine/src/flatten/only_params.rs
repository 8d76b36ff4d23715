//! The params of pages that do not name their own.

use std::sync::Arc;

use convolake_model::{ConfigError, ParamSet};

use crate::project::param_columns::param_columns;
use crate::{EngineError, Project};

/// The one set of params that the pages are of: each param that fills a column has to have one value. `how` says in the user's words
/// how a param is given.
pub(crate) fn only_params(
    project: &Project,
    stream: &str,
    how: impl Fn(&str) -> String,
) -> Result<Arc<ParamSet>, EngineError> {
    let mut params = ParamSet::new();
    for (_, name) in project.schemas[stream].mappings.iter().flat_map(param_columns) {
        let wanting =
            |message: String| ConfigError::new(&project.file, 0, message).with_hint(Some(how(name)));
        let param = project.pipeline.params.get(name);
        let [value] = param.map(|param| param.values.as_slice()).unwrap_or_default() else {
            return Err(wanting(format!("the param `{name}` fills a column and needs one value")).into());
        };
        if value.trim().is_empty() {
            return Err(wanting(format!("the param `{name}` fills a column and is empty")).into());
        }
        params.insert(name.to_owned(), value.clone());
    }
    Ok(Arc::new(params))
}
