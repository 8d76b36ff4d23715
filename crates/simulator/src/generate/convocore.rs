use super::facts::Facts;
use super::json_text::JsonText;
use super::odd::Convocore as Odd;
use super::payload;
use super::rng::Rng;
use super::talk::{Message, Talk, Turn};
use super::times::{iso_without_zone, moment_text};
use crate::config::ListTs;

/// A record of the export: metadata and turns.
pub(super) fn export(talk: &Talk, bytes: &mut Vec<u8>) {
    let odd = Odd::of(talk);
    let mut rng = talk.rng("export");
    JsonText::new(bytes, talk.spelling).object(|json| {
        json.key("metadata").object(|json| metadata(talk, odd, json));
        if odd == Some(Odd::BesideMetadata) {
            json.key("feedback").raw(r#"{"score":4.5,"a.b":null}"#);
            json.key("exportedBy").string("beta/7");
        }
        match odd {
            Some(Odd::TurnsAbsent) => {}
            Some(Odd::TurnsEmpty) => json.key("turns").array(|_| {}),
            Some(Odd::TurnsNull) => json.key("turns").raw("null"),
            Some(Odd::TurnsObject) => json.key("turns").raw(r#"{"0":{"from":"human"}}"#),
            _ => json.key("turns").array(|json| {
                for (index, turn) in talk.turns.iter().enumerate() {
                    write_turn(turn, odd.filter(|_| index == 0), &mut rng, talk, json);
                }
                match odd {
                    Some(Odd::TurnWithoutMessages) => json.raw(r#"{"from":"bot"}"#),
                    Some(Odd::TurnWithNullMessages) => json.raw(r#"{"from":"human","messages":null}"#),
                    Some(Odd::TurnIsText) => json.raw("\"a turn\""),
                    Some(Odd::TurnIsNull) => json.raw("null"),
                    _ => {}
                }
            }),
        }
    });
}

/// A row of the list.
pub(super) fn list(talk: &Talk, list_ts: ListTs, bytes: &mut Vec<u8>) {
    let odd = Odd::of(talk);
    // The same numbers as in the metadata, so that both tell the same of the person.
    let facts = Facts::of(talk);
    let mut rng = talk.rng("list");
    let person = &talk.person;
    JsonText::new(bytes, talk.spelling).object(|json| {
        json.key("ID").string(&facts.id);
        text(json, "userID", facts.user_id.as_deref());
        json.key("ts").integer(match list_ts {
            ListTs::FirstMessage => talk.started_ms.div_euclid(1000),
            ListTs::LastMessage => talk.ended_ms().div_euclid(1000),
        });
        count(json, talk, odd, &facts);
        text(json, "userName", facts.has_name.then_some(person.name.as_str()));
        text(json, "userEmail", facts.has_email.then_some(person.email.as_str()));
        text(json, "userPhone", facts.has_phone.then_some(person.phone.as_str()));
        text(json, "userCompany", rng.chance(0.3).then_some(person.company));
        text(json, "userAddress", rng.chance(0.2).then_some(person.address));
        text(json, "userWebsite", rng.chance(0.2).then_some("https://www.example.com"));
        text(json, "notes", rng.chance(0.2).then_some("Customer interested in premium plan"));
        if rng.chance(0.5) {
            let title =
                talk.messages().find(|(is_human, _)| *is_human).map(|(_, message)| message.text.as_str());
            text(json, "title", title);
        }
        tags(json, odd, &facts);
        text(json, "origin", facts.origin);
        text(json, "state", facts.state);
        optional_seconds(json, "firstMessageTS", talk.first_message_ms());
        optional_seconds(json, "lastMessageTS", Some(talk.ended_ms()));
        if facts.has_last_modified {
            json.key("lastModified").integer(facts.last_modified);
        }
        text(json, "lang", rng.chance(0.4).then_some(talk.language.tag));
        if rng.chance(0.3) {
            text(json, "lastMessage", talk.messages().last().map(|(_, message)| message.text.as_str()));
        }
        match rng.below(10) {
            0 => json.key("user").raw("{}"),
            1 => json.key("user").object(|json| json.key("name").string(&person.name)),
            2 => json.key("feedback").raw("{}"),
            3 => json.key("feedback").raw("null"),
            4 => json
                .key("capturedVariables")
                .raw(r#"{"last_utterance":"ok","sessions":1,"a/b":[1.0,-0.0,1e-7]}"#),
            5 => json.key("ratingFrom5").integer(rng.between(1, 5)),
            _ => {}
        }
    });
}

fn metadata(talk: &Talk, odd: Option<Odd>, json: &mut JsonText<'_>) {
    let facts = Facts::of(talk);
    let mut rng = talk.rng("metadata");
    let person = &talk.person;
    let began = talk.started_ms.div_euclid(1000);
    let ended = talk.ended_ms().div_euclid(1000);
    json.key("ID").string(&facts.id);
    text(json, "userID", facts.user_id.as_deref());
    match odd {
        Some(Odd::NameNumber) => json.key("userName").integer(4711),
        Some(Odd::NameObject) => json.key("userName").raw(r#"{"first":"A","last":null}"#),
        _ => text(json, "userName", facts.has_name.then_some(person.name.as_str())),
    }
    text(json, "userEmail", facts.has_email.then_some(person.email.as_str()));
    text(json, "userImage", rng.chance(0.2).then_some("https://cdn.example.com/u/1.png"));
    text(json, "userPhone", facts.has_phone.then_some(person.phone.as_str()));
    text(json, "userBrowser", rng.chance(0.6).then_some(person.browser));
    text(json, "userProfilePic", rng.chance(0.15).then_some("https://cdn.example.com/p/1.jpg?w=64&h=64"));
    text(json, "origin", facts.origin);
    count(json, talk, odd, &facts);
    if rng.chance(0.9) {
        json.key("interactionsNum").integer(length(talk.turns.iter().filter(|turn| turn.is_human).count()));
    }
    match odd {
        Some(Odd::TsText) => json.key("ts").string(&began.to_string()),
        Some(Odd::TsMilliseconds) => json.key("ts").integer(talk.started_ms),
        _ if rng.chance(0.005) => {}
        _ => json.key("ts").integer(began),
    }
    tags(json, odd, &facts);
    match odd {
        Some(Odd::DurationText) => json.key("convoTimeSeconds").string("12"),
        Some(Odd::DurationFraction) => json.key("convoTimeSeconds").raw("12.750"),
        _ if rng.chance(0.9) => json.key("convoTimeSeconds").integer(ended - began),
        _ => {}
    }
    if rng.chance(0.97) {
        optional_seconds(json, "firstMessageTS", talk.first_message_ms());
        optional_seconds(json, "lastMessageTS", talk.first_message_ms().map(|_| talk.ended_ms()));
    }
    text(json, "userPlatform", rng.chance(0.6).then_some(person.platform));
    text(json, "state", facts.state);
    match (odd, rng.below(10)) {
        (Some(Odd::AssignedObject), _) => json.key("chatAssignedTo").raw(r#"{"client_id":7}"#),
        (_, 0) => json.key("chatAssignedTo").raw("null"),
        (_, 1) => json.key("chatAssignedTo").string("client_17"),
        _ => {}
    }
    match odd {
        Some(Odd::LastModifiedIso) => json.key("lastModified").string(&iso_without_zone(ended * 1000, 0)),
        Some(Odd::LastModifiedFuture) => json.key("lastModified").raw("32503680000"),
        _ if facts.has_last_modified => json.key("lastModified").integer(facts.last_modified),
        _ => {}
    }
    if rng.chance(0.9) {
        json.key("sessionsNum").integer(rng.between(1, 3));
    }
    unknown_fields(talk, &mut rng, json);
}

/// What no document names: kept by a careful reader.
fn unknown_fields(talk: &Talk, rng: &mut Rng, json: &mut JsonText<'_>) {
    if talk.has_extreme_numbers {
        json.key("extreme")
            .raw("[1E400,-1e-400,123456789012345678901234567890,0.1000000000000000055511151231257827]");
    }
    match rng.below(60) {
        0 => json.key("lang").string(talk.language.tag),
        1 => json.key("a.b").raw(r#"{"c.d":1.0}"#),
        2 => json.key("x/y~z").raw("9007199254740993"),
        3 => json.key("").string("empty key"),
        4 => json.key("ключ 鍵").raw("[-0.0,1e-7,1.0,1E2,0]"),
        5 => json.key("is Test").boolean(false),
        6 => json.key("vapi").raw(r#"{"cost":0.1234,"callDuration":61,"callError":null}"#),
        7 => json.key("ts\"quoted\"").raw("18446744073709551615"),
        _ => {}
    }
}

fn count(json: &mut JsonText<'_>, talk: &Talk, odd: Option<Odd>, facts: &Facts) {
    let messages = length(talk.n_messages());
    match odd {
        Some(Odd::CountAsText) => json.key("messagesNum").string(&messages.to_string()),
        Some(Odd::CountNull) => json.key("messagesNum").raw("null"),
        Some(Odd::CountWrong) => json.key("messagesNum").integer(messages + 3),
        // Items that are no messages still are items.
        Some(Odd::MessageNull | Odd::MessageNumber | Odd::MessageArray) if messages > 0 => {
            json.key("messagesNum").integer(messages + 1);
        }
        _ if facts.has_count => json.key("messagesNum").integer(messages),
        _ => {}
    }
}

fn tags(json: &mut JsonText<'_>, odd: Option<Odd>, facts: &Facts) {
    match (odd, &facts.tags) {
        (Some(Odd::TagsText), _) => json.key("tags").string("vip,new-lead"),
        (Some(Odd::TagsNull), _) => json.key("tags").raw("null"),
        (Some(Odd::TagsMixed), _) => json.key("tags").raw(r#"["vip",7,null,{"a":1}]"#),
        (_, Some(tags)) => json.key("tags").strings(tags.iter().copied()),
        (_, None) => {}
    }
}

fn write_turn(turn: &Turn, odd: Option<Odd>, rng: &mut Rng, talk: &Talk, json: &mut JsonText<'_>) {
    json.object(|json| {
        match odd {
            Some(Odd::FromAbsent) => {}
            Some(Odd::FromAgent) => json.key("from").string("agent"),
            Some(Odd::FromSystem) => json.key("from").string("system"),
            _ => json.key("from").string(if turn.is_human { "human" } else { "bot" }),
        }
        json.key("messages").array(|json| {
            for (index, message) in turn.messages.iter().enumerate() {
                write_message(message, turn.is_human, odd.filter(|_| index == 0), rng, talk, json);
            }
            match odd {
                Some(Odd::MessageNull) => json.raw("null"),
                Some(Odd::MessageNumber) => json.raw("7"),
                Some(Odd::MessageArray) => json.raw(r#"["text",{}]"#),
                _ => {}
            }
        });
        if rng.chance(0.02) {
            json.key("session_id").string("s-1");
        }
    });
}

fn write_message(
    message: &Message,
    is_human: bool,
    odd: Option<Odd>,
    rng: &mut Rng,
    talk: &Talk,
    json: &mut JsonText<'_>,
) {
    if rng.chance(0.0005) {
        json.string(&message.text);
        return;
    }
    json.object(|json| {
        match odd {
            Some(Odd::TypeAbsent) => {}
            Some(Odd::TypeNumber) => json.key("type").integer(7),
            _ => json.key("type").string(message.kind),
        }
        payload::write(message, is_human, talk, rng, json);
        let at = message.at_ms.div_euclid(1000);
        match rng.below(3000) {
            0 => json.key("ts").string("Invalid date"),
            1 => json.key("ts").string(&format!("{}Z", iso_without_zone(message.at_ms, 0))),
            2 => json.key("ts").integer(at),
            3 => json.key("ts").string(&at.to_string()),
            4 => json.key("ts").integer(message.at_ms),
            5 => json.key("ts").string(&message.at_ms.to_string()),
            6 => json.key("ts").raw("null"),
            7 => {}
            _ => json.key("ts").string(&moment_text(at)),
        }
        match rng.below(150) {
            0 => json.key("mid").string(&rng.hex(12)),
            1 => json.key("delay").integer(1000),
            2 => json.key("isAIGenerated").boolean(true),
            3 => json.key("replyTo").raw(r#"{"mid":"m1","text":null}"#),
            _ => {}
        }
    });
}

fn text(json: &mut JsonText<'_>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        json.key(name).string(value);
    }
}

fn optional_seconds(json: &mut JsonText<'_>, name: &str, at_ms: Option<i64>) {
    if let Some(at_ms) = at_ms {
        json.key(name).integer(at_ms.div_euclid(1000));
    }
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
