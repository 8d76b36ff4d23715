//! The JSON Schemas under `schemas/` are what the types say; `cargo xtask schemas` writes them anew.

use std::path::Path;

use convolake_model::json_schemas;

#[test]
fn the_files_are_what_the_types_say() {
    // Asked for when it runs, as checkouts may share a build folder.
    let crate_folder =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let folder = Path::new(&crate_folder).join("../../schemas");
    let regenerate = std::env::var_os("CONVOLAKE_REGENERATE").is_some();
    for (name, text) in json_schemas() {
        let path = folder.join(name);
        if regenerate {
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == text,
            "schemas/{name} is not what the types say; `cargo xtask schemas` writes it anew"
        );
    }
}
