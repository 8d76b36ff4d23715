//! The Python that reads lakes: a virtual environment with the packages of `tests/interop/requirements.txt`, and one for Sail.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::project::Project;

/// The environment's interpreter. What is there already is used again while the requirements are the same.
pub(crate) fn prepare(project: &Project) -> Result<PathBuf, String> {
    environment(project, "interop", "requirements.txt")
}

/// Another environment, with Sail: the clients of Spark that it takes are others than those of the readers.
pub(crate) fn prepare_sail(project: &Project) -> Result<PathBuf, String> {
    environment(project, "interop-sail", "requirements-sail.txt")
}

fn environment(project: &Project, name: &str, requirements: &str) -> Result<PathBuf, String> {
    let requirements = project.root.join("tests/interop").join(requirements);
    let folder = project.target.join(name);
    let python = python_of(&folder);
    let stamp = folder.join("requirements.txt");
    if !python.is_file() || !is_installed(&requirements, &stamp)? {
        fresh(&folder)?;
        install(&python, &requirements, &stamp)?;
    }
    Ok(python)
}

/// A new environment with nothing in it; gives its interpreter.
pub(crate) fn fresh(folder: &Path) -> Result<PathBuf, String> {
    command::run(Command::new(system_python()?).args(["-m", "venv", "--clear"]).arg(folder))?;
    Ok(python_of(folder))
}

/// The interpreter of an environment.
fn python_of(folder: &Path) -> PathBuf {
    folder.join(match cfg!(windows) {
        true => "Scripts/python.exe",
        false => "bin/python",
    })
}

/// `pip install` for an interpreter; what is to be installed follows.
pub(crate) fn pip(python: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip
}

/// A package as the tests have it, with its version.
pub(crate) fn pinned(project: &Project, package: &str) -> Result<String, String> {
    let requirements = project.root.join("tests/interop/requirements.txt");
    let text = read(&requirements)?;
    let line = text.lines().find(|line| line.split("==").next() == Some(package));
    line.map(str::to_owned).ok_or_else(|| format!("{} names no {package}", requirements.display()))
}

/// Builds the Python module from the sources as they are, as `pip install ./python` does, and installs it for these interpreters, the
/// first of which has what builds it.
pub(crate) fn install_module(project: &Project, pythons: [&Path; 2]) -> Result<(), String> {
    let wheels = project.target.join("wheels");
    let mut maturin = Command::new(pythons[0]);
    maturin.current_dir(&project.root).args([
        "-m",
        "maturin",
        "build",
        "--release",
        "--quiet",
        "--manifest-path",
    ]);
    maturin.arg("python/Cargo.toml").arg("--interpreter").arg(pythons[0]).arg("--out").arg(&wheels);
    command::run(&mut maturin)?;
    for python in pythons {
        let mut pip = pip(python);
        pip.args(["--no-deps", "--no-index", "--force-reinstall", "--find-links"]);
        command::run(pip.arg(&wheels).arg("convolake"))?;
    }
    Ok(())
}

/// The same with what `cargo xtask bench` compares with, which the tests do without.
pub(crate) fn prepare_with_peers(project: &Project) -> Result<PathBuf, String> {
    let python = prepare(project)?;
    let requirements = project.root.join("tests/peers/requirements.txt");
    let stamp = project.target.join("interop").join("peers-requirements.txt");
    if !is_installed(&requirements, &stamp)? {
        install(&python, &requirements, &stamp)?;
    }
    Ok(python)
}

/// The folder of packages for `tests/interop/delta.py`, whose DuckDB is another than that of the environment, since its extension is; `None`, and
/// said aloud, where they cannot be had.
pub(crate) fn prepare_delta(project: &Project, python: &Path) -> Option<PathBuf> {
    let requirements = project.root.join("tests/interop/delta_requirements.txt");
    let folder = project.target.join("interop-delta");
    let stamp = folder.join("requirements.txt");
    let installed = match is_installed(&requirements, &stamp) {
        Ok(true) => Ok(()),
        Ok(false) => install_to(python, &requirements, &folder, &stamp),
        Err(error) => Err(error),
    };
    match installed {
        Ok(()) => Some(folder),
        Err(error) => {
            eprintln!("Delta tables are not read by other programs in this test: {error}");
            None
        }
    }
}

fn install_to(python: &Path, requirements: &Path, folder: &Path, stamp: &Path) -> Result<(), String> {
    if folder.is_dir() {
        std::fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut pip = pip(python);
    command::run(pip.args(["--no-deps", "--target"]).arg(folder).arg("--requirement").arg(requirements))?;
    std::fs::copy(requirements, stamp).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(())
}

fn is_installed(requirements: &Path, stamp: &Path) -> Result<bool, String> {
    let wanted = read(requirements)?;
    Ok(read(stamp).is_ok_and(|installed| installed == wanted))
}

/// The stamp is written last, so that an installation that was cut short is done again.
fn install(python: &Path, requirements: &Path, stamp: &Path) -> Result<(), String> {
    command::run(pip(python).arg("--requirement").arg(requirements))?;
    std::fs::copy(requirements, stamp).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(())
}

fn system_python() -> Result<&'static str, String> {
    ["python3", "python"]
        .into_iter()
        .find(|name| command::is_there(Command::new(name).arg("--version")))
        .ok_or_else(|| "no python3 on the PATH; the tests read the lake with Python's readers".to_owned())
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
