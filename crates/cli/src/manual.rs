//! `convolake completions` and `convolake man`: what shells and readers of manuals are told of the command line.

use std::path::Path;

use clap_complete::Shell;
use clap_complete::env::Shells;
use convolake_engine::{Outcome, io_words};

use crate::arguments::Arguments;
use crate::terminal;
use convolake_engine::Failure;

/// Names the shell that asks how a line goes on.
pub(crate) const COMPLETION_VARIABLE: &str = "CONVOLAKE_COMPLETE";

/// Prints what makes a shell ask this binary how a line goes on.
pub(crate) fn completions(shell: Shell) -> Result<u8, Failure> {
    let name = shell.to_string();
    let shells = Shells::builtins();
    let completer = shells
        .completer(&name)
        .ok_or_else(|| Failure::other(format!("there are no completions for {name}")))?;
    let mut script = Vec::new();
    completer
        .write_registration(COMPLETION_VARIABLE, "convolake", "convolake", "convolake", &mut script)
        .map_err(Failure::other)?;
    Ok(terminal::text(String::from_utf8_lossy(&script).trim_end()).exit_code(0))
}

/// Prints the manual's first page, or writes all pages into a folder.
pub(crate) fn man(dir: Option<&Path>) -> Result<u8, Failure> {
    let Some(dir) = dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::description()).render(&mut page).map_err(Failure::other)?;
        return Ok(terminal::text(String::from_utf8_lossy(&page).trim_end()).exit_code(0));
    };
    let written =
        std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(Arguments::description(), dir));
    written.map_err(|error| Failure::Other {
        message: format!("writing the manual into {} failed: {}", dir.display(), io_words(&error)),
        hint: Some("give another folder with --dir".to_owned()),
        outcome: Outcome::Failed,
    })?;
    terminal::line(&format!(
        "wrote the manual to {}; `man -l {}/convolake.1` shows it",
        dir.display(),
        dir.display()
    ));
    Ok(0)
}
