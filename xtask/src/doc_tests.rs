//! Whether there is any doc test: without one, cargo would link every crate's documentation for nothing.

use std::path::Path;

/// True where a library's documentation holds a Rust example.
pub(crate) fn are_there(crates: &Path) -> bool {
    let Ok(folders) = std::fs::read_dir(crates) else {
        return false;
    };
    folders.flatten().any(|folder| is_in_folder(&folder.path().join("src")))
}

fn is_in_folder(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        path.is_dir() && is_in_folder(&path)
            || is_rust && std::fs::read_to_string(&path).is_ok_and(|text| is_in_text(&text))
    })
}

fn is_in_text(text: &str) -> bool {
    let mut is_inside = false;
    for line in text.lines().map(str::trim_start) {
        let Some(doc) = line.strip_prefix("//!").or_else(|| line.strip_prefix("///")) else {
            is_inside = false;
            continue;
        };
        let Some(language) = doc.trim().strip_prefix("```") else {
            continue;
        };
        if !is_inside && matches!(language, "" | "rust" | "no_run" | "should_panic" | "compile_fail") {
            return true;
        }
        is_inside = !is_inside;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_told_from_pictures() {
        for (text, expected) in [
            ("/// ```\n/// let x = 1;\n/// ```", true),
            ("//! ```text\n//! a -> b\n//! ```\nfn f() {}", false),
            ("//! ```text\n//! ```\n//! ```no_run\n//! ```", true),
            ("// ```\nlet text = \"```\";", false),
        ] {
            assert_eq!(is_in_text(text), expected, "{text}");
        }
    }
}
