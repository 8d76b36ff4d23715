//! Calls of the built binary.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::lake::Lake;
use crate::source::Source;
use crate::until::until;

/// A call of the binary that is still to be made.
pub(crate) struct Convolake {
    command: Command,
}

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Convolake {
    /// With the keys of the simulator in the environment.
    pub(crate) fn new(words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convolake"));
        command.args(words).stdin(Stdio::null());
        for key in KEYS {
            command.env(key, "simulator");
        }
        Self { command }
    }

    /// `run PIPELINE` from the source into the lake, without a rate limit of our own, the report on stdout.
    pub(crate) fn pull(pipeline: &str, source: &Source, lake: &Lake) -> Self {
        Self::run(pipeline, &source.base_url(), lake).set("rate_limit.requests_per_second=1000")
    }

    /// A command that pulls, up to its `--to`, without a rate limit of our own, the report on stdout.
    pub(crate) fn pulling(words: &[&str], pipeline: &str, source: &Source, lake: &Lake) -> Self {
        Self::new(words)
            .arg(lake.path())
            .set(&format!("base_url={}", source.base_url()))
            .set(param(pipeline))
            .set("rate_limit.requests_per_second=1000")
            .json()
    }

    /// `run PIPELINE` from `base_url` into the lake, the report on stdout.
    pub(crate) fn run(pipeline: &str, base_url: &str, lake: &Lake) -> Self {
        Self::new(&["run", pipeline])
            .to(lake)
            .set(&format!("base_url={base_url}"))
            .set(param(pipeline))
            .json()
    }

    pub(crate) fn replay(pipeline: &str, lake: &Lake) -> Self {
        Self::new(&["replay", pipeline]).to(lake).json().without_keys()
    }

    /// The same call of the binary in a folder of its own, with no other program beside it or on the path.
    pub(crate) fn alone_in(self, folder: &Path) -> Self {
        let program = folder.join(format!("convolake{}", std::env::consts::EXE_SUFFIX));
        if !program.exists() {
            let built = env!("CARGO_BIN_EXE_convolake");
            // Linked where that goes: a program that is still being written cannot be called.
            std::fs::hard_link(built, &program)
                .or_else(|_| std::fs::copy(built, &program).map(drop))
                .unwrap();
        }
        let mut command = Command::new(program);
        command.args(self.command.get_args()).stdin(Stdio::null());
        let given = self.command.get_envs();
        command.envs(given.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
        command.env("PATH", folder);
        Self { command }
    }

    /// The same call by another program, which becomes it.
    #[cfg(unix)]
    pub(crate) fn below(self, program: &str) -> Self {
        let mut command = Command::new(program);
        command.arg(self.command.get_program()).args(self.command.get_args()).stdin(Stdio::null());
        let given = self.command.get_envs();
        command.envs(given.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
        Self { command }
    }

    /// `--to` the lake, and what it takes to reach it.
    pub(crate) fn to(mut self, lake: &Lake) -> Self {
        self.command.args(["--to", lake.to()]);
        self.command.envs(lake.environment().iter().map(|(name, value)| (name, value)));
        self
    }

    pub(crate) fn arg(mut self, word: impl AsRef<Path>) -> Self {
        self.command.arg(word.as_ref());
        self
    }

    pub(crate) fn args(mut self, words: &[&str]) -> Self {
        self.command.args(words);
        self
    }

    pub(crate) fn set(self, assignment: &str) -> Self {
        self.args(&["--set", assignment])
    }

    pub(crate) fn json(self) -> Self {
        self.args(&["--output", "json"])
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With a clock that shows this instant at first, in Unix seconds.
    pub(crate) fn at(self, unix_s: i64) -> Self {
        let now = jiff::Timestamp::from_second(unix_s).unwrap();
        self.env("CONVOLAKE_TEST_NOW", &now.to_string())
    }

    /// What it reads on stdin, through a pipe.
    pub(crate) fn stdin_of(mut self, bytes: &[u8]) -> Self {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let bytes = bytes.to_owned();
        // It may end before it has read all.
        std::thread::spawn(move || drop(writer.write_all(&bytes)));
        self.command.stdin(reader);
        self
    }

    /// Where its result and its words go, in place of being read by the test.
    pub(crate) fn stdout_to(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub(crate) fn stderr_to(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
        self
    }

    pub(crate) fn without_keys(mut self) -> Self {
        for key in KEYS {
            self.command.env_remove(key);
        }
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs to the end, which must be this exit code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Ended {
        let ended = self.ends_somehow();
        assert_eq!(ended.code, Some(code), "exit code; {ended}");
        ended
    }

    #[track_caller]
    pub(crate) fn ends_somehow(mut self) -> Ended {
        let output = self.command.output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs beside the test, which must end it.
    pub(crate) fn start(mut self) -> Started {
        let mut child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Read concurrently, so that the process never blocks on a full pipe.
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        let listener = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let line = line.unwrap() + "\n";
                heard.lock().unwrap().push_str(&line);
            }
        });
        Started { child, said, listener: Some(listener) }
    }
}

/// A call under way; killed at the latest when it is dropped.
pub(crate) struct Started {
    pub(crate) child: Child,
    said: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

impl Started {
    /// Sends a signal, as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success(), "no signal {name}");
    }

    /// Waits until people read this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        until(&format!("somebody says `{text}`"), || self.said.lock().unwrap().contains(text));
    }

    /// True once the process has come to its end by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for the end, which must be this exit code.
    #[track_caller]
    pub(crate) fn ends(mut self, code: i32) -> Ended {
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        let code_seen = self.child.wait().unwrap().code();
        self.listener.take().unwrap().join().unwrap();
        let ended = Ended { code: code_seen, stdout, stderr: self.said.lock().unwrap().clone() };
        assert_eq!(ended.code, Some(code), "exit code; {ended}");
        ended
    }

    /// [`Started::ends`], and the most memory it took at once, in bytes, as Linux tells it.
    #[track_caller]
    pub(crate) fn ends_with_peak(self, code: i32) -> (Ended, u64) {
        let status = format!("/proc/{}/status", self.child.id());
        let peak_kib = move || {
            let status = std::fs::read_to_string(&status).ok()?;
            status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        };
        let watcher = std::thread::spawn(move || {
            let mut peak: u64 = 0;
            // A process that has ended has no such line.
            while let Some(seen) = peak_kib() {
                peak = seen;
                std::thread::sleep(Duration::from_millis(2));
            }
            peak
        });
        let ended = self.ends(code);
        (ended, watcher.join().unwrap() * 1024)
    }

    /// Kills the process with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Both fail for a process that has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Ended {
    /// The one JSON document on stdout.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no report, {error}; {self}"))
    }

    /// The sum of a number over all tables, as `rows_added`.
    #[track_caller]
    pub(crate) fn total(&self, name: &str) -> u64 {
        let report = self.report();
        let tables = report["tables"].as_object().unwrap();
        tables.values().map(|table| table[name].as_u64().unwrap()).sum()
    }

    /// The result holds all of these texts.
    #[track_caller]
    pub(crate) fn shows(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.stdout.contains(text), "nothing shows `{text}`; {self}");
        }
        self
    }

    /// What people read beside the result holds all of these texts.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.stderr.contains(text), "nothing says `{text}`; {self}");
        }
        self
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

const KEYS: [&str; 2] = ["AGENTX_API_KEY", "CONVOCORE_API_KEY"];

/// The setting of the pipeline's param; a copy of a built-in pipeline has its file name.
pub(crate) fn param(pipeline: &str) -> &'static str {
    match pipeline.contains("agentx") {
        true => "params.bot_name=demo-bot",
        false => "params.agent_id=demo-agent",
    }
}
