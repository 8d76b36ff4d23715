//! How a command speaks on stderr: how much, and in which form.

/// In which form stderr is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Words, and bars on a terminal.
    #[default]
    Human,
    /// A line of JSON an event, without bars.
    Json,
}

impl LogFormat {
    /// All of them, each with its name on the command line and what it is.
    pub const ALL: [(Self, &'static str, &'static str); 2] = [
        (Self::Human, "human", "Words, and bars on a terminal"),
        (Self::Json, "json", "A line of JSON an event, without bars"),
    ];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known, _)| *known == name).map(|(format, ..)| format)
    }
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Loudness {
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

impl Loudness {
    /// By `-q`, and by how often `-v` was given, which counts for more.
    pub fn of(quiet: bool, verbose: u8) -> Self {
        match (quiet, verbose) {
            (true, 0) => Self::Quiet,
            (false, 0) => Self::Usual,
            (_, 1) => Self::Verbose,
            (_, 2) => Self::Debug,
            _ => Self::Trace,
        }
    }
}

/// How a command speaks on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Voice {
    /// How much is said.
    pub loudness: Loudness,
    /// In which form.
    pub format: LogFormat,
}

impl Voice {
    /// The options by which another binary speaks as this one does.
    pub fn options(self) -> Vec<&'static str> {
        let loudness = match self.loudness {
            Loudness::Quiet => Some("-q"),
            Loudness::Usual => None,
            Loudness::Verbose => Some("-v"),
            Loudness::Debug => Some("-vv"),
            Loudness::Trace => Some("-vvv"),
        };
        let format = match self.format {
            LogFormat::Human => None,
            LogFormat::Json => Some(["--log-format", "json"]),
        };
        loudness.into_iter().chain(format.into_iter().flatten()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_on_is_what_was_given() {
        for (quiet, verbose, options) in [
            (true, 0, &["-q"][..]),
            (false, 0, &[]),
            (true, 1, &["-v"]),
            (false, 2, &["-vv"]),
            (false, 9, &["-vvv"]),
        ] {
            let voice = Voice { loudness: Loudness::of(quiet, verbose), format: LogFormat::Human };
            assert_eq!(voice.options(), options);
        }
        let voice = Voice { format: LogFormat::named("json").unwrap(), ..Voice::default() };
        assert_eq!(voice.options(), ["--log-format", "json"]);
        assert_eq!(LogFormat::named("xml"), None);
    }
}
