//! `SHA256SUMS`, as `sha256sum --check` reads it.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest, Sha256};

const NAME: &str = "SHA256SUMS";

/// Sums up all files of a folder into one beside them.
pub(super) fn write(folder: &Path) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| failed(folder, error))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && path.file_name().is_some_and(|name| name != NAME))
        .collect();
    files.sort();
    let mut sums = String::new();
    for file in &files {
        let content = std::fs::read(file).map_err(|error| failed(file, error))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        for byte in Sha256::digest(&content) {
            write!(sums, "{byte:02x}").map_err(|error| error.to_string())?;
        }
        writeln!(sums, "  {name}").map_err(|error| error.to_string())?;
    }
    let path = folder.join(NAME);
    std::fs::write(&path, &sums).map_err(|error| failed(&path, error))?;
    print!("{sums}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_as_sha256sum_has_them() {
        let folder = std::env::temp_dir().join(format!("convolake-sums-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("b"), "").unwrap();
        std::fs::write(folder.join("a"), "abc").unwrap();
        // A second time, with the sums of the first there.
        for _ in 0..2 {
            write(&folder).unwrap();
        }
        let sums = std::fs::read_to_string(folder.join(NAME)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n\
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n";
        assert_eq!(sums, expected);
    }
}
