//! A field a cell of the table.

use plotters::prelude::{Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{Drawn, Failed, Mark, Size, drawn, ink, share};
use super::palette::{STEPS, step};

/// Draws rows of cells; rows are named on the left, columns below.
pub(crate) fn heat(size: Size, cells: &[Vec<f64>], rows: &[&str], columns: &[Mark]) -> Result<Drawn, Failed> {
    let greatest = cells.iter().flatten().copied().fold(0.0, f64::max);
    let n_columns = cells.iter().map(Vec::len).max().unwrap_or_default().max(1);
    drawn(size, |root| {
        let (width, height) = root.dim_in_pixel();
        let (width, height) = (width.cast_signed(), height.cast_signed());
        let (left, top, right, bottom) = (size.left().cast_signed(), 8, width - 8, height - 26);
        let x = |column: usize| left + share(right - left, column, n_columns);
        let y = |row: usize| top + share(bottom - top, row, cells.len().max(1));
        for (row, values) in cells.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                let corners = [(x(column), y(row)), (x(column + 1) - 1, y(row + 1) - 1)];
                let style = step(step_of(*value, greatest)).filled();
                root.draw(&Rectangle::new(corners, style)).map_err(|error| error.to_string())?;
            }
        }
        let text = |text: &str, at: (i32, i32), pos: Pos| {
            root.draw(&Text::new(text.to_owned(), at, ink(size).pos(pos))).map_err(|error| error.to_string())
        };
        for (row, name) in rows.iter().enumerate() {
            let middle = i32::midpoint(y(row), y(row + 1));
            text(name, (left - 8, middle), Pos::new(HPos::Right, VPos::Center))?;
        }
        for mark in columns {
            let middle = i32::midpoint(x(mark.at), x(mark.at + 1));
            text(&mark.text, (middle, bottom + 8), Pos::new(HPos::Center, VPos::Top))?;
        }
        Ok((left, top, right, bottom))
    })
}

/// 0 for nothing; from 1 by the square root, as a few hours have most of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between 0 and the steps"
)]
fn step_of(value: f64, greatest: f64) -> u8 {
    if value <= 0.0 || greatest <= 0.0 {
        return 0;
    }
    ((value / greatest).sqrt() * f64::from(STEPS)).ceil().clamp(1.0, f64::from(STEPS)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_value_differs_from_nothing() {
        assert_eq!((step_of(0.0, 9.0), step_of(0.001, 1e9), step_of(9.0, 9.0)), (0, 1, STEPS));
        assert_eq!(step_of(1.0, 0.0), 0);
    }
}
