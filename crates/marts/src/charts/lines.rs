//! Series over time, a line each.

use plotters::prelude::{Circle, IntoLogRange, PathElement, Ranged};
use plotters::style::Color;

use super::canvas::{Drawn, Failed, Mark, Rows, Size, area_of, axes, drawn, top};
use super::palette;

/// The vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// From 0 to 1, whatever the values.
    Share,
    /// By powers of ten; values of 0 lie on its lower end.
    Log,
}

/// Draws series of as many values as the table has rows; a gap where there is none.
pub(crate) fn lines(
    size: Size,
    series: &[Vec<Option<f64>>],
    marks: &[Mark],
    scale: Scale,
    label: &dyn Fn(&f64) -> String,
) -> Result<Drawn, Failed> {
    let n_rows = series.iter().map(Vec::len).max().unwrap_or_default();
    let values = || series.iter().flatten().flatten().copied();
    let greatest = values().fold(0.0, f64::max);
    drawn(size, |root| match scale {
        Scale::Log => {
            let least = values().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
            let least = if least.is_finite() { least.min(greatest / 10.0) } else { 1.0 };
            let range = (least..top(greatest).max(least * 10.0)).log_scale();
            let chart = axes(root, size, n_rows, marks, range, label)?;
            draw(chart, series, least)
        }
        Scale::Share => draw(axes(root, size, n_rows, marks, 0.0..1.0, label)?, series, 0.0),
    })
}

fn draw<Y: Ranged<ValueType = f64>>(
    mut chart: Rows<'_, '_, Y>,
    series: &[Vec<Option<f64>>],
    least: f64,
) -> Result<(i32, i32, i32, i32), Failed> {
    for (number, values) in series.iter().enumerate() {
        let colour = palette::series(number);
        for piece in pieces(values, least) {
            match piece.as_slice() {
                [one] => chart.draw_series([Circle::new(*one, 2, colour.filled())]).map(drop),
                _ => chart.draw_series([PathElement::new(piece, colour.stroke_width(2))]).map(drop),
            }
            .map_err(|error| error.to_string())?;
        }
    }
    Ok(area_of(&chart))
}

/// Stretches without a gap, through the middles of their rows.
#[expect(clippy::cast_precision_loss, reason = "rows of a table are few")]
fn pieces(values: &[Option<f64>], least: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (row, value) in values.iter().enumerate() {
        match (value, pieces.last_mut()) {
            (Some(value), Some(piece)) => piece.push((row as f64 + 0.5, value.max(least))),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_gap_where_there_is_no_value() {
        let pieces = pieces(&[Some(1.0), Some(0.0), None, None, Some(3.0)], 0.5);
        assert_eq!(pieces, [vec![(0.5, 1.0), (1.5, 0.5)], vec![(4.5, 3.0)]]);
    }
}
