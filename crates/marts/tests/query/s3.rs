//! A lake in a bucket of moto's S3 server, which is skipped, aloud, where there is no Python for it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::call::{Call, csv, refused};
use crate::lake::Lake;

/// The server, ended when dropped.
struct Moto {
    server: Child,
    url: String,
}

impl Moto {
    fn start() -> Option<Self> {
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

    fn lake(&self, to: &str) -> Lake {
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

#[test]
fn a_lake_in_a_bucket_answers_as_one_in_a_folder() {
    let Some(moto) = Moto::start() else { return };
    let lake = moto.lake("s3://lakes/some/lake=1").with_small_rows();
    let folder = Lake::small();
    for sql in [
        "SELECT source, message_id, text, date, month FROM messages ORDER BY source, message_id",
        "SELECT c.locale, count(*) AS n FROM messages AS m JOIN conversations AS c
            ON m.source = c.source AND m.conversation_id = c.conversation_id GROUP BY c.locale ORDER BY 1",
        "SELECT count(*) AS n FROM messages",
        "SELECT name, sources, rows FROM (SELECT 1 AS name, 2 AS sources, 3 AS rows)",
    ] {
        assert_eq!(csv(&lake, sql), csv(&folder, sql), "{sql}");
    }
    let sql = "SELECT message_id FROM messages WHERE month = '2025-04'";
    let ended = Call::query(&lake, &["-v", "--output", "csv", sql]).ends(0);
    assert_eq!(ended.stdout, "message_id\nm3\n");
    assert!(ended.stderr.contains("messages: 1 of 4 files read"), "{}", ended.stderr);

    let nothing = moto.lake("s3://lakes/nothing");
    assert!(refused(&nothing, "SELECT 1", 2).contains("is no lake"));
    let other = moto.lake("s3://no-such-bucket/lake");
    assert!(refused(&other, "SELECT 1", 2).contains("no bucket"));
}
