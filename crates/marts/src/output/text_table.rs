//! A result as a table for people: as wide as the terminal, numbers to the right, long texts cut with a mark.

use polars::prelude::DataFrame;
use unicode_width::UnicodeWidthStr;

use super::cell;
use super::escape::escaped;
use super::fit::{cut, fit};

/// What stands for null.
const NULL: &str = "NULL";
/// Between two columns.
const GAP: &str = "  ";

/// A column, its cells as they are shown.
struct Shown {
    name: String,
    is_number: bool,
    cells: Vec<String>,
}

impl Shown {
    fn width(&self) -> usize {
        self.cells.iter().chain([&self.name]).map(|cell| cell.width()).max().unwrap_or_default()
    }
}

/// The rows below the names of their columns; `width` is that of the terminal, `None` where lines may be of any length.
pub(crate) fn text(rows: &DataFrame, width: Option<usize>) -> String {
    let columns: Vec<Shown> = rows
        .columns()
        .iter()
        .map(|column| {
            let values = column.as_materialized_series().iter();
            let cells =
                values.map(|value| cell::text(&value).map_or_else(|| NULL.to_owned(), |text| escaped(&text)));
            Shown {
                name: escaped(column.name()),
                is_number: column.dtype().is_primitive_numeric() || column.dtype().is_duration(),
                cells: cells.collect(),
            }
        })
        .collect();
    let natural: Vec<usize> = columns.iter().map(Shown::width).collect();
    let can_be_cut: Vec<bool> = columns.iter().map(|column| !column.is_number).collect();
    let widths = match width {
        Some(width) => fit(&natural, &can_be_cut, width, GAP.len()),
        None => natural,
    };
    let shown: Vec<(&Shown, usize)> = columns.iter().zip(widths.iter().copied()).collect();
    let mut text = line(shown.iter().map(|(column, width)| (column.name.as_str(), column.is_number, *width)));
    text.push_str(&line_of_dashes(&widths));
    for row in 0..rows.height() {
        let cells = shown.iter().map(|(column, width)| {
            let cell = column.cells.get(row).map(String::as_str).unwrap_or_default();
            (cell, column.is_number, *width)
        });
        text.push_str(&line(cells));
    }
    let n_hidden = columns.len() - widths.len();
    if n_hidden > 0 {
        let hidden: Vec<&str> = columns[widths.len()..].iter().map(|column| column.name.as_str()).collect();
        text.push_str(&format!("not shown for want of width: {}\n", hidden.join(", ")));
    }
    text
}

fn line<'a>(cells: impl Iterator<Item = (&'a str, bool, usize)>) -> String {
    let padded: Vec<String> = cells
        .map(|(cell, is_number, width)| {
            let cell = cut(cell, width);
            let space = " ".repeat(width.saturating_sub(cell.width()));
            if is_number { space + &cell } else { cell + &space }
        })
        .collect();
    format!("{}\n", padded.join(GAP).trim_end())
}

fn line_of_dashes(widths: &[usize]) -> String {
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    format!("{}\n", dashes.join(GAP))
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    #[test]
    fn a_table_shows_numbers_to_the_right_nulls_and_what_was_cut() {
        let rows = df!(
            "name" => [Some("ann"), None, Some("a very long text\nof two lines")],
            "n" => [1_i64, 22, -333],
        )
        .unwrap();
        let wide = "name                              n\n\
                    ------------------------------  ----\n\
                    ann                                1\n\
                    NULL                              22\n\
                    a very long text\\nof two lines  -333\n";
        assert_eq!(text(&rows, None), wide.replace("n\n-", " n\n-"));
        let narrow = "name             n\n\
                      ------------  ----\n\
                      ann              1\n\
                      NULL            22\n\
                      a very long…  -333\n";
        assert_eq!(text(&rows, Some(18)), narrow);
    }

    #[test]
    fn columns_that_have_no_room_are_named() {
        let rows = df!("a" => ["x".repeat(20)], "b" => ["y".repeat(20)], "c" => ["z".repeat(20)]).unwrap();
        let shown = text(&rows, Some(20));
        assert!(shown.ends_with("not shown for want of width: c\n"), "{shown}");
        assert!(shown.lines().take(3).all(|line| line.width() <= 20), "{shown}");
    }
}
