//! The sources of a crate, read and taken apart.

use std::path::Path;

use proc_macro2::TokenStream;

use super::paths::{CratePath, paths};
use super::size::Tests;

/// One file of `src`.
#[derive(Debug)]
pub(super) struct Source {
    /// Below the crate's folder, as `src/load/mod.rs`.
    pub(super) file: String,
    /// The modules from the root to this one, as `[load]`; empty for the root.
    pub(super) module: Vec<String>,
    pub(super) paths: Vec<CratePath>,
    /// Lines that are no tests.
    pub(super) lines: usize,
    /// Whether only tests are built with it.
    pub(super) is_of_tests: bool,
    tests: Tests,
}

impl Source {
    /// The room it stands in; `None` for the root.
    pub(super) fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// Whether only tests are built with this line.
    pub(super) fn is_of_tests_at(&self, line: usize) -> bool {
        self.is_of_tests || self.tests.has(line)
    }
}

/// All files of the crate in `folder`, in the order of their names.
pub(super) fn read(folder: &Path) -> Result<Vec<Source>, String> {
    let mut texts = Vec::new();
    read_folder(&folder.join("src"), "src", &mut texts)?;
    texts.sort();
    parse(&texts)
}

/// Takes texts apart, each with its file's name.
pub(super) fn parse(texts: &[(String, String)]) -> Result<Vec<Source>, String> {
    let mut sources = Vec::new();
    let mut test_modules = Vec::new();
    for (file, text) in texts {
        let tokens: TokenStream = text.parse().map_err(|error| format!("{file}: {error}"))?;
        let module = module(file);
        let tests = Tests::of(tokens.clone());
        test_modules.extend(tests.modules.iter().map(|name| {
            let mut inner = module.clone();
            inner.push(name.clone());
            inner
        }));
        sources.push(Source {
            file: file.clone(),
            paths: paths(tokens, &module),
            module,
            lines: text.lines().count().saturating_sub(tests.n_lines()),
            is_of_tests: false,
            tests,
        });
    }
    for source in &mut sources {
        if test_modules.iter().any(|tests| source.module.starts_with(tests)) {
            source.is_of_tests = true;
            source.lines = 0;
        }
    }
    Ok(sources)
}

/// `src/load/mod.rs` and `src/load.rs` are `[load]`; `src/lib.rs` and `src/main.rs` are the root.
fn module(file: &str) -> Vec<String> {
    let path = file.strip_prefix("src/").unwrap_or(file).trim_end_matches(".rs");
    let mut names: Vec<String> = path.split('/').map(str::to_owned).collect();
    let is_root = names.len() == 1 && matches!(path, "lib" | "main");
    if is_root || names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

fn read_folder(folder: &Path, name: &str, texts: &mut Vec<(String, String)>) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let name = format!("{name}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            read_folder(&path, &name, texts)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
            texts.push((name, text));
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A tree made up of files and their texts.
    #[track_caller]
    pub(in crate::rooms) fn tree(files: &[(&str, &str)]) -> Vec<Source> {
        let texts = files.iter().map(|(file, text)| (format!("src/{file}"), (*text).to_owned()));
        parse(&texts.collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_file_stands_in_the_room_its_path_begins_with() {
        for (file, room, depth) in [
            ("lib.rs", None, 0),
            ("main.rs", None, 0),
            ("load.rs", Some("load"), 1),
            ("load/mod.rs", Some("load"), 1),
            ("load/spill/block.rs", Some("load"), 3),
            ("load/lib.rs", Some("load"), 2),
        ] {
            let source = &tree(&[(file, "")])[0];
            assert_eq!((source.room(), source.module.len()), (room, depth), "{file}");
        }
    }

    #[test]
    fn files_that_only_tests_are_built_with_have_no_lines() {
        let sources = tree(&[
            ("lib.rs", "mod a;\n#[cfg(test)]\nmod fakes;\n"),
            ("a.rs", "fn f() {}\n#[cfg(test)]\nmod tests;\n"),
            ("a/tests.rs", "fn f() {}\n"),
            ("fakes/mod.rs", "mod b;\n"),
            ("fakes/b.rs", "fn f() {}\n"),
        ]);
        assert_eq!(sources.iter().map(|source| source.lines).collect::<Vec<_>>(), [1, 1, 0, 0, 0]);
    }

    #[test]
    fn a_text_that_is_no_rust_is_named() {
        let error = parse(&[("src/a.rs".to_owned(), "fn f( {".to_owned())]).unwrap_err();
        assert!(error.starts_with("src/a.rs: "), "{error}");
    }
}
