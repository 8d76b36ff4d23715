//! `extra`: one JSON object of all that no column gives back exactly.
//!
//! A field of the extra base stands under its own name, a field elsewhere under `_record` by its path from the
//! row's element. An array of rows beside the base that gave no rows (an empty array, or a value that is no array) stands under
//! its own name. Any other field that would stand under `_record` or such a name stands by its whole path under `_record`,
//! so that the place of every value is known. An element that is no object makes `extra` that value itself.
//!
//! The key of an element that is a member of an object stands under `_key`, unless a column takes it; beside it, an element that
//! is no object stands under `_value`. A field that is named like one of these stands under `_record` then.

use super::frame::{ExtraField, Frame};
use crate::json::{self, unescape};
use crate::plan::{Level, Plan};

const RECORD: &str = "_record";
const KEY: &str = "_key";
const VALUE: &str = "_value";

/// Where a field goes: the keys of the objects around it (as JSON writes them), its key, its value.
struct Placed<'a> {
    path: Vec<&'a str>,
    key: &'a str,
    value: &'a str,
}

/// True for a key (with its quotes) that spells this index, so that an object with it reads like an array.
pub(super) fn is_index(key: &str, index: u32) -> bool {
    json::pointer::index(&unescape(json::unquoted(key))) == Some(index)
}

/// Writes the `extra` of an element into `out`: its fields, of which none stands twice, and its `key` (in quotes) where that is to
/// be kept; false where there is nothing to keep.
pub(super) fn write<'a>(
    plan: &'a Plan,
    level: &'a Level,
    frame: &Frame<'a>,
    fields: &[&ExtraField<'a>],
    key: Option<&'a str>,
    out: &mut String,
) -> bool {
    out.clear();
    if frame.is_bare {
        match key {
            Some(key) => out.push_str(&format!("{{\"{KEY}\":{key},\"{VALUE}\":{}}}", frame.text)),
            None => out.push_str(frame.text),
        }
        return true;
    }
    if let Some(key) = key {
        let keyed = extras_of_keyed(plan, level, fields);
        let own = Placed { path: Vec::new(), key: KEY, value: key };
        write_object(&std::iter::once(&own).chain(&keyed).collect::<Vec<_>>(), 0, out);
        return true;
    }
    if fields.is_empty() {
        return false;
    }
    let is_flat = level.extra_base.is_empty() && fields.iter().all(|extra| extra.object == level.root);
    let placed: Vec<Placed<'a>> = fields
        .iter()
        .map(|extra| match is_flat {
            true => Placed { path: Vec::new(), key: extra.key, value: extra.value },
            false => place(plan, level, extra),
        })
        .collect();
    write_object(&placed.iter().collect::<Vec<_>>(), 0, out);
    true
}

/// The fields of an element whose key stands beside them.
fn extras_of_keyed<'a>(plan: &'a Plan, level: &'a Level, fields: &[&ExtraField<'a>]) -> Vec<Placed<'a>> {
    let is_taken = |key: &str| matches!(&*unescape(key), KEY | VALUE | RECORD);
    let placed = |extra: &ExtraField<'a>| {
        let mut placed = place(plan, level, extra);
        let is_moved = placed.path.first() == Some(&RECORD) && !level.extra_base.is_empty();
        if !is_moved && is_taken(placed.path.first().copied().unwrap_or(placed.key)) {
            placed.path.insert(0, RECORD);
        }
        placed
    };
    fields.iter().map(|field| placed(field)).collect()
}

/// Of fields that stand twice in one object, the last.
pub(super) fn last_of_each<'b, 'a>(extras: &'b [ExtraField<'a>]) -> Vec<&'b ExtraField<'a>> {
    /// So few are compared with each other faster than they are hashed.
    const FEW: usize = 16;
    let is_plain = |extra: &ExtraField<'_>| memchr::memchr(b'\\', extra.key.as_bytes()).is_none();
    if extras.len() <= FEW && extras.iter().all(is_plain) {
        let is_last = |at: usize| {
            let extra = &extras[at];
            !extras[at + 1..].iter().any(|later| later.object == extra.object && later.key == extra.key)
        };
        return (0..extras.len()).filter(|at| is_last(*at)).map(|at| &extras[at]).collect();
    }
    let mut last = std::collections::HashMap::with_capacity(extras.len());
    for (index, extra) in extras.iter().enumerate() {
        last.insert((extra.object, unescape(extra.key)), index);
    }
    let is_last = |(index, extra): &(usize, &ExtraField<'a>)| {
        last.get(&(extra.object, unescape(extra.key))) == Some(index)
    };
    extras.iter().enumerate().filter(is_last).map(|(_, extra)| extra).collect()
}

fn place<'a>(plan: &'a Plan, level: &'a Level, extra: &ExtraField<'a>) -> Placed<'a> {
    let placed = |path| Placed { path, key: extra.key, value: extra.value };
    let is_beside = extra.is_array && extra.object == level.root && unescape(extra.key) != RECORD;
    if is_beside && !level.extra_base.is_empty() {
        return placed(Vec::new());
    }
    let object = &plan.nodes[extra.object];
    let keys = path_keys(plan, extra.object);
    if let Some(below) = object.path.strip_prefix(level.extra_base.as_slice()) {
        let is_reserved = match below.first() {
            Some(block) => is_reserved(plan, level, block),
            None => is_reserved(plan, level, &unescape(extra.key)),
        };
        if !is_reserved {
            return placed(keys[level.extra_base.len()..].to_vec());
        }
    }
    placed(std::iter::once(RECORD).chain(keys).collect())
}

/// The keys from the level's root to this node, as JSON writes them.
fn path_keys(plan: &Plan, node: usize) -> Vec<&str> {
    let mut keys = Vec::new();
    let mut at = Some(node);
    while let Some(index) = at {
        let node = &plan.nodes[index];
        if node.parent.is_some() {
            keys.push(node.key.json());
        }
        at = node.parent;
    }
    keys.reverse();
    keys
}

/// Names that stand for something else at the top of this level's `extra`.
fn is_reserved(plan: &Plan, level: &Level, key: &str) -> bool {
    if level.extra_base.is_empty() {
        return false;
    }
    let is_array = |below: &Level| {
        below.array.is_some_and(|array| {
            plan.nodes[array].parent == Some(level.root) && plan.nodes[array].key.name == key
        })
    };
    key == RECORD || plan.levels.iter().any(is_array)
}

fn write_object(fields: &[&Placed<'_>], depth: usize, out: &mut String) {
    out.push('{');
    let mut is_first = true;
    let mut done: Vec<&str> = Vec::new();
    for field in fields {
        match field.path.get(depth) {
            None => {
                write_key(field.key, &mut is_first, out);
                out.push_str(field.value);
            }
            Some(block) if !done.contains(block) => {
                done.push(block);
                let members: Vec<&Placed<'_>> =
                    fields.iter().filter(|other| other.path.get(depth) == Some(block)).copied().collect();
                write_key(block, &mut is_first, out);
                write_object(&members, depth + 1, out);
            }
            Some(_) => {}
        }
    }
    out.push('}');
}

fn write_key(key: &str, is_first: &mut bool, out: &mut String) {
    if !std::mem::replace(is_first, false) {
        out.push(',');
    }
    out.push('"');
    out.push_str(key);
    out.push_str("\":");
}
