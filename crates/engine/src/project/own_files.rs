//! Where a pipeline is found that is asked for by a name or a path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::project::builtin;

/// The folder of the working directory in which a pipeline goes by its name.
const FOLDER: &str = "pipelines";

/// Where a pipeline is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipelinePlace {
    /// A file whose path was given.
    Path(PathBuf),
    /// A file of ./pipelines that was asked for by its name. It comes before a built-in pipeline of that name.
    OwnFile {
        /// The file.
        path: PathBuf,
        /// True where there is a built-in pipeline of that name, too, with another text.
        hides_built_in: bool,
    },
    /// Among the built-in ones, if anywhere.
    BuiltIn,
}

impl PipelinePlace {
    /// The place of a pipeline.
    pub fn of(pipeline: &str) -> Self {
        let is_path =
            pipeline.contains(['/', '\\']) || pipeline.ends_with(".yaml") || pipeline.ends_with(".yml");
        if is_path {
            return Self::Path(pipeline.into());
        }
        let own = ["yaml", "yml"].iter().map(|end| Path::new(FOLDER).join(format!("{pipeline}.{end}")));
        match own.into_iter().find(|path| path.is_file()) {
            Some(path) => {
                let built_in = builtin::text(&format!("{FOLDER}/{pipeline}.yaml"));
                let is_other = |text| std::fs::read_to_string(&path).ok().as_deref() != Some(text);
                let hides_built_in = built_in.is_some_and(is_other);
                Self::OwnFile { path, hides_built_in }
            }
            None => Self::BuiltIn,
        }
    }
}

/// The names that pipelines go by here: built in, and those of the files in ./pipelines.
pub fn known_pipelines() -> Vec<String> {
    let mut names: BTreeSet<String> = builtin::builtin_pipelines().map(str::to_owned).collect();
    let own = std::fs::read_dir(FOLDER).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    names.extend(own.filter(is_yaml).filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())));
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_path_is_one() {
        for (pipeline, expected) in [
            ("mine.yaml", PipelinePlace::Path("mine.yaml".into())),
            ("x/mine", PipelinePlace::Path("x/mine".into())),
            ("agentx", PipelinePlace::BuiltIn),
            ("mine", PipelinePlace::BuiltIn),
        ] {
            assert_eq!(PipelinePlace::of(pipeline), expected, "{pipeline}");
        }
        assert!(known_pipelines().contains(&"convocore".to_owned()));
    }
}
