//! Why a command of a binary ended without a result, in words for its user and with the exit code that follows from it.

use std::fmt::Display;

use convolake_loader::LoadError;
use convolake_model::{ConfigError, with_causes};

use crate::{EngineError, Outcome};

/// A failure, with the outcome that gives its exit code.
#[derive(Debug)]
pub enum Failure {
    /// Of the engine.
    Engine(EngineError),
    /// Outside of the engine, as a folder or a port.
    Other {
        /// What failed, and why.
        message: String,
        /// What to do about it, where the message does not say so.
        hint: Option<String>,
        /// What the exit code is of.
        outcome: Outcome,
    },
}

impl Failure {
    /// A failure outside of the engine, without a hint.
    pub fn other(error: impl Display) -> Self {
        Self::Other { message: error.to_string(), hint: None, outcome: Outcome::Failed }
    }

    /// Wrong use or configuration, and what to do about it.
    pub fn misuse(message: impl Into<String>, hint: Option<String>) -> Self {
        Self::Other { message: message.into(), hint, outcome: Outcome::Misconfigured }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        self.outcome().exit_code()
    }

    /// How the command ended.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Engine(error) => error.outcome(),
            Self::Other { outcome, .. } => *outcome,
        }
    }

    /// The failure and its causes, without those whose text is contained already.
    pub fn text(&self) -> String {
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

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::Engine(error.into())
    }
}
