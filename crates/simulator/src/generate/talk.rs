use super::json_text::{LONE_SURROGATE, Spelling};
use super::odd;
use super::person::Person;
use super::rng::Rng;
use super::words::Language;
use crate::config::Generator;

/// Share of conversations in which nobody said anything.
const EMPTY_SHARE: f64 = 0.02;
const TURNS_MOST: i64 = 26;

/// One conversation as it happened.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) convocore_id: String,
    pub(super) agentx_id: String,
    pub(super) started_ms: i64,
    pub(super) language: &'static Language,
    pub(super) person: Person,
    pub(super) turns: Vec<Turn>,
    pub(super) spelling: Spelling,
    /// Which of the odd values the conversation carries, if any.
    pub(super) oddity: Option<u64>,
    pub(super) has_extreme_numbers: bool,
    pub(super) has_broken_neighbour: bool,
    seed: u64,
}

/// What one side said before the other answered.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) is_human: bool,
    pub(super) messages: Vec<Message>,
}

#[derive(Debug)]
pub(super) struct Message {
    pub(super) at_ms: i64,
    pub(super) text: String,
    /// The message's type in convocore's words.
    pub(super) kind: &'static str,
}

impl Talk {
    pub(super) fn invent(generator: &Generator, index: u64) -> Self {
        let seed = Rng::new(generator.seed, index).next_u64();
        let mut rng = Rng::new(seed, 0);
        let language = Language::choose(&mut rng);
        let started_ms = started_ms(generator, index, &mut rng);
        let spelling = match rng.below(40) {
            0 | 1 => Spelling::Ascii,
            2 => Spelling::Slashes,
            _ => Spelling::Plain,
        };
        let oddity = rng.chance(generator.odd_share).then(|| rng.next_u64());
        let has_lone_surrogate = rng.chance(generator.lone_surrogate_share);
        let mut talk = Self {
            convocore_id: convocore_id(&mut rng),
            agentx_id: rng.hex32(),
            started_ms,
            language,
            person: Person::invent(&mut rng),
            turns: Vec::new(),
            spelling,
            oddity,
            has_extreme_numbers: rng.chance(generator.extreme_number_share),
            has_broken_neighbour: rng.chance(generator.broken_share),
            seed,
        };
        if odd::Convocore::of(&talk) == Some(odd::Convocore::IdUnusual) {
            talk.convocore_id = format!("wa:+1555/é {}&x=%20", talk.convocore_id);
        }
        let last_ms = generator.until.saturating_mul(1000) - 1000;
        if !rng.chance(EMPTY_SHARE) {
            talk.converse(last_ms.max(started_ms), generator.sentences, &mut rng);
        }
        if has_lone_surrogate
            && let Some(message) = talk.turns.first_mut().and_then(|turn| turn.messages.first_mut())
        {
            message.text.push(LONE_SURROGATE);
        }
        talk
    }

    /// Random numbers for one way of telling the conversation.
    pub(super) fn rng(&self, lane: &str) -> Rng {
        Rng::new(
            self.seed,
            lane.bytes().fold(1, |lane: u64, byte| lane.wrapping_mul(31).wrapping_add(u64::from(byte))),
        )
    }

    pub(super) fn messages(&self) -> impl Iterator<Item = (bool, &Message)> {
        self.turns.iter().flat_map(|turn| turn.messages.iter().map(|message| (turn.is_human, message)))
    }

    pub(super) fn n_messages(&self) -> usize {
        self.turns.iter().map(|turn| turn.messages.len()).sum()
    }

    pub(super) fn first_message_ms(&self) -> Option<i64> {
        self.messages().next().map(|(_, message)| message.at_ms)
    }

    /// When the last message came; when it started, if none did.
    pub(super) fn ended_ms(&self) -> i64 {
        self.messages().last().map_or(self.started_ms, |(_, message)| message.at_ms)
    }

    fn converse(&mut self, last_ms: i64, sentences: usize, rng: &mut Rng) {
        let n_turns = if rng.chance(0.002) { 150 } else { rng.between(1, TURNS_MOST) };
        let mut at_ms = self.started_ms;
        let mut is_human = rng.chance(0.3);
        for number in 0..n_turns {
            at_ms = (at_ms + if is_human { rng.between(2_000, 40_000) } else { rng.between(300, 6_000) })
                .min(last_ms);
            let mut messages = Vec::new();
            let n_messages = 1 + [0, 0, 0, 1, 1, 2][rng.below(6)];
            for position in 0..n_messages {
                let text =
                    if is_human { self.language.human(rng) } else { self.language.agent(sentences, rng) };
                let kind = match (is_human, position) {
                    (true, 0) if number == 0 && rng.chance(0.3) => "launch",
                    (_, 0) => "text",
                    (true, _) => rng.pick(&HUMAN_KINDS),
                    (false, _) if number + 1 == n_turns && rng.chance(0.5) => "end",
                    (false, _) => rng.pick(&AGENT_KINDS),
                };
                messages.push(Message { at_ms, text, kind });
                at_ms = (at_ms + rng.between(0, 900)).min(last_ms);
            }
            self.turns.push(Turn { is_human, messages });
            is_human = !is_human;
        }
    }
}

/// Conversations follow one another through the whole span.
fn started_ms(generator: &Generator, index: u64, rng: &mut Rng) -> i64 {
    let from_ms = generator.from.saturating_mul(1000);
    let span_ms = (generator.until.saturating_mul(1000) - 1000 - from_ms).max(0);
    let slot_ms = span_ms / generator.conversations.max(1).cast_signed();
    let offset = i128::from(span_ms) * i128::from(index) / i128::from(generator.conversations.max(1));
    from_ms + i64::try_from(offset).unwrap_or(0) + rng.between(0, (slot_ms - 1).max(0))
}

fn convocore_id(rng: &mut Rng) -> String {
    if rng.chance(0.5) { format!("agent_demo_{}", rng.uuid()) } else { rng.hex(15) }
}

const HUMAN_KINDS: [&str; 14] = [
    "text",
    "text",
    "text",
    "text",
    "text",
    "VG_Response",
    "VGVF_Channel",
    "FileUpload",
    "VoiceNote",
    "EmailForm",
    "info:success",
    "SetConvoData",
    "context:form_submission",
    "VFVG_Channel",
];

const AGENT_KINDS: [&str; 42] = [
    "text",
    "text",
    "text",
    "text",
    "choice",
    "choice",
    "choice",
    "choice",
    "carousel",
    "cardV2",
    "visual",
    "MultiSelect",
    "GetBrowserData",
    "Embed",
    "iFrame",
    "FileUpload",
    "GoogleForm",
    "EmailForm",
    "SetConvoData",
    "SetRuntime",
    "no-reply",
    "VGVF_Channel",
    "VFVG_Channel",
    "knowledgeBase",
    "jsx",
    "info:default",
    "info:success",
    "info:danger",
    "info:primary",
    "debug:tell",
    "MultiDropdown",
    "form",
    "location",
    "MultiFileUpload",
    "Flowise",
    "Slider",
    "Attachment",
    "stealth",
    "debug:error",
    "browser_capture",
    "Custom_Form",
    "input",
];
