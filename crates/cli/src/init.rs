//! `convolake init`: the built-in pipelines and schemas as files.

use std::fs;
use std::path::Path;

use convolake_engine::{BUILTIN_FILES, Outcome, io_words};

use crate::terminal;
use convolake_engine::Failure;

/// Copies the built-in files out. A file that is there already is never overwritten.
pub(crate) fn init(dir: &Path) -> Result<u8, Failure> {
    let taken: Vec<&str> =
        BUILTIN_FILES.iter().map(|(path, _)| *path).filter(|path| dir.join(path).exists()).collect();
    if let Some(first) = taken.first() {
        return Err(Failure::Other {
            message: format!("{} is there already", dir.join(first).display()),
            hint: Some("give another folder, or move your files away first".into()),
            outcome: Outcome::Misconfigured,
        });
    }
    for (path, text) in BUILTIN_FILES {
        let path = dir.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.map_err(|error| Failure::Other {
            message: format!("writing {} failed: {}", path.display(), io_words(&error)),
            hint: Some("give a folder that can be written to".into()),
            outcome: Outcome::Failed,
        })?;
    }
    terminal::line(&format!("wrote {} files; edit them, then", BUILTIN_FILES.len()));
    terminal::line(&format!("  convolake run {} --to ./lake", dir.join("pipelines/agentx.yaml").display()));
    Ok(0)
}
