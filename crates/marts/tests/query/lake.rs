//! Lakes that the core binary makes of page files written here.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A lake in a folder that goes with the test, or in a bucket.
pub(crate) struct Lake {
    pub(crate) to: String,
    pub(crate) environment: Vec<(&'static str, String)>,
    folder: TempDir,
}

impl Lake {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let to = folder.path().join("lake=1").to_str().unwrap().to_owned();
        Self { to, environment: Vec::new(), folder }
    }

    pub(crate) fn in_bucket(to: String, environment: Vec<(&'static str, String)>) -> Self {
        Self { to, environment, folder: TempDir::new().unwrap() }
    }

    /// Two conversations of two months, by AgentX, and one of Convocore.
    pub(crate) fn small() -> Self {
        Self::new().with_small_rows()
    }

    pub(crate) fn with_small_rows(self) -> Self {
        self.flatten("agentx/messages", "bot_name=b", &small_messages());
        self.flatten("agentx/conversations", "bot_name=b", &small_conversations());
        self.flatten("convocore/export", "agent_id=a1", &small_export());
        self
    }

    /// Has records of a stream flattened into the lake.
    #[track_caller]
    pub(crate) fn flatten(&self, stream: &str, param: &str, records: &Value) {
        self.flatten_with(stream, &["--set", &format!("params.{param}")], records);
    }

    /// [`Lake::flatten`], with a partition a day.
    #[track_caller]
    pub(crate) fn flatten_by_days(&self, stream: &str, param: &str, records: &Value) {
        let param = format!("params.{param}");
        self.flatten_with(stream, &["--set", &param, "--set", "partition_by=day"], records);
    }

    #[track_caller]
    fn flatten_with(&self, stream: &str, words: &[&str], records: &Value) {
        let page = self.folder.path().join("page.json");
        std::fs::write(&page, json!({"success": true, "data": records, "cursor": null}).to_string()).unwrap();
        let mut command = Command::new(core());
        command.args(["flatten", stream]).arg(page).args(["--to", &self.to]).args(words);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// [`Lake::flatten`] of AgentX's messages by a table that has one column more, which may be null.
    #[track_caller]
    pub(crate) fn flatten_with_new_column(&self, column: &str, records: &Value) {
        let project = self.folder.path().join("project");
        let init = Command::new(core()).arg("init").arg(&project).output().unwrap();
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        let table = project.join("schemas/tables/messages.yaml");
        let text = std::fs::read_to_string(&table).unwrap();
        let grown = text.replace("  extra:", &format!("  {column}: {{ type: string }}\n  extra:"));
        std::fs::write(&table, grown).unwrap();
        let page = self.folder.path().join("page.json");
        std::fs::write(&page, json!({"success": true, "data": records, "cursor": null}).to_string()).unwrap();
        let mut command = Command::new(core());
        command.args(["flatten", "agentx/messages"]).arg(page).args(["--to", &self.to]);
        let output = command.args(["--set", "params.bot_name=b"]).current_dir(project).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Adds all that lies in another lake.
    pub(crate) fn take_in(&self, other: &Self) {
        copy_all(other.path(), self.path());
    }

    pub(crate) fn path(&self) -> &Path {
        Path::new(&self.to)
    }

    /// A place for a file of the test.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The table files below a folder of the lake.
    pub(crate) fn files(&self, below: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path().join(below)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path),
                }
            }
        }
        found.sort();
        found
    }
}

fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy_all(&path, &there),
            false => drop(std::fs::copy(&path, &there).unwrap()),
        }
    }
}

/// The core binary, which was built before.
pub(crate) fn core() -> PathBuf {
    let marts = Path::new(env!("CARGO_BIN_EXE_convolake-marts"));
    let core = marts.with_file_name(format!("convolake{}", std::env::consts::EXE_SUFFIX));
    assert!(core.is_file(), "{} is not built: cargo build --release -p convolake-cli", core.display());
    core
}

fn small_messages() -> Value {
    json!([
        {"_id": "m1", "conversationId": "c1", "time": "2025-03-30T10:00:00Z", "type": "UserInput",
            "userInput": "hello \u{1b}[31mred"},
        {"_id": "m2", "conversationId": "c1", "time": "2025-03-30T10:00:05.5Z", "type": "Bot",
            "outMsg": {"steps": [{"text": "hi"}]}},
        {"_id": "m3", "conversationId": "c2", "time": "2025-04-02T10:00:00Z", "type": "UserInput",
            "userInput": "an \"old\" line\nof two", "odd": {"a": 1}},
        {"_id": "m4", "conversationId": "c2", "type": "UserInput", "userInput": "no time"},
    ])
}

fn small_conversations() -> Value {
    json!([
        {"_id": "c1", "startTime": "2025-03-30T10:00:00Z", "lastActionAt": "2025-03-30T10:00:05Z", "locale": "en",
            "tags": ["a", "b,c"], "metadata": {"x": 1}, "userMessageCount": 1},
        {"_id": "c2", "startTime": "2025-04-02T10:00:00Z", "lastActionAt": "2025-04-02T10:00:00Z", "locale": "de",
            "tags": [], "metadata": {}, "userMessageCount": 2},
    ])
}

fn small_export() -> Value {
    let message = |text: &str, ts: u64| json!({"type": "text", "payload": {"message": text}, "ts": ts});
    json!([{
        "metadata": {"ID": "v1", "ts": 1_743_328_800, "firstMessageTS": 1_743_328_800, "origin": "web", "messagesNum": 2},
        "turns": [
            {"from": "human", "messages": [message("hi there", 1_743_328_800)]},
            {"from": "bot", "messages": [message("hello", 1_743_328_803)]},
        ],
    }])
}
