//! The files under `pipelines/` and `schemas/`, built into the binary.

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../", $path)))),*]
    };
}

/// Each built-in file: its path from the project's root, and its text.
pub const BUILTIN_FILES: &[(&str, &str)] = files![
    "pipelines/agentx.yaml",
    "pipelines/convocore.yaml",
    "schemas/pipeline.schema.json",
    "schemas/table.schema.json",
    "schemas/stream.schema.json",
    "schemas/mart.schema.json",
    "schemas/tables/conversations.yaml",
    "schemas/tables/turns.yaml",
    "schemas/tables/messages.yaml",
    "schemas/tables/leads.yaml",
    "schemas/marts/conversation_stats.yaml",
    "schemas/marts/daily_stats.yaml",
    "schemas/marts/response_times.yaml",
    "schemas/agentx/conversations.yaml",
    "schemas/agentx/messages.yaml",
    "schemas/convocore/list.yaml",
    "schemas/convocore/export.yaml",
];

/// The names of the built-in pipelines.
pub fn builtin_pipelines() -> impl Iterator<Item = &'static str> {
    BUILTIN_FILES.iter().filter_map(|(path, _)| path.strip_prefix("pipelines/")?.strip_suffix(".yaml"))
}

/// The text of a built-in file.
pub(crate) fn text(path: &str) -> Option<&'static str> {
    BUILTIN_FILES.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_folders_is_built_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = Vec::new();
        let mut folders = vec![root.join("pipelines"), root.join("schemas")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned()),
                }
            }
        }
        found.sort();
        let mut known: Vec<_> = BUILTIN_FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        known.sort();
        assert_eq!(found, known);
    }
}
