//! Columns of text, for people.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// A table without lines, two spaces between its columns; the columns named in `right` hold numbers.
pub(crate) fn columns(head: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().copied());
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if right.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// A text below another, further in.
pub(crate) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// A span of time in the unit that shows it best: 12 s, 3 min, 5 h, 2 d.
pub(crate) fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    match seconds {
        0.0..10.0 => format!("{seconds:.1} s"),
        10.0..120.0 => format!("{seconds:.0} s"),
        120.0..7_200.0 => format!("{:.0} min", seconds / 60.0),
        7_200.0..172_800.0 => format!("{:.0} h", seconds / 3_600.0),
        _ => format!("{:.0} d", seconds / 86_400.0),
    }
}

/// An instant to the second, in UTC.
pub(crate) fn instant(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
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
        let rows = [vec!["a".to_owned(), "1".to_owned()], vec!["bcd".to_owned(), "12,345".to_owned()]];
        assert_eq!(columns(&["name", "rows"], &[1], rows), "name    rows\na          1\nbcd   12,345");
    }

    #[test]
    fn spans_are_short() {
        let spans = [-1.0, 1.26, 59.6, 3_600.0, 86_400.0, 864_000.0].map(span);
        assert_eq!(spans, ["0.0 s", "1.3 s", "60 s", "60 min", "24 h", "10 d"]);
    }
}
