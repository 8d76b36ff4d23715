//! Results, on stdout.

use std::io::{self, ErrorKind, Write};

use convolake_engine::{Outcome, io_words};

use super::trouble;

/// Whether a result was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Delivery {
    /// All of it is written.
    Delivered,
    /// The reader has gone, or what stdout leads to takes nothing.
    Lost,
}

impl Delivery {
    /// The exit code of a command that would end with `code`: what is done is done, and that its result is lost is a
    /// failure of its own where there is none so far.
    pub(crate) fn exit_code(self, code: u8) -> u8 {
        match (self, code) {
            (Self::Lost, 0) => Outcome::Failed.exit_code(),
            (Self::Delivered | Self::Lost, code) => code,
        }
    }
}

/// Writes a document to stdout, for a program that needs all of it.
pub(crate) fn result(text: &str) -> Delivery {
    delivered(write(text))
}

/// Writes text for people to stdout. Who closes it early, as `head` does, has seen enough.
pub(crate) fn text(text: &str) -> Delivery {
    match write(text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Delivery::Delivered,
        written => delivered(written),
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

pub(super) fn delivered(written: io::Result<()>) -> Delivery {
    let Err(error) = written else { return Delivery::Delivered };
    let words = match error.kind() {
        ErrorKind::BrokenPipe => "its reader has closed it".to_owned(),
        _ => io_words(&error),
    };
    trouble(&format!("error: the result could not be written to stdout: {words}"));
    Delivery::Lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_result_is_a_failure_unless_there_is_one_already() {
        for (delivery, code, expected) in [
            (Delivery::Delivered, 0, 0),
            (Delivery::Delivered, 75, 75),
            (Delivery::Lost, 0, 1),
            (Delivery::Lost, 75, 75),
        ] {
            assert_eq!(delivery.exit_code(code), expected, "{delivery:?}, {code}");
        }
    }
}
