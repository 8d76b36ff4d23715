//! How a command speaks on stderr: how much, and in which form.

use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;

/// In which form stderr is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// Words, and bars on a terminal.
    #[default]
    Human,
    /// A line of JSON an event, without bars.
    Json,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Loudness {
    /// Only what is wrong.
    Quiet,
    /// Progress and results.
    #[default]
    Usual,
    /// What is decided on the way, too.
    Verbose,
    /// Every request.
    Debug,
    /// Everything.
    Trace,
}

/// How a command speaks on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Voice {
    pub(crate) loudness: Loudness,
    pub(crate) format: LogFormat,
}

impl Loudness {
    /// `-v` so many times.
    pub(crate) fn verbose(times: u8) -> Self {
        match times {
            0 => Self::Usual,
            1 => Self::Verbose,
            2 => Self::Debug,
            _ => Self::Trace,
        }
    }

    /// The log lines that are written.
    pub(crate) fn level(self) -> LevelFilter {
        match self {
            Self::Quiet | Self::Usual => LevelFilter::WARN,
            Self::Verbose => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}
