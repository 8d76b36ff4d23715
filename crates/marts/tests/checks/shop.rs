//! A source of one's own with checks, and a lake of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// When a lake is flattened and checked: a Wednesday.
pub(crate) const NOW: &str = "2025-06-11T09:00:00Z";

const PIPELINE: &str = "\
name: shop
base_url: https://api.example.com
auth: { header: x-api-key, env: SHOP_KEY }
streams:
  notes:
    path: /notes
    pages: { cursor: /next, param: after }
    records: /data
    schema: shop/notes
";

const MAPPING: &str = "\
notes:
  columns:
    agent_id: { at: /agent }
    note_id: { at: /id }
    role: { at: /role }
    text: { at: /text }
    parent_id: { at: /parent }
    sent_at: { at: /at, unit: auto }
";

const TABLE: &str = "\
key: [agent_id, note_id]
partition: { month: sent_at }
order: [note_id]
references: { notes: [agent_id, parent_id] }
columns:
  agent_id: { type: string, required: true }
  note_id: { type: string, required: true }
  role: { type: string }
  text: { type: string }
  parent_id: { type: string }
  sent_at: { type: timestamp }
  extra: { type: json }
  fetched_at: { type: timestamp, required: true }
  page: { type: string, required: true }
";

/// A pipeline with a table of notes, its checks, and a lake.
pub(crate) struct Shop {
    folder: TempDir,
}

impl Shop {
    /// `checks` stands below `checks:` of the table.
    pub(crate) fn new(checks: &str) -> Self {
        let shop = Self { folder: TempDir::new().unwrap() };
        shop.write("pipelines/shop.yaml", PIPELINE);
        shop.write("schemas/shop/notes.yaml", MAPPING);
        shop.write(
            "schemas/tables/notes.yaml",
            &format!("{TABLE}checks:\n  {}\n", checks.replace('\n', "\n  ")),
        );
        shop
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn pipeline(&self) -> PathBuf {
        self.folder.path().join("pipelines/shop.yaml")
    }

    pub(crate) fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// Has notes flattened at [`NOW`].
    pub(crate) fn with(self, notes: &[Value]) -> Self {
        let output = self.flatten(notes, &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self
    }

    pub(crate) fn flatten(&self, notes: &[Value], words: &[&str]) -> Output {
        let page = self.folder.path().join("page.json");
        std::fs::write(&page, json!({ "data": notes }).to_string()).unwrap();
        let mut command = Command::new(core());
        command.arg("flatten").arg(format!("{}/notes", self.pipeline().display())).arg(page);
        command.arg("--to").arg(self.lake()).args(words).env("CONVOLAKE_TEST_NOW", NOW);
        command.output().unwrap()
    }

    /// What `checks` says, and its exit code.
    pub(crate) fn checks(&self, words: &[&str]) -> (Value, i32) {
        self.checks_at(NOW, words)
    }

    pub(crate) fn checks_at(&self, now: &str, words: &[&str]) -> (Value, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
        command.arg("checks").arg("--to").arg(self.lake()).arg("--pipeline").arg(self.pipeline());
        command.args(["--output", "json"]).args(words).env("CONVOLAKE_TEST_NOW", now);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
        (report, output.status.code().unwrap())
    }

    /// What came of the only check.
    #[track_caller]
    pub(crate) fn check(&self) -> Value {
        let (report, _) = self.checks(&[]);
        let checks = report["tables"][0]["checks"].as_array().unwrap();
        assert_eq!(checks.len(), 1, "{report:#}");
        checks[0].clone()
    }
}

/// A note of an agent; what is null is left out.
pub(crate) fn note(id: &str, fields: Value) -> Value {
    let mut note = json!({ "agent": "a", "id": id, "at": "2025-06-10T10:00:00Z" });
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => note.as_object_mut().unwrap().remove(name),
            value => note.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    note
}

/// The core binary, which was built before.
pub(crate) fn core() -> PathBuf {
    let marts = Path::new(env!("CARGO_BIN_EXE_convolake-marts"));
    let core = marts.with_file_name(format!("convolake{}", std::env::consts::EXE_SUFFIX));
    assert!(core.is_file(), "{} is not built: cargo build --release -p convolake-cli", core.display());
    core
}
