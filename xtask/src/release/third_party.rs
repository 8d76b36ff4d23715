//! The crates that are in a binary, with the texts of their licences, as these ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::command;
use crate::project::Project;

/// How the names of files begin that are part of a licence.
const BEGINNINGS: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

/// Writes what a package is built of into one file: each crate with its licence, and each text once.
pub(super) fn write(project: &Project, package: &str, to: &Path) -> Result<(), String> {
    let text = command::output(project.cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata gave no JSON: {error}"))?;
    let written = describe(&metadata, package);
    std::fs::write(to, written).map_err(|error| format!("{}: {error}", to.display()))
}

fn describe(metadata: &Value, package: &str) -> String {
    let packages: BTreeMap<&str, &Value> =
        list(&metadata["packages"]).iter().map(|package| (word(&package["id"]), package)).collect();
    let mut crates = String::new();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let foreign = built_of(metadata, package).into_iter().filter_map(|id| packages.get(id));
    let mut foreign: Vec<_> = foreign.filter(|package| !package["source"].is_null()).collect();
    foreign.sort_by_key(|package| (word(&package["name"]), word(&package["version"])));
    for package in foreign {
        let name = format!("{} {}", word(&package["name"]), word(&package["version"]));
        let licence = package["license"].as_str().unwrap_or("see its text");
        let _ = writeln!(crates, "{name}: {licence}");
        for text in texts_of(Path::new(word(&package["manifest_path"]))) {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    let rule = "-".repeat(80);
    let mut written = format!("The program is made of these crates beside its own:\n\n{crates}");
    for (text, of) in texts {
        let of: Vec<_> = of.into_iter().collect();
        let _ = write!(written, "\n{rule}\n{}\n{rule}\n{text}\n", of.join(", "));
    }
    written
}

/// The ids of all that is linked in: normal dependencies, and theirs.
fn built_of<'a>(metadata: &'a Value, package: &str) -> BTreeSet<&'a str> {
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (word(&node["id"]), node)).collect();
    let root = list(&metadata["packages"]).iter().find(|found| found["name"] == package);
    let mut next: Vec<&str> = root.map(|root| word(&root["id"])).into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(id) = next.pop() {
        if !found.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).map_or(&[][..], |node| list(&node["deps"]));
        let is_normal =
            |dependency: &&Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        next.extend(dependencies.iter().filter(is_normal).map(|dependency| word(&dependency["pkg"])));
    }
    found
}

/// The licence files beside a manifest.
fn texts_of(manifest: &Path) -> Vec<String> {
    let folder = manifest.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let entries = folder.into_iter().flatten().filter_map(Result::ok);
    let is_licence = |name: &str| BEGINNINGS.iter().any(|word| name.to_lowercase().starts_with(word));
    let files = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_licence));
    files
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .map(|text| text.trim_end().to_owned())
        .collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_builds_or_tests_is_left_out() {
        let package = |name: &str, source: Value| json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT", "source": source, "manifest_path": "/nowhere/Cargo.toml"});
        let dependency = |of: &str, kind: Value| json!({"pkg": of, "dep_kinds": [{"kind": kind}]});
        let registry = json!("registry");
        let metadata = json!({
            "packages": [package("own", Value::Null), package("inner", Value::Null), package("linked", registry.clone()), package("built", registry.clone()), package("tested", registry)],
            "resolve": {"nodes": [
                {"id": "own", "deps": [dependency("inner", Value::Null), dependency("tested", json!("dev")), dependency("built", json!("build"))]},
                {"id": "inner", "deps": [dependency("linked", Value::Null)]},
            ]},
        });
        let written = describe(&metadata, "own");
        assert_eq!(written, "The program is made of these crates beside its own:\n\nlinked 1.0.0: MIT\n");
    }
}
