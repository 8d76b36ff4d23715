//! The check over all crates that have a table.

use std::path::PathBuf;

use super::graph::Graph;
use super::layers::{AGREED, Layers};
use super::order::findings;
use super::print::text;
use super::source;
use crate::project::Project;

/// Fails with all that speaks against a table that is agreed on.
pub(crate) fn check(project: &Project) -> Result<(), String> {
    let wrong = against(project, AGREED)?;
    match wrong.is_empty() {
        true => {
            println!("rooms: {} crates, all as agreed", AGREED.len());
            Ok(())
        }
        false => Err(format!("rooms that name what they may not:\n  {}", wrong.join("\n  "))),
    }
}

/// Shows what is there, in every crate, and what speaks against the tables.
pub(crate) fn print(project: &Project) -> Result<(), String> {
    for folder in folders(project)? {
        let sources = source::read(&folder)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        println!("{}\n", text(&name, &sources, &Graph::of(&sources)));
    }
    for finding in against(project, AGREED)? {
        println!("{finding}");
    }
    Ok(())
}

fn against(project: &Project, tables: &[Layers]) -> Result<Vec<String>, String> {
    let mut wrong = Vec::new();
    for Layers { folder, rooms } in tables {
        let sources = source::read(&project.root.join("crates").join(folder))?;
        wrong.extend(findings(folder, rooms, &Graph::of(&sources)));
    }
    Ok(wrong)
}

fn folders(project: &Project) -> Result<Vec<PathBuf>, String> {
    let crates = project.root.join("crates");
    let entries = std::fs::read_dir(&crates).map_err(|error| format!("{}: {error}", crates.display()))?;
    let mut folders: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.join("src").is_dir()).collect();
    folders.sort();
    Ok(folders)
}
