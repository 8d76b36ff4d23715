//! Pointers of a pipeline that hit nothing in a page, and what stands there instead.

use std::fmt;

use convolake_model::Pointer;

use super::json::{descend, names};
use super::record_places::places_of;

/// The most members that are named.
const MEMBERS_MAX: usize = 20;

/// What a pointer of a pipeline leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointerField {
    /// The cursor to the next page.
    Cursor,
    /// The link to the next page.
    NextLink,
    /// Whether more pages follow.
    More,
    /// How many records there are.
    Total,
    /// A record's own id.
    Id,
}

impl fmt::Display for PointerField {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Cursor => "pages.cursor",
            Self::NextLink => "pages.next_link",
            Self::More => "pages.more",
            Self::Total => "pages.total",
            Self::Id => "id",
        })
    }
}

/// A pointer at which nothing stands, not even `null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedPointer {
    /// What it leads to.
    pub field: PointerField,
    /// The pointer.
    pub pointer: String,
    /// The names of the members that stand where it leads off the page: of the page itself, or of the last object it hits.
    pub members: Vec<String>,
    /// A pointer that hits something and reads alike but for case and signs.
    pub meant: Option<String>,
}

impl MissedPointer {
    /// What stands in `text` instead of the value at `pointer`, which is not there. In a page, what is meant may stand anywhere
    /// but in its `records`.
    pub(super) fn look(
        field: PointerField,
        pointer: &Pointer,
        text: &str,
        records: Option<&Pointer>,
    ) -> Self {
        let keys = pointer.keys().unwrap_or_default();
        let n_hit = (0..keys.len()).rev().find(|n| descend(text, &keys[..*n]).is_some()).unwrap_or(0);
        let parent = descend(text, &keys[..n_hit]).unwrap_or(text);
        let members = if parent.starts_with('{') { names(parent, MEMBERS_MAX) } else { Vec::new() };
        let meant = keys.get(n_hit).and_then(|key| {
            let alike = members.iter().find(|member| is_alike(member, key))?;
            let rest: Vec<&str> =
                [alike.as_str()].into_iter().chain(keys[n_hit + 1..].iter().copied()).collect();
            descend(parent, &rest).filter(|value| !matches!(*value, "null" | "\"\"" | "false"))?;
            let path = keys[..n_hit].iter().copied().chain(rest);
            Some(path.map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect())
        });
        let elsewhere = || {
            let name = keys.last()?;
            let mut places = places_of(text, records?, |other| is_alike(name, other));
            // Of several, none is known to be meant.
            places.pop().filter(|_| places.is_empty())
        };
        Self { field, pointer: pointer.to_string(), members, meant: meant.or_else(elsewhere) }
    }
}

impl fmt::Display for MissedPointer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, pointer, members, meant } = self;
        let whose = if *field == PointerField::Id { "a record" } else { "the page" };
        write!(out, "nothing stands at {pointer} ({field})")?;
        if !members.is_empty() {
            write!(out, "; {whose} has {} there", members.join(", "))?;
        }
        match meant {
            Some(meant) => write!(out, "; did you mean {meant}?"),
            None => Ok(()),
        }
    }
}

/// True where two names are one but for case and for what is neither letter nor digit.
fn is_alike(one: &str, other: &str) -> bool {
    let letters = |name: &str| -> String {
        name.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (one, other) = (letters(one), letters(other));
    !one.is_empty() && one == other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(pointer: &str, page: &str) -> MissedPointer {
        let records = Pointer::parse("/tickets").unwrap();
        MissedPointer::look(PointerField::Cursor, &Pointer::parse(pointer).unwrap(), page, Some(&records))
    }

    #[test]
    fn what_is_meant_may_stand_elsewhere() {
        for (pointer, page, meant) in [
            (
                "/next_cursor",
                r#"{"tickets": [1], "pagination": {"next_cursor": "x"}}"#,
                Some("/pagination/next_cursor"),
            ),
            (
                "/next",
                r#"{"tickets": [1], "meta": {"paging": [{"next": "x"}]}}"#,
                Some("/meta/paging/0/next"),
            ),
            ("/next", r#"{"tickets": [1], "meta": {"next": null}}"#, None),
            ("/next", r#"{"tickets": [{"next": "x"}]}"#, None),
            ("/next", r#"{"tickets": [1], "a": {"next": "x"}, "b": {"next": "y"}}"#, None),
        ] {
            assert_eq!(look(pointer, page).meant.as_deref(), meant, "{page}");
        }
    }

    #[test]
    fn what_stands_there_instead() {
        let page = r#"{"tickets": [], "next_cursor": "10", "meta": {"next": {"cursor": "10"}}, "paging": [{"rel": "next"}], "more_": null}"#;
        for (pointer, members, meant) in [
            ("/nextCursor", "tickets, next_cursor, meta, paging, more_", Some("/next_cursor")),
            ("/Next-Cursor", "tickets, next_cursor, meta, paging, more_", Some("/next_cursor")),
            ("/meta/Next/cursor", "next", Some("/meta/next/cursor")),
            ("/meta/next/after", "cursor", None),
            ("/paging/0/cursor", "rel", Some("/meta/next/cursor")),
            ("/paging/1/cursor", "", Some("/meta/next/cursor")),
            ("/more", "tickets, next_cursor, meta, paging, more_", None),
            ("/after", "tickets, next_cursor, meta, paging, more_", None),
        ] {
            let missed = look(pointer, page);
            assert_eq!(missed.members.join(", "), members, "{pointer}");
            assert_eq!(missed.meant.as_deref(), meant, "{pointer}");
        }
        let missed = look("/nextCursor", page);
        assert_eq!(
            missed.to_string(),
            "nothing stands at /nextCursor (pages.cursor); the page has tickets, next_cursor, meta, paging, more_ \
             there; did you mean /next_cursor?"
        );
    }
}
