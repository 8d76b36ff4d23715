//! Lakes of page files written here, and the page of each.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// When lakes are made and told of.
const NOW: &str = "2025-06-11T09:00:00Z";

pub(crate) struct Lake {
    folder: TempDir,
}

impl Lake {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// Has conversations of Convocore flattened into it.
    pub(crate) fn with(self, conversations: &[Value]) -> Self {
        let page = self.folder.path().join("page.json");
        std::fs::write(&page, json!({"success": true, "data": conversations}).to_string()).unwrap();
        let mut command = Command::new(self.core());
        command.args(["flatten", "convocore/export"]).arg(page).arg("--to").arg(self.path());
        let output =
            command.args(["--set", "params.agent_id=a1"]).env("CONVOLAKE_TEST_NOW", NOW).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self
    }

    /// Builds its marts.
    pub(crate) fn with_marts(self) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
        let output = command.arg("mart").arg("--to").arg(self.path()).env("CONVOLAKE_TEST_NOW", NOW).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self
    }

    /// Where its page is written.
    pub(crate) fn page_path(&self) -> PathBuf {
        self.folder.path().join("report.html")
    }

    /// Its page.
    pub(crate) fn page(&self) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
        command.arg("report").arg("--to").arg(self.path()).arg("--out").arg(self.page_path());
        let output = command.env("CONVOLAKE_TEST_NOW", NOW).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read_to_string(self.page_path()).unwrap()
    }

    fn core(&self) -> PathBuf {
        let marts = Path::new(env!("CARGO_BIN_EXE_convolake-marts"));
        let core = marts.with_file_name(format!("convolake{}", std::env::consts::EXE_SUFFIX));
        assert!(core.is_file(), "{} is not built: cargo build --release -p convolake-cli", core.display());
        core
    }
}

/// A conversation of a person and a bot, on a day of 2025 from 1; `None` has no channel, no time.
pub(crate) fn conversation(id: &str, channel: Option<&str>, day: Option<u32>) -> Value {
    let begins = day.map(|day| 1_735_718_400 + i64::from(day - 1) * 86_400);
    let message = |text: &str, after: i64| {
        let mut message = json!({"type": "text", "payload": {"message": text}});
        if let Some(begins) = begins {
            message["ts"] = json!(begins + after);
        }
        message
    };
    let mut metadata = json!({"ID": id, "messagesNum": 2, "state": "ended_chat"});
    if let Some(channel) = channel {
        metadata["origin"] = json!(channel);
    }
    if let Some(begins) = begins {
        metadata["ts"] = json!(begins);
        metadata["firstMessageTS"] = json!(begins);
    }
    json!({
        "metadata": metadata,
        "turns": [
            {"from": "human", "messages": [message("hi there", 0)]},
            {"from": "bot", "messages": [message("hello", 3)]},
        ],
    })
}

/// Conversations of so many days and channels.
pub(crate) fn conversations(days: u32, channels: u32) -> Vec<Value> {
    let of_day = |day: u32| {
        (0..channels).map(move |channel| {
            conversation(&format!("c{day}-{channel}"), Some(&format!("channel {channel}")), Some(day))
        })
    };
    (1..=days).flat_map(of_day).collect()
}
