//! The version that the binary names: that of the package, and the commit it was built from where there is one.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // For builds from an archive, which has no history.
    println!("cargo::rerun-if-env-changed=CONVOLAKE_COMMIT");
    // Both change with each commit and checkout.
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--path-format=absolute", "--git-path", name]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let version = env!("CARGO_PKG_VERSION");
    let told = std::env::var("CONVOLAKE_COMMIT").ok().filter(|commit| !commit.is_empty());
    let commit = told.or_else(|| {
        let commit = git(&["rev-parse", "--short=9", "HEAD"])?;
        let date = git(&["show", "--no-patch", "--format=%cs", "HEAD"])?;
        Some(format!("{commit} {date}"))
    });
    match commit {
        Some(commit) => println!("cargo::rustc-env=CONVOLAKE_VERSION={version} ({commit})"),
        None => println!("cargo::rustc-env=CONVOLAKE_VERSION={version}"),
    }
}

/// What git says of the repository that holds this package; `None` without git, or where it is of another project.
fn git(words: &[&str]) -> Option<String> {
    let here = env!("CARGO_MANIFEST_DIR");
    let said = |words: &[&str]| {
        let output = Command::new("git").current_dir(here).args(words).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    // An archive that was unpacked within somebody's repository is not of it.
    said(&["ls-files", "--error-unmatch", "build.rs"])?;
    said(words).filter(|text| !text.is_empty())
}
