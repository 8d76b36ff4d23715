//! A situation: what stands in the folder, the command, and what it is told.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::mask::masked;
use crate::convolake::Convolake;
use crate::damage::copy_all;
use crate::field::script::{Answer, Script};
use crate::lake::Lake;
use crate::source::Source;

/// What the situations have in common.
pub(super) struct World {
    source: Source,
    /// Answers by the first part of the path.
    script: Script,
    lake: Lake,
}

impl World {
    pub(super) fn start() -> Self {
        let (source, lake) = (Source::tidy(5), Lake::on_disk());
        Convolake::pull("agentx", &source, &lake).ends(0);
        let script = Script::start(|_, asked| answer(asked.path().split('/').nth(1).unwrap_or_default()));
        Self { source, script, lake }
    }

    /// Puts a lake of agentx into a folder.
    pub(super) fn lake_in(&self, folder: &Path) {
        copy_all(self.lake.path(), folder);
    }

    fn filled_in(&self, text: &str) -> String {
        text.replace("SOURCE", &self.source.base_url()).replace("SCRIPT", &self.script.base_url())
    }

    fn without_ports(&self, text: &str) -> String {
        let host = |url: String| url.trim_start_matches("http://").to_owned();
        text.replace(&host(self.source.base_url()), "SOURCE").replace(&host(self.script.base_url()), "SCRIPT")
    }
}

fn answer(kind: &str) -> Answer {
    const RECORDS: &str = r#"{"success":true,"data":[]}"#;
    match kind {
        "html" => Answer::status(200, "<html>please log in</html>").header("content-type", "text/html"),
        "empty" => Answer::json(""),
        "text" => Answer::json("hello"),
        "cut" => Answer::json(r#"{"success":true,"data":[{"_id":"a""#),
        "elsewhere" => Answer::json(r#"{"success":true,"items":[]}"#),
        "says-no" => Answer::json(r#"{"success":false,"message":"the bot is gone"}"#),
        "gzip" => Answer::json(RECORDS).header("content-encoding", "gzip"),
        "brotli" => Answer::json(RECORDS).header("content-encoding", "br"),
        "moved" => Answer::status(302, "").header("location", "http://other.invalid/?key=S3cret"),
        status => Answer::status(status.parse().unwrap_or(404), r#"{"message":"words of the source"}"#),
    }
}

/// A situation.
pub(super) struct Case {
    command: &'static str,
    environment: Vec<(&'static str, &'static str)>,
    prepare: Prepare,
}

/// Puts into a folder what a command finds there.
type Prepare = Box<dyn Fn(&Path, &World) + Send + Sync>;

impl Case {
    /// A command line as it is typed, without the program; quotes are single ones.
    pub(super) fn new(command: &'static str) -> Self {
        Self { command, environment: Vec::new(), prepare: Box::new(|_, _| ()) }
    }

    pub(super) fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    /// What is done to the folder before.
    pub(super) fn after(mut self, prepare: impl Fn(&Path, &World) + Send + Sync + 'static) -> Self {
        self.prepare = Box::new(prepare);
        self
    }

    /// With a file in the folder.
    pub(super) fn file(self, name: &'static str, bytes: &'static [u8]) -> Self {
        self.after(move |folder, _| {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        })
    }

    /// The command, the exit code, and all that is printed.
    pub(super) fn told(&self, world: &World) -> String {
        let folder = TempDir::new().unwrap();
        (self.prepare)(folder.path(), world);
        let output = Command::new(env!("CARGO_BIN_EXE_convolake"))
            .args(words(self.command).iter().map(|word| world.filled_in(word)))
            .current_dir(folder.path())
            .env_clear()
            .env("AGENTX_API_KEY", "simulator")
            .env("COLUMNS", "80")
            .envs(self.environment.iter().map(|(name, value)| (name, world.filled_in(value))))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        let printed = world.without_ports(&printed.replace(folder.path().to_str().unwrap(), "FOLDER"));
        let variables: String =
            self.environment.iter().map(|(name, value)| format!("{name}={value:?} ")).collect();
        let code = output.status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
        let command = format!("$ {variables}convolake {}", self.command).replace("S3cret", "KEY");
        format!("{command}\n{}exit code {code}\n", masked(&printed))
    }
}

/// The words of a line; what stands between single quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}
