//! `meaning:` and `marts:`: words that tell something, a zone that is known, slots that do not overlap.

use jiff::civil::Date;

use crate::config_error::{ConfigError, nearest_word};
use crate::config_text::ConfigText;
use crate::pipeline::written::{MeaningWritten, SignsWritten};
use crate::pipeline::{Meaning, Signs, Slot};
use crate::{Pointer, Span};

const MINUTES_A_DAY: u16 = 24 * 60;
const EXAMPLE: &str = "write a slot as `09:00-17:30`; one that goes on after midnight as `22:00-06:00`";

/// What the words of a source mean; without any, messages are told apart by their role alone.
pub(super) fn meaning(config: &ConfigText<'_>, written: &MeaningWritten) -> Result<Meaning, ConfigError> {
    let resolved = SignsWritten {
        states: written.resolved.states.clone(),
        tags: written.resolved.tags.clone(),
        types: Vec::new(),
    };
    let resolved_by_rating = written.resolved.rating_at_least;
    let mut holidays = Vec::new();
    for text in &written.holidays {
        let date = text.parse::<Date>().map_err(|_| {
            config
                .error(&["meaning", "holidays"], format!("`{text}` is no date"))
                .with_hint(Some("write the days one by one, as in `2026-12-25`".into()))
        })?;
        holidays.push(date);
    }
    holidays.sort_unstable();
    holidays.dedup();
    let zone = written.zone.as_deref().unwrap_or("UTC");
    check_zone(config, &["meaning", "zone"], zone)?;
    let abandoned_after = written.abandoned_after.unwrap_or(Span::days(1));
    if abandoned_after.as_seconds() == 0 {
        let at = ["meaning", "abandoned_after"];
        return Err(config.error(&at, "a length of time above 0 was expected"));
    }
    Ok(Meaning {
        event: words(config, "event", "type", &written.event.types)?,
        fallback: words(config, "fallback", "type", &written.fallback.types)?,
        ended: signs(config, "ended", &written.ended)?,
        handed_off: signs(config, "handed_off", &written.handed_off)?,
        resolved: signs(config, "resolved", &resolved)?,
        resolved_by_rating,
        rating: pointers(config, "rating", &written.feedback.rating)?,
        feedback_text: pointers(config, "text", &written.feedback.text)?,
        abandoned_after,
        zone: zone.to_owned(),
        business_hours: week(config, written)?,
        holidays,
    })
}

/// The zone of this name must be in the IANA database.
fn check_zone(config: &ConfigText<'_>, at: &[&str], zone: &str) -> Result<(), ConfigError> {
    if zone == "UTC" || jiff::tz::db().get(zone).is_ok() {
        return Ok(());
    }
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let hint = match nearest_word(zone, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a zone of the IANA database, as in `Europe/Berlin`".to_owned(),
    };
    Err(config.error(at, format!("`{zone}` is no time zone")).with_hint(Some(hint)))
}

fn signs(config: &ConfigText<'_>, means: &str, written: &SignsWritten) -> Result<Signs, ConfigError> {
    Ok(Signs {
        states: words(config, means, "state", &written.states)?,
        tags: words(config, means, "tag", &written.tags)?,
        types: words(config, means, "type", &written.types)?,
    })
}

/// The words of a list. One that stands there twice, or is empty, is a slip.
fn words(
    config: &ConfigText<'_>,
    means: &str,
    field: &str,
    written: &[String],
) -> Result<Vec<String>, ConfigError> {
    let at = ["meaning", means, field];
    for (place, word) in written.iter().enumerate() {
        if word.is_empty() {
            return Err(config.error(&at, "an empty text is no word"));
        }
        if written[..place].contains(word) {
            return Err(config
                .error(&at, format!("`{word}` stands here twice"))
                .with_hint(Some("leave one of them out".into())));
        }
    }
    Ok(written.to_vec())
}

/// Places in the feedback of one person, so without a step for each element.
fn pointers(config: &ConfigText<'_>, gives: &str, written: &[Pointer]) -> Result<Vec<Pointer>, ConfigError> {
    let at = ["meaning", "feedback", gives];
    match written.iter().find(|pointer| pointer.has_each() || pointer.is_root()) {
        Some(pointer) => Err(config
            .error(&at, format!("`{pointer}` names no single field"))
            .with_hint(Some("name the field itself, as in `/rating`; several are tried in order".into()))),
        None => Ok(written.to_vec()),
    }
}

fn week(config: &ConfigText<'_>, written: &MeaningWritten) -> Result<[Vec<Slot>; 7], ConfigError> {
    let mut week: [Vec<Slot>; 7] = Default::default();
    for (slots, (day, texts)) in week.iter_mut().zip(written.business_hours.days()) {
        let at = ["meaning", "business_hours", day];
        for text in texts {
            let refuse =
                || config.error(&at, format!("`{text}` is no slot of hours")).with_hint(Some(EXAMPLE.into()));
            slots.push(slot(text).ok_or_else(refuse)?);
        }
        slots.sort_unstable();
        if let Some(pair) = slots.windows(2).find(|pair| ends_after(pair[0]) > pair[1].opens) {
            let message = format!(
                "the slots that begin at {} and {} overlap",
                clock(pair[0].opens),
                clock(pair[1].opens)
            );
            return Err(config.error(&at, message).with_hint(Some("write them as one".into())));
        }
    }
    for (day, next) in (0..7).map(|day| (day, (day + 1) % 7)) {
        let name = written.business_hours.days()[day].0;
        let over = week[day].last().filter(|slot| slot.closes <= slot.opens).map_or(0, |slot| slot.closes);
        if week[next].first().is_some_and(|slot| slot.opens < over) {
            let message = format!("the last slot of {name} goes on into the first of the next day");
            return Err(config
                .error(&["meaning", "business_hours", name], message)
                .with_hint(Some("let it end where the other begins".into())));
        }
    }
    Ok(week)
}

/// Minutes after midnight of the day on which it begins.
fn ends_after(slot: Slot) -> u16 {
    if slot.closes > slot.opens { slot.closes } else { slot.closes + MINUTES_A_DAY }
}

fn slot(text: &str) -> Option<Slot> {
    let (opens, closes) = text.split_once('-')?;
    let (opens, closes) = (minutes(opens.trim())?, minutes(closes.trim())?);
    let closes = if closes == 0 { MINUTES_A_DAY } else { closes };
    (opens < MINUTES_A_DAY).then_some(Slot { opens, closes })
}

/// `09:30`, up to `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| match text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<u16>().ok(),
        false => None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= MINUTES_A_DAY).then_some(all)
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_hours() {
        for (text, expected) in [
            ("09:00-17:30", Some((540, 1050))),
            ("22:00-06:00", Some((1320, 360))),
            ("00:00-24:00", Some((0, 1440))),
            ("08:00 - 08:00", Some((480, 480))),
            ("20:00-00:00", Some((1200, 1440))),
            ("24:00-06:00", None),
            ("9:00-17:00", None),
            ("09:60-17:00", None),
            ("09:00-24:01", None),
            ("09:00", None),
            ("", None),
        ] {
            assert_eq!(slot(text).map(|slot| (slot.opens, slot.closes)), expected, "{text}");
        }
    }
}
