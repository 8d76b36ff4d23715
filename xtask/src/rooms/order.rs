//! What speaks against an order of rooms. Pure.

use super::circles::circles;
use super::graph::Graph;

/// Each of: arrows that do not point to a room before, circles, rooms the table lacks or has in vain, names nobody owns.
pub(super) fn findings(folder: &str, rooms: &[&str], graph: &Graph) -> Vec<String> {
    let place_of = |room: &str| rooms.iter().position(|known| *known == room);
    let mut findings = Vec::new();
    for room in &graph.rooms {
        if place_of(room).is_none() {
            findings.push(format!("{folder}: the room `{room}` is not in the table"));
        }
    }
    for room in rooms {
        if !graph.rooms.contains(*room) {
            findings.push(format!("{folder}: the table has `{room}`, and there is no such room"));
        }
    }
    for ((from, to), arrow) in &graph.arrows {
        if let (Some(lower), Some(upper)) = (place_of(from), place_of(to))
            && lower < upper
        {
            findings.push(format!("{folder}: {from} -> {to}: `{to}` stands above `{from}` ({arrow})"));
        }
    }
    for circle in circles(graph) {
        findings.push(format!("{folder}: a circle of {}", circle.join(", ")));
    }
    for (name, place) in &graph.unowned {
        findings.push(format!("{folder}: `crate::{name}` is of no room ({place})"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::tree;
    use super::*;

    #[test]
    fn what_is_against_the_order_is_told() {
        let files = [
            ("lib.rs", "pub use base::Base;"),
            ("base.rs", ""),
            ("middle/mod.rs", "use crate::Base;"),
            ("top.rs", "use crate::{base, middle};"),
        ];
        for (files, rooms, expected) in [
            (&files[..], &["base", "middle", "top"][..], &[][..]),
            (
                &files,
                &["middle", "base", "top"],
                &["x: middle -> base: `base` stands above `middle` (src/middle/mod.rs:1)"],
            ),
            (&files, &["base", "middle"], &["x: the room `top` is not in the table"]),
            (
                &files,
                &["base", "middle", "top", "roof"],
                &["x: the table has `roof`, and there is no such room"],
            ),
            (
                &[("a.rs", "use crate::b;"), ("b.rs", "use crate::a;")],
                &["a", "b"],
                &["x: a -> b: `b` stands above `a` (src/a.rs:1)", "x: a circle of a, b"],
            ),
            (&[("a.rs", "use super::*;")], &["a"], &["x: `crate::*` is of no room (src/a.rs:1)"]),
        ] {
            assert_eq!(findings("x", rooms, &Graph::of(&tree(files))), expected);
        }
    }
}
