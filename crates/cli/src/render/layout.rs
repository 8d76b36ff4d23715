//! Columns and lines of text.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::terminal;

/// Columns of the screen that a block below a title is set in by.
const INDENT: usize = 2;

/// A table without lines, two spaces between its columns, for stdout; the columns named in `right` hold numbers. Where the
/// screen is too narrow for it, each row is a block of names and values.
pub(crate) fn columns(head: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    arranged(head, right, rows.into_iter().collect(), terminal::stdout_width())
}

/// The same for a screen of `width` columns, or for none.
pub(crate) fn arranged(
    head: &[&str],
    right: &[usize],
    rows: Vec<Vec<String>>,
    width: Option<usize>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().copied());
    table.add_rows(rows.iter().cloned());
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if right.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.trim_fmt();
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    match width {
        Some(width) if widest + INDENT > width => blocks(head, &rows, width.saturating_sub(INDENT)),
        _ => text,
    }
}

/// A block for each row: its first cell, and a line for each other one that is not empty.
fn blocks(head: &[&str], rows: &[Vec<String>], width: usize) -> String {
    let room = head.iter().skip(1).map(|name| name.chars().count()).max().unwrap_or_default();
    let lines = rows.iter().flat_map(|row| {
        let title = row.first().cloned().unwrap_or_default();
        let cells = head.iter().zip(row).skip(1).filter(|(_, value)| !value.is_empty());
        let cells = cells.flat_map(move |(name, value)| {
            let label = format!("  {name:room$}  ");
            let margin = label.chars().count();
            let wrapped = wrapped(value, width.saturating_sub(margin));
            let line = move |(index, part): (usize, String)| match index {
                0 => format!("{label}{part}"),
                _ => format!("{:margin$}{part}", ""),
            };
            wrapped.into_iter().enumerate().map(line)
        });
        std::iter::once(title).chain(cells)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A text in lines of at most `width` columns, broken between words; a word that is longer is broken, too.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        let used = lines.last().map_or(0, |line| line.chars().count());
        if used > 0 && used + 1 + word.len() > width {
            lines.push(String::new());
        }
        while word.len() > width {
            let rest = word.split_off(width);
            if let Some(line) = lines.last_mut() {
                line.extend(word);
            }
            lines.push(String::new());
            word = rest;
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(word);
        }
    }
    lines
}

/// A text below another, further in.
pub(crate) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// Names and values in one line.
pub(crate) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = vec![vec!["a".to_owned(), "1".to_owned()], vec!["bcd".to_owned(), "12,345".to_owned()]];
        let wide = arranged(&["name", "rows"], &[1], rows, None);
        assert_eq!(wide, "name    rows\na          1\nbcd   12,345");
    }

    #[test]
    fn a_table_that_is_wider_than_the_screen_becomes_blocks() {
        let row = ["messages", "bot_name=demo-bot", "2025-03-01 00:00:00Z", ""].map(str::to_owned).to_vec();
        let head = ["stream", "params", "watermark", "age"];
        for (width, is_table) in [(200, true), (56, true), (55, false), (40, false), (24, false)] {
            let text = arranged(&head, &[], vec![row.clone()], Some(width));
            assert_eq!(text.starts_with("stream"), is_table, "{width}: {text}");
            for line in text.lines() {
                assert!(line.chars().count() + INDENT <= width, "{width}: {line}");
            }
        }
        assert_eq!(
            arranged(&head, &[], vec![row], Some(40)),
            "messages\n  params     bot_name=demo-bot\n  watermark  2025-03-01 00:00:00Z"
        );
    }
}
