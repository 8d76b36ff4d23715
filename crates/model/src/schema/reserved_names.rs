//! Names of tables and columns that a lake or its readers have taken already.

use indexmap::IndexMap;

use super::written::TableColumnWritten;
use crate::config_error::ConfigError;
use crate::config_text::ConfigText;

/// Columns that readers make of a file's path, and would show in place of a table's own.
const OF_PATHS: [&str; 3] = ["source", "date", "month"];
/// Columns that readers add on demand.
const OF_READERS: [&str; 3] = ["filename", "file_row_number", "file_index"];
/// Folders of a lake that hold no table.
const FOLDERS: [&str; 4] = ["raw", "quarantine", "marts", "delta"];

/// The name of a table, which is a folder of the lake.
pub(super) fn table(place: &ConfigText<'_>, name: &str) -> Result<(), ConfigError> {
    let wrong = |message: String, hint: &str| {
        ConfigError::new(place.file, 1, message)
            .with_hint(Some(format!("give the file another name: {hint}")))
    };
    if FOLDERS.contains(&name.to_lowercase().as_str()) {
        let hint = format!("`{name}_rows.yaml`, say, and the mappings that name the table");
        return Err(wrong(
            format!("a table cannot be called `{name}`: that folder of a lake holds something else"),
            &hint,
        ));
    }
    if name.starts_with(['_', '.']) {
        let message = format!(
            "a table cannot be called `{name}`: readers pass over folders that begin with `_` or `.`"
        );
        return Err(wrong(message, "it begins with a letter or a digit"));
    }
    let fits = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(fits) {
        let message = format!("a table cannot be called `{name}`");
        return Err(wrong(message, "it is made of letters, digits, `_`, `-` and `.`"));
    }
    Ok(())
}

/// The names of columns: each is told from all others in any reader, and from what a reader makes of a file's path.
pub(super) fn columns(
    place: &ConfigText<'_>,
    columns: &IndexMap<String, TableColumnWritten>,
) -> Result<(), ConfigError> {
    let mut known: IndexMap<String, &String> = IndexMap::new();
    for name in columns.keys() {
        let at = ["columns", name.as_str()];
        let folded = name.to_lowercase();
        let taken = match folded.as_str() {
            word if OF_PATHS.contains(&word) => Some("readers take it from the folders of a lake"),
            word if OF_READERS.contains(&word) => Some("readers have a column of their own by this name"),
            _ => None,
        };
        if let Some(why) = taken {
            return Err(place.error(&at, format!("a column cannot be called `{name}`: {why}")).with_hint(
                Some(format!("call it `{folded}_sent`, say; `at` in the mapping names the source's field")),
            ));
        }
        if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) {
            return Err(place.error(&at, "the name of a column begins and ends with a letter, digit or sign"));
        }
        if let Some(other) = known.insert(folded, name) {
            let line = place.line_of(&["columns", other.as_str()]);
            return Err(place
                .error(&at, format!("`{name}` and `{other}` (line {line}) are one name to readers that do not look at case"))
                .with_hint(Some("give one of them another name".into())));
        }
    }
    Ok(())
}

/// True for two names that are one folder, or one table, where case does not count.
pub fn is_same_name(name: &str, other: &str) -> bool {
    name.to_lowercase() == other.to_lowercase()
}
