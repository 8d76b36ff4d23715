//! Which room names which, and where. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// A crate's rooms and the arrows between them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) rooms: BTreeSet<String>,
    /// From room to room. Where only tests are built with a room, as with fakes, tests of any room may name it.
    pub(super) arrows: BTreeMap<(String, String), Arrow>,
    /// Names of the root that no room owns, with their places.
    pub(super) unowned: Vec<(String, String)>,
}

/// One example of how a room names another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    /// Code before tests.
    pub(super) by: By,
    /// As `src/load/mod.rs:12`.
    pub(super) place: String,
}

/// What names the other room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Code,
    Tests,
}

impl std::fmt::Display for Arrow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.by {
            By::Code => f.write_str(&self.place),
            By::Tests => write!(f, "{}, tests alone", self.place),
        }
    }
}

impl Graph {
    pub(super) fn of(sources: &[Source]) -> Self {
        let rooms: BTreeSet<String> = sources.iter().filter_map(Source::room).map(str::to_owned).collect();
        let owners = owners(sources, &rooms);
        let is_of_tests = |room: &str| {
            let mut files = sources.iter().filter(|source| source.room() == Some(room));
            files.all(|source| source.is_of_tests)
        };
        let mut graph = Self { rooms, ..Self::default() };
        for source in sources {
            let Some(from) = source.room() else { continue };
            for path in &source.paths {
                let first = &path.segments[0];
                let place = || format!("{}:{}", source.file, path.line);
                let owner = match graph.rooms.get(first) {
                    Some(room) => Some(room),
                    None => match owners.get(first) {
                        Some(owner) => owner.as_ref(),
                        None => {
                            graph.unowned.push((first.clone(), place()));
                            None
                        }
                    },
                };
                let Some(to) = owner.filter(|to| *to != from).cloned() else { continue };
                if is_of_tests(&to) && !is_of_tests(from) {
                    continue;
                }
                let by = match source.is_of_tests_at(path.line) {
                    true => By::Tests,
                    false => By::Code,
                };
                let arrow = graph.arrows.entry((from.to_owned(), to));
                let arrow = arrow.or_insert_with(|| Arrow { by, place: place() });
                if by < arrow.by {
                    *arrow = Arrow { by, place: place() };
                }
            }
        }
        graph
    }

    /// The rooms that `room` names, each with a place.
    pub(super) fn named_by<'a>(&'a self, room: &'a str) -> impl Iterator<Item = (&'a str, &'a Arrow)> {
        let arrows = self.arrows.iter().filter(move |((from, _), _)| from == room);
        arrows.map(|((_, to), arrow)| (to.as_str(), arrow))
    }
}

/// What the root calls by a name of its own: the room that owns it, none for what is of another crate.
fn owners(sources: &[Source], rooms: &BTreeSet<String>) -> BTreeMap<String, Option<String>> {
    let roots = sources.iter().filter(|source| source.module.is_empty());
    let uses = roots.flat_map(|source| &source.paths);
    uses.map(|path| (path.name.clone(), rooms.get(&path.segments[0]).cloned())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::tree;
    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let graph = Graph::of(&tree(files));
        let arrows = graph.arrows.iter().map(|((from, to), arrow)| format!("{from} -> {to} ({arrow})"));
        let unowned = graph.unowned.iter().map(|(name, place)| format!("{name}? ({place})"));
        assert_eq!(arrows.chain(unowned).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_arrow_has_its_first_place() {
        check(
            &[
                ("lib.rs", "mod a;\nmod b;\n"),
                ("a/mod.rs", "mod c;\n"),
                ("a/c.rs", "use crate::b::{D, E};\nfn f() { crate::b::g() }"),
                ("b.rs", "use self::h; use super::b::i;"),
            ],
            &["a -> b (src/a/c.rs:1)"],
        );
    }

    #[test]
    fn files_of_one_room_may_name_each_other() {
        check(&[("a/mod.rs", ""), ("a/b.rs", "use super::c::D;"), ("a/c.rs", "use crate::a::b::E;")], &[]);
    }

    #[test]
    fn tests_count_and_so_does_the_way_over_the_root() {
        check(
            &[
                ("a.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n    use super::super::b::C;\n}"),
                ("b.rs", "fn f() { super::d::e() }"),
                ("d.rs", ""),
            ],
            &["a -> b (src/a.rs:4, tests alone)", "b -> d (src/b.rs:1)"],
        );
    }

    #[test]
    fn code_is_the_better_example() {
        let tests = "#[cfg(test)]\nmod tests {\n    use crate::b::C;\n}\n";
        check(&[("a/c.rs", tests), ("a/d.rs", "use crate::b::C;"), ("b.rs", "")], &["a -> b (src/a/d.rs:1)"]);
    }

    #[test]
    fn tests_may_name_what_is_there_for_tests() {
        check(
            &[
                ("lib.rs", "mod a;\n#[cfg(test)]\nmod fakes;"),
                ("a.rs", "#[cfg(test)]\nmod tests {\n    use crate::fakes::Fake;\n}"),
                ("fakes/mod.rs", "use crate::a::Seam;"),
            ],
            &["fakes -> a (src/fakes/mod.rs:1, tests alone)"],
        );
    }

    #[test]
    fn a_name_of_the_root_is_of_the_room_that_owns_it() {
        check(
            &[
                ("lib.rs", "pub use a::{B, c::D as E};\npub(crate) use self::a::f;\npub use model::Span;\n"),
                ("a.rs", ""),
                ("g.rs", "use crate::B;"),
                ("h.rs", "use crate::{E, Span};"),
                ("i.rs", "fn j() { crate::f() }"),
                ("k.rs", "use crate::Nobodys; use crate::*;"),
            ],
            &[
                "g -> a (src/g.rs:1)",
                "h -> a (src/h.rs:1)",
                "i -> a (src/i.rs:1)",
                "Nobodys? (src/k.rs:1)",
                "*? (src/k.rs:1)",
            ],
        );
    }
}
