use std::ops::Range;

use axum::http::StatusCode;

use super::answer::Refusal;
use super::cursor;
use super::endpoint::{End, Twist};
use super::query::BadParam;
use super::view::View;
use super::world::World;
use crate::config::WindowEnd;
use crate::page::{Lead, Page};
use crate::record::{Place, Record};
use crate::stream::Stream;

/// A page of conversations or messages: a window in time, oldest first.
pub(super) fn page(world: &World, stream: Stream, view: &View<'_>, twist: Twist) -> Result<Page, Refusal> {
    let View { shelf, params, .. } = view;
    let start = params.required_integer("start_time")?;
    let end = params.required_integer("end_time")?;
    let bot = params.required_text("bot_name")?;
    let per_page = params.count("per_page", stream.largest_page(), stream.largest_page())?;
    if start > end {
        return Err(BadParam("end_time must not be before start_time".to_owned()).into());
    }
    if world.config.bot_name.as_deref().is_some_and(|known| known != bot) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "Bot not found"));
    }
    let conversation = view.conversations.first().filter(|_| stream == Stream::AgentxMessages);

    let scope = format!("{} {start} {end} {bot} {}", stream.name(), conversation.map_or("", String::as_str));
    let asked = params.text("cursor").filter(|cursor| !cursor.is_empty());
    let after = match asked {
        None => None,
        Some(text) => cursor::read(text, &scope).ok_or_else(|| BadParam("cursor is not valid".to_owned()))?,
    };

    let rounded = |time: i64| twist.round_s.map_or(time, |to| time.div_euclid(to) * to);
    let window = match twist.ignores_window {
        true => 0..shelf.records().len(),
        false => {
            let (start, end) = (seconds(rounded(start)), seconds(rounded(end)));
            shelf.window(start, end, world.config.window_end == WindowEnd::Inclusive)
        }
    };
    let chosen = match conversation {
        None => match &twist.without {
            None => Chosen::Window(window),
            Some(without) => {
                let is_in = |position: &usize| *shelf.records()[*position].conversation != **without;
                Chosen::Some(window.filter(is_in).collect())
            }
        },
        Some(id) => {
            let positions = shelf.of_conversation(id).iter().copied();
            Chosen::Some(positions.filter(|position| window.contains(position)).collect())
        }
    };
    let all = shelf.records();
    let first = match after {
        Some(place) if !twist.same_page => chosen.index_of_first_from(shelf.after(place)),
        _ => 0,
    };
    let size = view.capped(per_page);
    let past = chosen.len().min(first + size);

    let cursor_before = |index: usize| {
        let last: Option<Place> = index.checked_sub(1).map(|last| all[chosen.position(last)].place());
        cursor::write(last, &scope)
    };
    let next = match twist.repeat_cursor {
        Some(back) => Some(cursor_before(first.saturating_sub(back * size))),
        None => (past < chosen.len()).then(|| cursor_before(past)),
    };
    let (next, records): (_, Vec<Record>) = match twist.is_empty {
        true => (Some(cursor_before(first.saturating_sub(1))), Vec::new()),
        false => (next, (first..past).map(|index| all[chosen.position(index)].clone()).collect()),
    };
    let next = next.filter(|_| twist.end == End::True);
    let lead = Lead {
        is_first: first == 0,
        is_last: past == chosen.len(),
        cursor: Some(("cursor", cursor_before(past))),
    };
    let cursor = next.map_or_else(|| "null".to_owned(), |next| format!("\"{next}\""));
    Ok(Page::new(stream, records, vec![("cursor", cursor)], lead))
}

/// Positions on the shelf that answer a query, in served order.
enum Chosen {
    Window(Range<usize>),
    Some(Vec<usize>),
}

impl Chosen {
    fn len(&self) -> usize {
        match self {
            Self::Window(window) => window.len(),
            Self::Some(positions) => positions.len(),
        }
    }

    /// The shelf's position of the `index`-th; `index` must be below `len`.
    fn position(&self, index: usize) -> usize {
        match self {
            Self::Window(window) => window.start + index,
            Self::Some(positions) => positions[index],
        }
    }

    fn index_of_first_from(&self, position: usize) -> usize {
        match self {
            Self::Window(window) => position.saturating_sub(window.start).min(window.len()),
            Self::Some(positions) => positions.partition_point(|&earlier| earlier < position),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "beyond 2^53 seconds no record exists that rounding could move"
)]
fn seconds(time: i64) -> f64 {
    time as f64
}
