//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::command;

/// The workspace, as cargo sees it.
pub(crate) struct Project {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// The build folder, wherever the environment or a configuration put it.
    pub(crate) target: PathBuf,
    /// Each member's name and the names of all it depends on, for building and for tests.
    pub(crate) members: Vec<(String, Vec<String>)>,
}

impl Project {
    /// Asks cargo; no dependency is resolved or downloaded for it.
    pub(crate) fn find() -> Result<Self, String> {
        // Asked for when it runs: a build folder that several checkouts share may hold the binary of another one.
        let folder =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let manifest = Path::new(&folder).join("..").join("Cargo.toml");
        let mut metadata = cargo();
        metadata.args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"]);
        let text = command::output(metadata.arg(manifest))?;
        let metadata: Value =
            serde_json::from_str(&text).map_err(|error| format!("cargo metadata gave no JSON: {error}"))?;
        let folder = |name: &str| {
            let path = metadata[name].as_str();
            path.map(PathBuf::from).ok_or_else(|| format!("cargo metadata names no {name}"))
        };
        let packages = metadata["packages"].as_array().map(Vec::as_slice);
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
            members: packages.unwrap_or_default().iter().map(member).collect(),
        })
    }

    /// `cargo`, in the project's folder.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }
}

fn member(package: &Value) -> (String, Vec<String>) {
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice);
    (name(package), dependencies.unwrap_or_default().iter().map(name).collect())
}

/// The cargo that runs us, so that the toolchain is the same.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
