//! Circles of rooms. Pure.

use std::collections::BTreeSet;

use super::graph::Graph;

/// Each set of rooms in which every one leads to every other, in the order of their names.
pub(super) fn circles(graph: &Graph) -> Vec<Vec<&str>> {
    let mut circles: Vec<Vec<&str>> = Vec::new();
    for room in &graph.rooms {
        if circles.iter().flatten().any(|known| known == room) {
            continue;
        }
        let ahead = reached(graph, room);
        if ahead.contains(room.as_str()) {
            circles.push(
                ahead.iter().copied().filter(|other| reached(graph, other).contains(room.as_str())).collect(),
            );
        }
    }
    circles
}

/// The rooms that arrows lead to from `room`.
fn reached<'a>(graph: &'a Graph, room: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![room];
    while let Some(room) = open.pop() {
        open.extend(graph.named_by(room).map(|(to, _)| to).filter(|to| reached.insert(*to)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::tree;
    use super::*;

    #[test]
    fn circles_are_found_and_told_apart() {
        for (files, expected) in [
            (&[("a.rs", "use crate::b;"), ("b.rs", "use crate::c;"), ("c.rs", "")][..], &[][..]),
            (&[("a.rs", "use crate::b;"), ("b.rs", "use crate::a;")], &[&["a", "b"][..]]),
            (
                &[
                    ("a.rs", "use crate::{b, d};"),
                    ("b.rs", "use crate::c;"),
                    ("c.rs", "use crate::b;"),
                    ("d.rs", "use crate::e;"),
                    ("e.rs", "use crate::f;"),
                    ("f.rs", "use crate::d;"),
                ],
                &[&["b", "c"], &["d", "e", "f"]],
            ),
            (&[("a/b.rs", "use super::c;"), ("a/c.rs", "use super::b;")], &[]),
        ] {
            let graph = Graph::of(&tree(files));
            assert_eq!(circles(&graph), expected, "{files:?}");
        }
    }
}
