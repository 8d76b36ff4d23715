//! `convolake simulate` as a process of its own, and its ledger.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

/// Serves until it is dropped.
pub(super) struct Simulator {
    process: Child,
    /// As `127.0.0.1:40000`.
    address: String,
}

/// One request, as the ledger tells it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Request {
    pub(super) arrived_ms: f64,
    pub(super) status: u16,
    pub(super) records: u64,
}

#[derive(Deserialize)]
struct Ledger {
    requests: Vec<Request>,
}

impl Simulator {
    /// With the documented limit of 3 requests a second.
    pub(super) fn start(convolake: &Path, conversations: u64, latency_ms: u64) -> Result<Self, String> {
        let mut command = Command::new(convolake);
        command.args(["simulate", "--port", "0", "--conversations", &conversations.to_string()]);
        command.args(["--latency-ms", &latency_ms.to_string()]);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = spawned.map_err(|error| format!("{command:?} could not be started: {error}"))?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(|error| format!("{command:?}: {error}"))?;
        }
        // From here on the process ends with us, whatever comes.
        let mut simulator = Self { process, address: String::new() };
        let address = line.trim().strip_prefix("listening on http://");
        address
            .ok_or_else(|| format!("{command:?} said `{}`", line.trim()))?
            .clone_into(&mut simulator.address);
        Ok(simulator)
    }

    pub(super) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far, in the order of arrival.
    pub(super) fn requests(&self) -> Result<Vec<Request>, String> {
        let failed = |error: &dyn std::fmt::Display| format!("the ledger of {}: {error}", self.base_url());
        let mut stream = TcpStream::connect(&self.address).map_err(|error| failed(&error))?;
        let asked =
            format!("GET /_simulator/ledger HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(asked.as_bytes()).map_err(|error| failed(&error))?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(|error| failed(&error))?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or_else(|| failed(&"no answer"))?;
        let ledger: Ledger = serde_json::from_str(body).map_err(|error| failed(&error))?;
        Ok(ledger.requests)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // Both fail where it has ended already, which is what is wanted.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
