//! The odd values: what servers send that their documents do not know.
//!
//! An oddity is one number per conversation. Each place that can be odd asks whether it is meant.

use super::talk::Talk;

/// One thing that is wrong with a conversation as convocore tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Convocore {
    CountAsText,
    CountNull,
    CountWrong,
    TagsText,
    TagsNull,
    TagsMixed,
    TsText,
    TsMilliseconds,
    TurnsAbsent,
    TurnsEmpty,
    TurnsNull,
    TurnsObject,
    TurnWithoutMessages,
    TurnWithNullMessages,
    TurnIsText,
    TurnIsNull,
    NameNumber,
    NameObject,
    DurationText,
    DurationFraction,
    AssignedObject,
    MessageNull,
    MessageNumber,
    MessageArray,
    FromAbsent,
    FromAgent,
    FromSystem,
    TypeAbsent,
    TypeNumber,
    BesideMetadata,
    IdUnusual,
    LastModifiedIso,
    LastModifiedFuture,
}

/// One thing that is wrong with a conversation as AgentX tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agentx {
    StartText,
    StartFraction,
    TagsText,
    TagsNull,
    MetadataNull,
    MetadataAbsent,
    MetadataText,
    CountText,
    CountNull,
    CountWrong,
    ActionNull,
    ActionNumber,
    ActionZulu,
    LocaleNull,
    TimeText,
    TimeMilliseconds,
    TypeAbsent,
    TypeNull,
    OutText,
    OutNull,
    StepsText,
    StepIsText,
    InputAndOut,
    InputNumber,
    InputNull,
}

const CONVOCORE: [Convocore; 33] = [
    Convocore::CountAsText,
    Convocore::CountNull,
    Convocore::CountWrong,
    Convocore::TagsText,
    Convocore::TagsNull,
    Convocore::TagsMixed,
    Convocore::TsText,
    Convocore::TsMilliseconds,
    Convocore::TurnsAbsent,
    Convocore::TurnsEmpty,
    Convocore::TurnsNull,
    Convocore::TurnsObject,
    Convocore::TurnWithoutMessages,
    Convocore::TurnWithNullMessages,
    Convocore::TurnIsText,
    Convocore::TurnIsNull,
    Convocore::NameNumber,
    Convocore::NameObject,
    Convocore::DurationText,
    Convocore::DurationFraction,
    Convocore::AssignedObject,
    Convocore::MessageNull,
    Convocore::MessageNumber,
    Convocore::MessageArray,
    Convocore::FromAbsent,
    Convocore::FromAgent,
    Convocore::FromSystem,
    Convocore::TypeAbsent,
    Convocore::TypeNumber,
    Convocore::BesideMetadata,
    Convocore::IdUnusual,
    Convocore::LastModifiedIso,
    Convocore::LastModifiedFuture,
];

const AGENTX: [Agentx; 25] = [
    Agentx::StartText,
    Agentx::StartFraction,
    Agentx::TagsText,
    Agentx::TagsNull,
    Agentx::MetadataNull,
    Agentx::MetadataAbsent,
    Agentx::MetadataText,
    Agentx::CountText,
    Agentx::CountNull,
    Agentx::CountWrong,
    Agentx::ActionNull,
    Agentx::ActionNumber,
    Agentx::ActionZulu,
    Agentx::LocaleNull,
    Agentx::TimeText,
    Agentx::TimeMilliseconds,
    Agentx::TypeAbsent,
    Agentx::TypeNull,
    Agentx::OutText,
    Agentx::OutNull,
    Agentx::StepsText,
    Agentx::StepIsText,
    Agentx::InputAndOut,
    Agentx::InputNumber,
    Agentx::InputNull,
];

impl Convocore {
    pub(super) fn of(talk: &Talk) -> Option<Self> {
        talk.oddity.map(|oddity| chosen(&CONVOCORE, oddity))
    }
}

impl Agentx {
    pub(super) fn of(talk: &Talk) -> Option<Self> {
        talk.oddity.map(|oddity| chosen(&AGENTX, oddity >> 20))
    }
}

fn chosen<T: Copy>(all: &[T], oddity: u64) -> T {
    let index = usize::try_from(oddity % all.len() as u64).unwrap_or(0);
    all[index]
}
