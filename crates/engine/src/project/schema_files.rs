//! Where the text of a pipeline, a schema or a table comes from: a file of the user, else one that is built in.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use convolake_model::{
    ConfigError, MartChecks, Partitions, Table, io_words, is_same_name, nearest_word, without_secrets,
};
use indexmap::IndexMap;

use crate::project::builtin;
use crate::project::own_files::{PipelinePlace, known_pipelines};

/// Stands for the file in the error of a pipeline that has none here.
pub(crate) const NO_FILE: &str = "PIPELINE";

/// Ends the name of a file that is built in.
pub(crate) const BUILT_IN: &str = " (built in)";

/// A file's name for messages, and its text.
type NamedText = (String, Cow<'static, str>);

/// The file of a pipeline.
pub(crate) struct PipelineFile {
    /// Its name, for messages.
    pub(crate) file: String,
    pub(crate) text: Cow<'static, str>,
    /// The folder with schemas of its own; `None` for a built-in pipeline.
    pub(crate) schemas: Option<PathBuf>,
}

impl PipelineFile {
    /// Finds a pipeline by its path, or by its name: among the files of ./pipelines, then among the built-in ones.
    pub(crate) fn find(pipeline: &str) -> Result<Self, ConfigError> {
        match PipelinePlace::of(pipeline) {
            PipelinePlace::Path(path) | PipelinePlace::OwnFile { path, .. } => {
                let schemas = path.parent().map(|folder| folder.join("..").join("schemas"));
                let text = read_pipeline(&path)?;
                Ok(Self { file: path.display().to_string(), text: Cow::Owned(text), schemas })
            }
            PipelinePlace::BuiltIn => {
                let path = format!("pipelines/{pipeline}.yaml");
                let text = builtin::text(&path).ok_or_else(|| unknown(pipeline))?;
                Ok(Self { file: format!("{path}{BUILT_IN}"), text: Cow::Borrowed(text), schemas: None })
            }
        }
    }
}

/// The files of schemas and tables: those of a folder come before the built-in ones.
pub(crate) struct SchemaFiles {
    pub(crate) root: Option<PathBuf>,
}

impl SchemaFiles {
    /// The file of a stream's schema; `None` where there is none.
    pub(crate) fn schema(&self, schema: &str) -> Option<Result<NamedText, ConfigError>> {
        let in_folder = self.root.as_ref().map(|root| root.join(format!("{schema}.yaml")));
        if let Some(path) = in_folder.filter(|path| path.is_file()) {
            return Some(read(&path).map(|text| (path.display().to_string(), Cow::Owned(text))));
        }
        let path = format!("schemas/{schema}.yaml");
        builtin::text(&path).map(|text| Ok((format!("{path}{BUILT_IN}"), Cow::Borrowed(text))))
    }

    /// All tables, each checked against those it refers to.
    pub(crate) fn tables(&self) -> Result<IndexMap<String, Table>, ConfigError> {
        let files = self.files("tables")?;
        let parse = |(name, (file, text)): (&String, &NamedText)| {
            let mut table = Table::parse(name, file, text)?;
            // Nobody has asked for what a file of the program's says.
            if builtin::text(&format!("schemas/tables/{name}.yaml")) == Some(&**text) {
                table.partitions = Partitions::Usual(table.partitions.by());
            }
            Ok((name.clone(), table))
        };
        let tables: IndexMap<String, Table> = files.iter().map(parse).collect::<Result<_, ConfigError>>()?;
        let mut checked = tables.clone();
        for (table, (file, text)) in checked.values_mut().zip(files.values()) {
            table.check_references(file, text, &tables)?;
        }
        Ok(checked)
    }

    /// What is expected of marts, checked against the tables they refer to.
    pub(crate) fn marts(
        &self,
        tables: &IndexMap<String, Table>,
    ) -> Result<IndexMap<String, MartChecks>, ConfigError> {
        let parse =
            |(name, (file, text)): (String, NamedText)| Ok((name, MartChecks::parse(&file, &text, tables)?));
        self.files("marts")?.into_iter().map(parse).collect()
    }

    /// The files of a kind, by name.
    fn files(&self, kind: &str) -> Result<IndexMap<String, NamedText>, ConfigError> {
        let mut files = IndexMap::new();
        for (path, text) in builtin::BUILTIN_FILES {
            let path_of_kind = path.strip_prefix("schemas/").and_then(|path| path.strip_prefix(kind));
            if let Some(name) = table_name(path_of_kind.and_then(|path| path.strip_prefix('/'))) {
                files.insert(name.to_owned(), (format!("{path}{BUILT_IN}"), Cow::Borrowed(*text)));
            }
        }
        let in_folder = self.root.as_ref().and_then(|root| std::fs::read_dir(root.join(kind)).ok());
        let mut paths: Vec<PathBuf> =
            in_folder.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if let Some(name) = table_name(path.file_name().and_then(|name| name.to_str())) {
                let other = files.keys().find(|other| *other != name && is_same_name(other, name));
                if let Some(other) = other {
                    return Err(only_case(&path, name, other));
                }
                files.insert(name.to_owned(), (path.display().to_string(), Cow::Owned(read(&path)?)));
            }
        }
        Ok(files)
    }
}

fn table_name(file: Option<&str>) -> Option<&str> {
    file?.strip_suffix(".yaml")
}

fn only_case(path: &Path, name: &str, other: &str) -> ConfigError {
    let message =
        format!("the tables `{name}` and `{other}` are one to readers and disks that do not look at case");
    ConfigError::new(path.display().to_string(), 1, message)
        .with_hint(Some("give one of the files another name, and name it so in the mappings".into()))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| {
        let path = without_secrets(&path.display().to_string());
        ConfigError::new(path, 0, format!("cannot be read: {}", io_words(&error)))
            .with_hint(Some("`convolake init DIR` copies the built-in files out, to edit".into()))
    })
}

/// A pipeline that is not there is answered with the nearest that is.
fn read_pipeline(path: &Path) -> Result<String, ConfigError> {
    let error = match read(path) {
        Err(error) if !path.exists() => error,
        other => return other,
    };
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Err(match nearest(&name) {
        Some(near) => error.with_hint(Some(format!("did you mean `{near}`?"))),
        None => error,
    })
}

fn unknown(pipeline: &str) -> ConfigError {
    let (known, shown) = (known_pipelines(), without_secrets(pipeline));
    let hint = match nearest(pipeline) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "there are {}; a file of yours goes by its name as ./pipelines/NAME.yaml, or by its path",
            known.join(", ")
        ),
    };
    let message = format!("`{shown}` is no built-in pipeline, nor is there a file pipelines/{shown}.yaml");
    ConfigError::new(NO_FILE, 0, message).with_hint(Some(hint))
}

fn nearest(pipeline: &str) -> Option<String> {
    let known = known_pipelines();
    nearest_word(pipeline, known.iter().map(String::as_str)).map(str::to_owned)
}
