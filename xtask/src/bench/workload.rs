//! What is flattened: a stream's pages.

use std::path::Path;

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// The two streams whose pages nest: every other one is a flat list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Workload {
    /// Conversations with turns and messages, into three tables.
    Export,
    /// Messages, into one.
    Messages,
}

impl ValueEnum for Workload {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl Workload {
    pub(super) const ALL: [Self; 2] = [Self::Export, Self::Messages];

    /// As the peers and the figures call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Messages => "messages",
        }
    }

    /// As `convolake flatten` calls it.
    pub(super) fn stream(self) -> &'static str {
        match self {
            Self::Export => "convocore/export",
            Self::Messages => "agentx/messages",
        }
    }

    /// What `convolake flatten` must be told to fill `agent_id`.
    pub(super) fn param(self) -> &'static str {
        match self {
            Self::Export => "params.agent_id=bench",
            Self::Messages => "params.bot_name=bench",
        }
    }

    /// The page file of that stream in a folder of exports.
    pub(super) fn file_name(self) -> &'static str {
        match self {
            Self::Export => "convocore_v2_export.jsonl.zst",
            Self::Messages => "agentx_messages.jsonl.zst",
        }
    }

    /// The workload a page file is of, by its name.
    pub(super) fn of_file(file: &Path) -> Result<Self, String> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Self::ALL.into_iter().find(|workload| name.contains(workload.name())).ok_or_else(|| {
            format!(
                "{}: neither `export` nor `messages` is in its name, so its stream is not known",
                file.display()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_by_its_name_what_it_holds() {
        for (file, expected) in [
            ("/x/convocore_v2_export.jsonl.zst", Some(Workload::Export)),
            ("agentx_messages-200mb.jsonl.zst", Some(Workload::Messages)),
            ("/export/other.jsonl.zst", None),
        ] {
            assert_eq!(Workload::of_file(Path::new(file)).ok(), expected, "{file}");
        }
    }
}
