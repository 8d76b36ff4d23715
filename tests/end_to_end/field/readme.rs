//! The README's lines, pasted in order into a shell by somebody who has just cloned the project.

use std::net::TcpListener;
use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

const README: &str = include_str!("../../../README.md");

/// What a person replaces by something of their own is replaced by what the simulator knows.
fn filled_in(line: &str, port: u16) -> String {
    let simulator = format!("--set base_url=http://127.0.0.1:{port}");
    line.replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"))
        .replace("--port 8080", &format!("--port {port} --agentx-rate 1000"))
        .replace("API_KEY=...", "API_KEY=simulator")
        .replace("YOUR-BOT", &format!("demo-bot {simulator}"))
        .replace("YOUR-AGENT", &format!("demo-agent {simulator}"))
}

/// The lines of the indented blocks that are for a shell: those of blocks that begin with a command, and behind a `$`.
fn shell_lines(text: &str) -> Vec<&str> {
    const COMMANDS: [&str; 5] = ["convolake", "export", "cargo", "cp", "sed"];
    let mut lines = Vec::new();
    let mut is_shell = false;
    let mut is_in_block = false;
    for line in text.lines() {
        let Some(code) = line.strip_prefix("    ") else {
            is_in_block = false;
            continue;
        };
        let first = code.split_whitespace().next().unwrap_or_default();
        if !is_in_block {
            is_in_block = true;
            is_shell = COMMANDS.contains(&first);
        }
        match code.strip_prefix("$ ") {
            Some(command) => lines.push(command),
            None if is_shell => lines.push(code),
            None => {}
        }
    }
    // These need a registry and an hour, and what is built in it: the tests of `marts` have them.
    const BUILT_APART: [&str; 5] =
        ["cargo ", "convolake query ", "convolake mart ", "convolake checks ", "convolake report "];
    lines.retain(|line| !BUILT_APART.iter().any(|begin| line.starts_with(begin)));
    lines
}

#[test]
fn every_line_works_as_it_is_pasted() {
    let folder = TempDir::new().unwrap();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let lines = shell_lines(README);
    assert!(lines.len() >= 12, "few lines are for a shell: {lines:#?}");
    // Each line is told before it runs; the first that fails ends it. The simulator ends with the shell.
    let mut script = "set -e\ntrap 'kill $(jobs -p)' EXIT\n".to_owned();
    for line in &lines {
        let line = filled_in(line, port);
        script += &format!("echo '+ {}' >&2\n{line}\n", line.replace('\'', "'\\''"));
    }
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_convolake")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let started = Instant::now();
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("CONVOLAKE_MAX_DURATION", "60s")
        .env_remove("AGENTX_API_KEY")
        .env_remove("CONVOCORE_API_KEY")
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{:?}\n{stdout}\n{stderr}", output.status);
    assert!(folder.path().join("first-lake/messages").is_dir(), "{stderr}");
    assert!(folder.path().join("report.json").is_file(), "{stderr}");
    println!("figure readme_lines {} in {:.1} s", lines.len(), started.elapsed().as_secs_f64());
}
