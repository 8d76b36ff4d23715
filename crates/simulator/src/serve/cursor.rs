//! Cursors: a place in a stream and a mark of the query it belongs to, as one opaque word.

use crate::record::Place;

/// The cursor that goes on after `place`; `None` goes on from the start.
pub(super) fn write(place: Option<Place>, scope: &str) -> String {
    // NaN never is a record's time, so it can stand for "before the first".
    let place = place.unwrap_or(Place { at: f64::NAN, number: 0 });
    format!("{:016x}{:016x}{:016x}", place.at.to_bits(), place.number, mark(scope))
}

/// The place a cursor stands for, if it is one of ours for the same query.
pub(super) fn read(cursor: &str, scope: &str) -> Option<Option<Place>> {
    if cursor.len() != 48 || !cursor.is_ascii() {
        return None;
    }
    let part = |index: usize| u64::from_str_radix(&cursor[index * 16..(index + 1) * 16], 16).ok();
    let at = f64::from_bits(part(0)?);
    let number = part(1)?;
    if part(2)? != mark(scope) {
        return None;
    }
    Some((!at.is_nan()).then_some(Place { at, number }))
}

/// FNV-1a, since the standard library's hashes may change between releases.
fn mark(scope: &str) -> u64 {
    scope
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_query() {
        let place = Some(Place { at: 1_733_011_282.526, number: 7 });
        let cursor = write(place, "bot 1 2");
        assert_eq!(read(&cursor, "bot 1 2"), Some(place));
        assert_eq!(read(&write(None, "x"), "x"), Some(None));
        assert_eq!(read(&cursor, "bot 1 3"), None);
        for broken in ["", "abc", &cursor[1..], &format!("z{}", &cursor[1..])] {
            assert_eq!(read(broken, "bot 1 2"), None, "{broken}");
        }
    }
}
