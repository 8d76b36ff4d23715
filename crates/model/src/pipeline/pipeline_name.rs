//! Names that no pipeline may have, since they stand in paths of the lake: as `source=NAME`, and beside folders of the lake's own.

/// What the lake itself calls folders by, beside those of the pipelines' states.
pub const LAKE_FOLDERS: [&str; 3] = ["staging", "guard", "probe"];

/// Words that readers take for a value of another type in `source=NAME`: Polars for a truth value or a number, DuckDB for a date, others for no value.
const READ_OTHERWISE: [&str; 7] = ["true", "false", "inf", "infinity", "nan", "null", "epoch"];

/// Why a pipeline cannot be called so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfitName {
    /// The lake has a folder of this name.
    OfLake,
    /// Readers of `source=NAME` take it for a number, a date, a truth value or for nothing, and not for a text.
    ReadOtherwise,
}

/// Whether something stands against a pipeline of this name, which is made of the letters that names are made of.
pub fn unfit_name(name: &str) -> Option<UnfitName> {
    let word = name.to_ascii_lowercase();
    if LAKE_FOLDERS.contains(&word.as_str()) {
        return Some(UnfitName::OfLake);
    }
    let is_read_otherwise = READ_OTHERWISE.contains(&word.as_str())
        || !name.starts_with(|first: char| first.is_ascii_alphabetic());
    is_read_otherwise.then_some(UnfitName::ReadOtherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `duckdb/duckdb#11636`, `prestodb/presto#2233` and what was tried here: what a folder is called decides of which type its column is.
    #[test]
    fn names_that_readers_take_for_another_type_are_told() {
        for name in ["007", "2025-01-01", "1e5", "true", "False", "inf", "Infinity", "nan", "NULL", "epoch"] {
            assert_eq!(unfit_name(name), Some(UnfitName::ReadOtherwise), "{name}");
        }
        for name in LAKE_FOLDERS {
            assert_eq!(unfit_name(name), Some(UnfitName::OfLake), "{name}");
        }
        for name in ["agentx", "e5", "truely", "staging-2", "a007", "today"] {
            assert_eq!(unfit_name(name), None, "{name}");
        }
    }
}
