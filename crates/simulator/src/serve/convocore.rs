use std::collections::BTreeSet;

use super::answer::Refusal;
use super::cursor;
use super::endpoint::{End, Twist};
use super::query::BadParam;
use super::view::View;
use super::world::World;
use crate::config::ListMode;
use crate::json_edit::RawObject;
use crate::page::{Lead, Page};
use crate::record::Record;
use crate::stream::Stream;

const LIST_LIMIT_DEFAULT: usize = 20;
const LIST_LIMIT_MOST_WITH_CURSOR: usize = 20;
const EXPORT_PAGE: usize = 20;

/// A page of the list, newest first.
pub(super) fn list(world: &World, view: &View<'_>, twist: Twist) -> Result<Page, Refusal> {
    match world.config.list_mode {
        ListMode::Seed => list_by_page(view, twist),
        ListMode::Cursor => list_by_cursor(view, twist),
    }
}

/// A page of the export, newest first: all conversations or those asked for.
pub(super) fn export(view: &View<'_>, twist: Twist) -> Result<Page, Refusal> {
    let View { shelf, params, .. } = view;
    let page = params.count("page", 1, usize::MAX)?;
    let size = view.capped(EXPORT_PAGE);
    let page = if twist.same_page { 1 } else { page };
    let is_named = params.text("convo_ids").is_some_and(|ids| !ids.is_empty());
    let (records, n_all) = match is_named {
        false => (without(page_of(shelf.records(), page, size), &twist), shelf.records().len()),
        true => {
            let positions: BTreeSet<usize> =
                view.conversations.iter().flat_map(|id| shelf.of_conversation(id)).copied().collect();
            let positions: Vec<usize> = positions.into_iter().collect();
            let records = page_of(&positions, page, size)
                .iter()
                .map(|&position| shelf.records()[position].clone())
                .collect();
            (records, positions.len())
        }
    };
    Ok(Page::new(Stream::ConvocoreExport, records, Vec::new(), numbered(page, size, n_all)))
}

fn list_by_page(view: &View<'_>, twist: Twist) -> Result<Page, Refusal> {
    let View { shelf, params, .. } = view;
    let stream = Stream::ConvocoreList;
    let page = params.count("page", 1, usize::MAX)?;
    let limit = params.count("limit", LIST_LIMIT_DEFAULT, stream.largest_page())?;
    let page = if twist.same_page { 1 } else { page };
    let size = view.capped(limit);
    let mut records = without(page_of(shelf.records(), page, size), &twist);
    if twist.is_empty {
        records.clear();
    }
    Ok(Page::new(stream, records, Vec::new(), numbered(page, size, shelf.records().len())))
}

fn list_by_cursor(view: &View<'_>, twist: Twist) -> Result<Page, Refusal> {
    let View { shelf, params, .. } = view;
    let stream = Stream::ConvocoreList;
    let page = params.count("page", 1, usize::MAX)?;
    let limit = params.count("limit", LIST_LIMIT_DEFAULT, LIST_LIMIT_MOST_WITH_CURSOR)?;
    let asked = params.text("cursor").filter(|cursor| !cursor.is_empty());
    if page > 1 && asked.is_none() {
        return Err(BadParam("page above 1 needs a cursor; follow nextCursor".to_owned()).into());
    }
    let scope = stream.name();
    let after = match asked {
        None => None,
        Some(text) => cursor::read(text, scope).ok_or_else(|| BadParam("cursor is not valid".to_owned()))?,
    };

    let all = shelf.records();
    let first = after.filter(|_| !twist.same_page).map_or(0, |place| shelf.after(place));
    let size = view.capped(limit);
    let past = all.len().min(first + size);
    let cursor_before =
        |index: usize| cursor::write(index.checked_sub(1).map(|last| all[last].place()), scope);
    let next = match twist.repeat_cursor {
        Some(back) => Some(cursor_before(first.saturating_sub(back * size))),
        None => (past < all.len()).then(|| cursor_before(past)),
    };
    let (next, records) = match twist.is_empty {
        true => (Some(cursor_before(first.saturating_sub(1))), Vec::new()),
        false => (next, without(&all[first..past], &twist)),
    };
    let (more, next) = match (twist.end, next) {
        (End::True, Some(next)) => (true, format!("\"{next}\"")),
        (End::Unnamed, _) => (true, "null".to_owned()),
        (End::True, None) | (End::False, _) => (false, "null".to_owned()),
    };
    let lead = Lead {
        is_first: first == 0,
        is_last: past == all.len(),
        cursor: Some(("nextCursor", cursor_before(past))),
    };
    let tail = vec![("hasMore", more.to_string()), ("nextCursor", next), ("limit", limit.to_string())];
    Ok(Page::new(stream, records, tail, lead))
}

/// The records of a page, without what is left out.
fn without(records: &[Record], twist: &Twist) -> Vec<Record> {
    let is_of = |record: &Record, id: &Option<String>| id.as_deref() == Some(&*record.conversation);
    let mut records = records.to_vec();
    records.retain(|record| !is_of(record, &twist.without));
    for record in records.iter_mut().filter(|record| is_of(record, &twist.without_turns)) {
        let object = std::str::from_utf8(&record.text).ok().and_then(RawObject::parse);
        if let Some(mut object) = object {
            object.replace("turns", "[]".to_owned());
            record.text = object.to_text().into();
        }
    }
    records
}

/// Where the `page`-th of the pages of `size` stands among `n_all` records.
fn numbered(page: usize, size: usize, n_all: usize) -> Lead {
    Lead { is_first: page <= 1, is_last: page.saturating_mul(size) >= n_all, cursor: None }
}

/// The `page`-th slice of `size`, from 1; empty past the end.
fn page_of<T>(all: &[T], page: usize, size: usize) -> &[T] {
    let first = page.saturating_sub(1).saturating_mul(size).min(all.len());
    &all[first..all.len().min(first + size)]
}
