//! moto's S3 server, with a bucket; skipped, aloud, where there is no Python for it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::lake::Lake;

/// The server, ended when dropped.
pub(crate) struct Moto {
    server: Child,
    url: String,
}

impl Moto {
    pub(crate) fn start() -> Option<Self> {
        let Some(python) = std::env::var_os("CONVOLAKE_PYTHON") else {
            eprintln!("skipped: CONVOLAKE_PYTHON names no Python with moto; `cargo xtask test` makes one");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop/moto_server.py");
        let mut command = Command::new(python);
        command.arg(script).arg("lakes").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://"), "{url}");
        Some(Self { server, url: url.trim().to_owned() })
    }

    pub(crate) fn lake(&self, to: &str) -> Lake {
        let environment = [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "moto"),
            ("AWS_SECRET_ACCESS_KEY", "moto"),
        ];
        Lake::in_bucket(to.to_owned(), environment.map(|(name, value)| (name, value.to_owned())).to_vec())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // Its standard input ends with it.
        drop(self.server.stdin.take());
        drop(self.server.wait());
    }
}
