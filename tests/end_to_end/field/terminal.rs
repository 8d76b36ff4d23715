//! What stands on a screen of 80 columns, and of 40: bars that do not wrap, log lines above them, tables that fit.

use std::process::Command;

use convolake_simulator::{Fault, FaultKind, Stream};

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::Source;

/// Runs a command on a terminal of so many columns, and shows what it wrote.
const ON_A_TERMINAL: &str = r"
import fcntl, os, pty, struct, sys, termios
columns, words = int(sys.argv[1]), sys.argv[2:]
child, screen = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    os.execvp(words[0], words)
while True:
    try:
        piece = os.read(screen, 65536)
    except OSError:
        break
    if not piece:
        break
    sys.stdout.buffer.write(piece)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";

/// What a command writes to a terminal, and its exit code; `None` where there is no Python to make one.
fn on_a_terminal(
    columns: usize,
    words: &[&str],
    variables: &[(&str, &str)],
) -> Option<(String, Option<i32>)> {
    let mut command = Command::new("python3");
    command.args(["-c", ON_A_TERMINAL, &columns.to_string(), env!("CARGO_BIN_EXE_convolake")]).args(words);
    command.env("TERM", "xterm-256color").env_remove("NO_COLOR").env("AGENTX_API_KEY", "simulator");
    command.envs(variables.iter().copied());
    let Ok(output) = command.output() else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    Some((String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code()))
}

/// The pieces that a line of the screen is written in, without codes for colours and cursor.
fn pieces(screen: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut rest = screen.chars();
    while let Some(next) = rest.next() {
        match next {
            '\r' | '\n' => pieces.push(String::new()),
            '\u{1b}' => {
                // Up to the letter that ends a code; one that moves or clears begins another piece.
                let code: String =
                    rest.by_ref().skip(1).take_while_inclusive(|letter| !letter.is_ascii_alphabetic());
                if !code.ends_with('m') {
                    pieces.push(String::new());
                }
            }
            other => pieces.last_mut().unwrap().push(other),
        }
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// What a terminal makes of a text that is longer than its lines.
fn lines_of(text: &str, columns: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(columns).map(|line| line.iter().collect()).collect()
}

trait TakeWhileInclusive: Iterator<Item = char> + Sized {
    fn take_while_inclusive(self, go_on: impl Fn(&char) -> bool) -> String {
        let mut taken = String::new();
        for letter in self {
            taken.push(letter);
            if !go_on(&letter) {
                break;
            }
        }
        taken
    }
}

impl<I: Iterator<Item = char>> TakeWhileInclusive for I {}

/// What spins are patterns of Braille.
const SPINNERS: std::ops::RangeInclusive<char> = '\u{2800}'..='\u{28ff}';

#[test]
fn bars_do_not_wrap_and_what_is_said_stands_above_them() {
    for columns in [40, 80] {
        let (source, lake) = (Source::of_small_pages(20), Lake::new());
        let slow = FaultKind::Delay { ms: 30 };
        source.fault(Fault::new(Stream::AgentxMessages, 1, 1_000, slow));
        let unavailable = FaultKind::Status { code: 503, retry_after: None, body: None };
        source.fault(Fault::new(Stream::AgentxConversations, 1, 1, unavailable));
        let base_url = format!("base_url={}", source.base_url());
        let words = [
            "run",
            "agentx",
            "--to",
            lake.to(),
            "--set",
            &base_url,
            "--set",
            param("agentx"),
            "--set",
            "rate_limit.requests_per_second=1000",
        ];
        let Some((screen, code)) = on_a_terminal(columns, &words, &[]) else { return };
        assert_eq!(code, Some(0), "{screen}");
        let pieces = pieces(&screen);
        // Each line is filled up to the edge of the screen, so that the next one begins below it.
        let drawn = pieces.iter().filter(|piece| piece.starts_with(|first: char| SPINNERS.contains(&first)));
        let bars: Vec<String> = drawn.flat_map(|piece| lines_of(piece, columns)).collect();
        assert!(bars.len() > 3, "{columns}: no bars in {pieces:?}");
        for bar in bars {
            assert!(
                bar.starts_with(|first: char| SPINNERS.contains(&first)),
                "{columns}: `{bar}` is the rest of a line"
            );
            // A number is there whole or not at all.
            let is_counted = bar.contains("page") || bar.contains("merging");
            assert!(is_counted || !bar.contains(|letter: char| letter.is_ascii_digit()), "{columns}: {bar}");
        }
        let warnings: Vec<&String> = pieces.iter().filter(|piece| piece.contains("WARN")).collect();
        assert_eq!(warnings.len(), 1, "{pieces:?}");
        assert!(warnings[0].trim_start().starts_with("WARN"), "{warnings:?}");
        for once in [
            "run agentx: done",
            "messages bot_name=demo-bot: through",
            "conversations bot_name=demo-bot: through",
        ] {
            let n = pieces.iter().filter(|piece| piece.contains(once)).count();
            assert_eq!(n, 1, "{columns}: `{once}` stands {n} times: {pieces:?}");
        }
        assert!(screen.contains("\u{1b}[33m"), "a warning has a colour: {screen:?}");
    }
}

#[test]
fn no_color_takes_colours_and_nothing_else() {
    let colours = |screen: &str| {
        screen
            .split("\u{1b}[")
            .skip(1)
            .any(|code| code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
    };
    for (value, has_colours) in [("1", false), ("", true)] {
        let (source, lake) = (Source::tidy(5), Lake::new());
        let unavailable = FaultKind::Status { code: 503, retry_after: None, body: None };
        source.fault(Fault::new(Stream::AgentxConversations, 1, 1, unavailable));
        let base_url = format!("base_url={}", source.base_url());
        let words = ["run", "agentx", "--to", lake.to(), "--set", &base_url, "--set", param("agentx")];
        let Some((screen, code)) = on_a_terminal(80, &words, &[("NO_COLOR", value)]) else { return };
        assert_eq!(code, Some(0), "{screen}");
        assert_eq!(colours(&screen), has_colours, "NO_COLOR={value}: {screen:?}");
        assert!(screen.contains(|letter: char| SPINNERS.contains(&letter)), "there are bars: {screen:?}");
        assert!(screen.contains("attempt failed"), "{screen:?}");
    }
}

#[test]
fn tables_are_no_wider_than_the_screen() {
    let (source, lake) = (Source::tidy(10), Lake::new());
    Convolake::pull("agentx", &source, &lake).ends(0);
    for columns in [40, 80, 200] {
        for words in [
            &["status", "--to", lake.to()][..],
            &["plan", "agentx", "--to", lake.to(), "--set", param("agentx")],
        ] {
            let Some((screen, code)) = on_a_terminal(columns, words, &[]) else { return };
            assert_eq!(code, Some(0), "{screen}");
            let rows = screen.lines().filter(|line| {
                line.contains("2026-") || line.contains("watermark") || line.contains("demo-bot")
            });
            for line in rows.filter(|line| !line.starts_with("run ") && !line.contains(": ")) {
                assert!(line.chars().count() <= columns, "{columns}: {line:?} in {screen}");
            }
            assert!(screen.contains("bot_name=demo-bot"), "{screen}");
        }
    }
}
