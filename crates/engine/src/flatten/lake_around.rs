//! The lake that a file of landed pages lies in: what its lines refer to is there.

use std::path::{Path, PathBuf};

use convolake_loader::{Lake, LoadError, Location, Raw, RawPage};

use crate::with_causes;

/// The lakes around files, one after the other; that of the last file stays open.
#[derive(Debug, Default)]
pub(crate) struct LakeAround {
    open: Option<(PathBuf, Raw)>,
}

impl LakeAround {
    /// A line of a file, with what it refers to; or why it cannot be had. Blocks.
    pub(crate) fn read_line(&mut self, path: &Path, line: &[u8]) -> Result<RawPage, String> {
        let told = |error: LoadError| with_causes(&error, ": ");
        let root = root(path).ok_or("the file lies in no lake")?;
        if self.open.as_ref().is_none_or(|(open, _)| *open != root) {
            let lake = Lake::open_existing(&Location::Folder(root.clone())).map_err(told)?;
            self.open = lake.map(|lake| (root, lake.raw()));
        }
        let (_, raw) = self.open.as_ref().ok_or("the file lies in no lake")?;
        raw.read_line(line).map_err(told)
    }
}

/// The folder that has the raw zone in it which a file lies in.
fn root(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let zone = path.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "raw"))?;
    zone.parent().map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_landed_file_lies_in_a_lake() {
        for (path, expected) in [
            ("/data/lake/raw/p/s/x/r-00001.jsonl.zst", Some("/data/lake")),
            ("/raw/lake/raw/p/packs/a_b_c.jsonl.zst", Some("/raw/lake")),
            ("/data/pages.jsonl", None),
        ] {
            assert_eq!(root(Path::new(path)).as_deref(), expected.map(Path::new), "{path}");
        }
    }
}
