use super::json_text::JsonText;
use super::odd::Agentx as Odd;
use super::rng::Rng;
use super::talk::{Message, Talk};
use super::times::iso_without_zone;

/// A message as AgentX tells it.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) at_ms: i64,
    pub(super) text: Vec<u8>,
}

/// A record of the conversations endpoint.
pub(super) fn conversation(talk: &Talk, bytes: &mut Vec<u8>) {
    let odd = Odd::of(talk);
    let mut rng = talk.rng("conversation");
    let started = talk.started_ms.div_euclid(1000);
    let said = i64::try_from(talk.messages().filter(|(is_human, _)| *is_human).count()).unwrap_or(0);
    JsonText::new(bytes, talk.spelling).object(|json| {
        json.key("_id").string(&talk.agentx_id);
        match odd {
            Some(Odd::StartText) => json.key("startTime").string(&started.to_string()),
            Some(Odd::StartFraction) => json.key("startTime").raw(&format!("{started}.0")),
            _ => json.key("startTime").integer(started),
        }
        match odd {
            Some(Odd::LocaleNull) => json.key("locale").raw("null"),
            _ if rng.chance(0.97) => json.key("locale").string(talk.language.locale),
            _ => {}
        }
        match odd {
            Some(Odd::MetadataAbsent) => {}
            Some(Odd::MetadataNull) => json.key("metadata").raw("null"),
            Some(Odd::MetadataText) => json.key("metadata").string("{\"locale\":\"en_us\"}"),
            _ => json.key("metadata").object(|json| metadata(talk, &mut rng, json)),
        }
        match odd {
            Some(Odd::TagsText) => json.key("tags").string("resolved"),
            Some(Odd::TagsNull) => json.key("tags").raw("null"),
            _ => {
                let tags = ["guideInteraction", "resolved", "informed", "liveChat", "escalated"];
                let count = rng.below(3);
                json.key("tags").strings(tags.into_iter().skip(rng.below(4)).take(count));
            }
        }
        match odd {
            Some(Odd::CountText) => json.key("userMessageCount").string(&said.to_string()),
            Some(Odd::CountNull) => json.key("userMessageCount").raw("null"),
            Some(Odd::CountWrong) => json.key("userMessageCount").integer(said + 2),
            _ if rng.chance(0.99) => json.key("userMessageCount").integer(said),
            _ => {}
        }
        let micros = if rng.chance(0.1) { None } else { Some(rng.between(0, 999)) };
        // Without a fraction the time is the second in which the last message came.
        let last_action = micros.map_or_else(
            || iso_without_zone(talk.ended_ms().div_euclid(1000) * 1000, 0),
            |micros| iso_without_zone(talk.ended_ms(), micros),
        );
        match odd {
            Some(Odd::ActionNull) => json.key("lastActionAt").raw("null"),
            Some(Odd::ActionNumber) => json.key("lastActionAt").integer(talk.ended_ms()),
            Some(Odd::ActionZulu) => json.key("lastActionAt").string(&format!("{last_action}Z")),
            _ => json.key("lastActionAt").string(&last_action),
        }
    });
}

fn metadata(talk: &Talk, rng: &mut Rng, json: &mut JsonText<'_>) {
    json.key("locale").string(talk.language.locale);
    json.key("browser_visitorType").string(rng.pick(&["repeat", "new"]));
    json.key("browser_screenResolution").string(rng.pick(&["1728x1117", "390x844", "2560x1440"]));
    json.key("browser_localTime").integer(talk.started_ms);
    json.key("browser_isMobile").boolean(rng.chance(0.4));
    json.key("browser_hostname").string("www.example.com");
    if rng.chance(0.5) {
        json.key("draft").boolean(true);
        json.key("guideNodeCount").integer(rng.between(1, 9));
    }
    if let Some((_, first)) = talk.messages().find(|(is_human, _)| *is_human) {
        json.key("question").string(&first.text);
        let mut transcript = String::new();
        for (is_human, message) in talk.messages().take(12) {
            transcript.push_str(if is_human { "User:\t" } else { "Bot:\t" });
            transcript.push_str(&message.text);
            transcript.push('\n');
        }
        json.key("transcript").string(transcript.trim_end());
    }
    json.key("__sys_userIp").string(&talk.person.ip);
    json.key("__sys_userAgent").string(talk.person.browser);
    json.key("__sys_userAgentParsed")
        .raw(r#"{"device":{"brand":"Apple","model":null},"os":{"family":"Mac OS X","patch_minor":null}}"#);
    if talk.has_extreme_numbers {
        json.key("extreme").raw("[1E400,-1e-400,123456789012345678901234567890]");
    }
    match rng.below(30) {
        0 => {
            json.key("actionOutput").raw(r#"{"status":200,"body":[{"price":89.990,"sku":9007199254740993}]}"#)
        }
        1 => json.key("order.id/part one").string("A-17"),
        2 => json.key("").raw("-0.0"),
        3 => json.key("客户").raw(r#"{"级别":"金"}"#),
        _ => {}
    }
}

/// All messages of a conversation, in the order in which they came.
pub(super) fn each_message(talk: &Talk, mut emit: impl FnMut(Told)) {
    let mut rng = talk.rng("messages");
    for (index, (is_human, message)) in talk.messages().enumerate() {
        let odd = Odd::of(talk).filter(|_| index < 2);
        let id = if is_human { rng.uuid() } else { rng.hex32() };
        // People's messages come with whole seconds, the agent's with milliseconds.
        let at_ms = if is_human { message.at_ms.div_euclid(1000) * 1000 } else { message.at_ms };
        let mut text = Vec::new();
        JsonText::new(&mut text, talk.spelling).object(|json| {
            json.key("_id").string(&id);
            match odd {
                Some(Odd::TimeText) => json.key("time").string(&time_text(at_ms)),
                Some(Odd::TimeMilliseconds) => json.key("time").integer(at_ms),
                _ => json.key("time").raw(&time_text(at_ms)),
            }
            if is_human {
                user_input(talk, message, odd, &mut rng, json);
            } else {
                bot_message(talk, message, odd, &mut rng, json);
            }
            json.key("conversationId").string(&talk.agentx_id);
        });
        emit(Told { id, at_ms, text });
    }
}

fn user_input(talk: &Talk, message: &Message, odd: Option<Odd>, rng: &mut Rng, json: &mut JsonText<'_>) {
    json.key("type").string("UserInput");
    match odd {
        Some(Odd::InputNumber) => json.key("userInput").integer(4711),
        Some(Odd::InputNull) => json.key("userInput").raw("null"),
        _ if rng.chance(0.03) => json.key("userInput").object(|json| {
            json.key("email").string(&talk.person.email);
            json.key("fields").object(|json| json.key("order no.").string("A-17"));
        }),
        _ => json.key("userInput").string(&message.text),
    }
    if odd == Some(Odd::InputAndOut) {
        json.key("outMsg").raw(r#"{"steps":[{"text":"echo"}]}"#);
    }
    if rng.chance(0.6) {
        let action =
            rng.pick(&["action_userInput", "action_userInput", "action_userQuickReply", "action_formSubmit"]);
        json.key("userActionType").string(action);
    }
}

fn bot_message(talk: &Talk, message: &Message, odd: Option<Odd>, rng: &mut Rng, json: &mut JsonText<'_>) {
    match odd {
        Some(Odd::TypeAbsent) => {}
        Some(Odd::TypeNull) => json.key("type").raw("null"),
        _ => {
            let kind = match rng.below(100) {
                0 => "LiveAgentTransfer",
                1..4 => "Answer",
                4..60 => "Question",
                _ => "BotMessage",
            };
            json.key("type").string(kind);
        }
    }
    match odd {
        Some(Odd::OutText) => return json.key("outMsg").string(&message.text),
        Some(Odd::OutNull) => return json.key("outMsg").raw("null"),
        Some(Odd::StepsText) => {
            return json.key("outMsg").object(|json| json.key("steps").string(&message.text));
        }
        Some(Odd::StepIsText) => {
            return json.key("outMsg").object(|json| json.key("steps").strings([message.text.as_str()]));
        }
        _ => {}
    }
    json.key("outMsg").object(|json| {
        json.key("steps").array(|json| {
            for part in message.text.split("\n\n") {
                json.object(|json| json.key("text").string(part));
            }
        });
        match rng.below(12) {
            0 | 1 => json.key("options").array(|json| {
                for label in talk.language.buttons.iter().take(3) {
                    json.object(|json| json.key("txt").string(label));
                }
            }),
            2 => json.key("carousel").array(|json| {
                json.object(|json| {
                    json.key("title").string(&message.text);
                    json.key("image").string("https://cdn.example.com/c/1.png");
                    json.key("buttons").raw(r#"[{"txt":"Open","url":"https://www.example.com/"}]"#);
                });
            }),
            3 => json
                .key("form")
                .raw(r#"{"fields":[{"name":"order no.","required":true},{"name":"e/mail","type":"email"}]}"#),
            4 => json.key("handover").raw(r#"{"to":"queue.2","eta":1.0}"#),
            _ => {}
        }
    });
}

/// Seconds with as many digits of milliseconds as are needed, as JavaScript and Python print a float.
fn time_text(at_ms: i64) -> String {
    let (seconds, ms) = (at_ms.div_euclid(1000), at_ms.rem_euclid(1000));
    if ms == 0 {
        return seconds.to_string();
    }
    let text = format!("{seconds}.{ms:03}");
    text.trim_end_matches('0').to_owned()
}
