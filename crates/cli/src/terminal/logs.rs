//! What crates log, on stderr.

use std::io::{self, Write};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;

use super::json_log::JsonEvents;
use super::stderr;
use convolake_engine::{LogFormat, Loudness, Voice};

/// Speaks on stderr as `voice` says, from here on.
pub(crate) fn log_to_stderr(voice: Voice) {
    stderr::begin(voice);
    // A line that cannot be written is let go: the library would tell of it on stderr, and panic there.
    let logs = fmt()
        .with_max_level(level(voice.loudness))
        .with_ansi(stderr::has_colours())
        .log_internal_errors(false)
        .with_writer(|| Lines);
    match voice.format {
        // For people: when and in which module is for those who look for a fault.
        LogFormat::Human if voice.loudness <= Loudness::Usual => {
            logs.without_time().with_target(false).init()
        }
        LogFormat::Human => logs.init(),
        LogFormat::Json => logs.event_format(JsonEvents).init(),
    }
}

/// The log lines that are written.
fn level(loudness: Loudness) -> LevelFilter {
    match loudness {
        Loudness::Quiet | Loudness::Usual => LevelFilter::WARN,
        Loudness::Verbose => LevelFilter::INFO,
        Loudness::Debug => LevelFilter::DEBUG,
        Loudness::Trace => LevelFilter::TRACE,
    }
}

/// Takes whole lines, and never fails.
struct Lines;

impl Write for Lines {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        stderr::write(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
