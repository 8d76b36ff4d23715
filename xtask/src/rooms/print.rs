//! A crate's rooms, as people read them. Pure.

use super::circles::circles;
use super::graph::Graph;
use super::size::median;
use super::source::Source;

/// Files longer than this are named.
const LONG_LINES: usize = 300;

/// Sizes, arrows and circles.
pub(super) fn text(folder: &str, sources: &[Source], graph: &Graph) -> String {
    let lengths: Vec<usize> =
        sources.iter().filter(|source| !source.is_of_tests).map(|source| source.lines).collect();
    let (n_files, n_tests) = (lengths.len(), sources.len() - lengths.len());
    let mut lines = vec![format!(
        "{folder}: {n_files} files with a median of {} lines without tests, and {n_tests} files of tests; {} rooms",
        median(lengths),
        graph.rooms.len()
    )];
    for source in sources.iter().filter(|source| source.lines > LONG_LINES) {
        lines.push(format!("  above {LONG_LINES} lines: {} has {}", source.file, source.lines));
    }
    for room in &graph.rooms {
        let n_files = sources.iter().filter(|source| source.room() == Some(room)).count();
        lines.push(format!("  {room} ({n_files})"));
        lines.extend(graph.named_by(room).map(|(to, arrow)| format!("    -> {to:<16} {arrow}")));
    }
    lines.extend(circles(graph).iter().map(|circle| format!("  a circle of {}", circle.join(", "))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::tree;
    use super::*;

    #[test]
    fn a_crate_at_a_glance() {
        let long = "\n".repeat(301);
        let sources = tree(&[
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a/mod.rs", "use crate::b;\n#[cfg(test)]\nmod d;\n"),
            ("a/c.rs", &long),
            ("a/d.rs", "fn f() {}\n"),
            ("b.rs", "\nuse crate::a;\n"),
        ]);
        let expected = "\
x: 4 files with a median of 2 lines without tests, and 1 files of tests; 2 rooms
  above 300 lines: src/a/c.rs has 301
  a (3)
    -> b                src/a/mod.rs:1
  b (1)
    -> a                src/b.rs:2
  a circle of a, b";
        assert_eq!(text("x", &sources, &Graph::of(&sources)), expected);
    }
}
