//! Where what was asked is kept for the next time.

use std::path::PathBuf;

/// The file, in a folder for it; `None` where the system names no folder for such.
pub(super) fn file() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let folder = named("XDG_STATE_HOME")
        .or_else(|| Some(named("HOME")?.join(".local").join("state")))
        .or_else(|| named("LOCALAPPDATA"))?
        .join("convolake");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("query_history"))
}
