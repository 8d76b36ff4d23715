//! A running simulator and a client of a few lines, so that no client library's habits stand in between.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use convolake_simulator::{Corpus, Running, Simulator, SimulatorConfig};
use serde_json::Value;
use tokio::runtime::Runtime;

pub(crate) struct Scene {
    pub(crate) running: Running,
    runtime: Runtime,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Scene {
    /// A small generated world with no rate limit.
    pub(crate) fn small() -> Self {
        Self::of(unlimited(Corpus::generated(7, 300)))
    }

    pub(crate) fn of(config: SimulatorConfig) -> Self {
        let runtime = Runtime::new().unwrap();
        let running = runtime.block_on(Simulator::start(config)).unwrap();
        Self { running, runtime }
    }

    pub(crate) fn agentx(&self, path_and_query: &str) -> Answer {
        self.get(path_and_query, "x-api-key: simulator\r\n").unwrap()
    }

    pub(crate) fn convocore(&self, path_and_query: &str) -> Answer {
        self.get(path_and_query, "authorization: Bearer simulator\r\n").unwrap()
    }

    pub(crate) fn get(&self, path_and_query: &str, headers: &str) -> std::io::Result<Answer> {
        self.send("GET", path_and_query, headers, "")
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(self.running.addr)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nhost: localhost\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        )?;
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw)?;
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::UnexpectedEof))?;
        let head = String::from_utf8(raw[..end].to_vec()).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Answer { status, head, body: raw.split_off(end + 4) })
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.send("POST", path, "content-type: application/json\r\n", body).unwrap()
    }

    pub(crate) fn end(self) {
        self.runtime.block_on(self.running.shutdown());
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn data(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()["data"].as_array().unwrap().clone()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

pub(crate) fn unlimited(corpus: Corpus) -> SimulatorConfig {
    SimulatorConfig { agentx_rate: None, ..SimulatorConfig::new(corpus) }
}

pub(crate) const WHOLE: &str = "start_time=1733011200&end_time=1740787200&bot_name=demo-bot";
pub(crate) const CONVERSATIONS: &str = "/conversations/export/v1/conversations";
pub(crate) const MESSAGES: &str = "/conversations/export/v1/messages";
pub(crate) const LIST: &str = "/v3/agents/demo-agent/convos";
pub(crate) const EXPORT: &str = "/v2/agents/demo-agent/convos/export";
