//! Why a command ended without a result.

use convolake_engine::{ConfigError, EngineError, Outcome, with_causes};

/// A failure, with the outcome that gives its exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    Engine(EngineError),
    /// Outside of the engine, as a folder or a port.
    Other {
        message: String,
        hint: Option<String>,
        outcome: Outcome,
    },
}

impl Failure {
    /// A failure outside of the engine, without a hint.
    pub(crate) fn other(error: impl std::fmt::Display) -> Self {
        Self::Other { message: error.to_string(), hint: None, outcome: Outcome::Failed }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        self.outcome().exit_code()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Engine(error) => error.outcome(),
            Self::Other { outcome, .. } => *outcome,
        }
    }

    /// The failure and its causes, without those whose text is contained already.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Engine(error) => {
                let hint = error.hint().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
                with_causes(error, "\n  because: ") + &hint
            }
            Self::Other { message, hint: Some(hint), .. } => format!("{message}\n  hint: {hint}"),
            Self::Other { message, .. } => message.clone(),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Engine(error.into())
    }
}
