//! `path:` and `query:`: templates over the pipeline's params.

use indexmap::IndexMap;

use crate::Template;
use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::pipeline::Param;
use crate::pipeline::written::{QueryWritten, StreamWritten};

/// The query of the stream `name`. A template in it, or in the path, names params of the pipeline only.
pub(super) fn query(
    config: &ConfigText<'_>,
    name: &str,
    written: &StreamWritten,
    params: &IndexMap<String, Param>,
) -> Result<IndexMap<String, Template>, ConfigError> {
    let query: IndexMap<String, Template> =
        written.query.iter().map(|(k, v)| (k.clone(), query_value(v))).collect();
    for template in query.values().chain([&written.path]) {
        if let Some(unknown) = template.names().find(|name| !params.contains_key(*name)) {
            let field = if template == &written.path { "path" } else { "query" };
            return Err(config
                .error(&["streams", name, field], format!("`{{{unknown}}}` is no param of this pipeline"))
                .with_hint(did_you_mean(unknown, params.keys().map(String::as_str))));
        }
    }
    Ok(query)
}

fn query_value(written: &QueryWritten) -> Template {
    match written {
        QueryWritten::Text(template) => template.clone(),
        QueryWritten::Number(number) => Template::text(number.to_string()),
    }
}
