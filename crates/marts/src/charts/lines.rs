//! Series over time, a line each.

use plotters::prelude::{Circle, PathElement, Ranged};
use plotters::style::Color;

use super::canvas::{Drawn, Failed, Mark, Rows, Size, Ticks, area_of, axes, drawn};
use super::palette;

/// The vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// Shares from this one to 1.
    Share {
        /// Where the axis begins.
        from: f64,
    },
    /// Seconds, by powers of ten.
    LogSeconds,
}

/// Lengths of time that people know, in seconds.
const KNOWN: [f64; 13] = [
    0.1,
    1.0,
    10.0,
    60.0,
    600.0,
    3_600.0,
    21_600.0,
    86_400.0,
    604_800.0,
    2_592_000.0,
    31_536_000.0,
    3.2e8,
    3.2e9,
];

/// Draws series of as many values as the table has rows; a gap where there is none.
pub(crate) fn lines(
    size: Size,
    series: &[Vec<Option<f64>>],
    marks: &[Mark],
    scale: Scale,
    label: &dyn Fn(&f64) -> String,
) -> Result<Drawn, Failed> {
    let n_rows = series.iter().map(Vec::len).max().unwrap_or_default();
    drawn(size, |root| match scale {
        Scale::Share { from } => {
            let chart = axes(root, size, n_rows, marks, from..1.0, &Ticks::Round(label))?;
            draw(chart, series, |value| value.max(from))
        }
        Scale::LogSeconds => {
            let (least, greatest) = known_around(series);
            let ticks = KNOWN.iter().filter(|known| (least..=greatest).contains(known));
            let ticks = Ticks::At(ticks.map(|known| (known.log10(), label(known))).collect());
            let chart = axes(root, size, n_rows, marks, least.log10()..greatest.log10(), &ticks)?;
            draw(chart, series, |value| value.max(least).log10())
        }
    })
}

/// Known lengths of time below and above all values.
fn known_around(series: &[Vec<Option<f64>>]) -> (f64, f64) {
    let values = || series.iter().flatten().flatten().copied().filter(|value| *value > 0.0);
    let greatest = values().fold(0.0, f64::max);
    // Where there is no value above 0, the shortest time.
    let least = values().fold(f64::INFINITY, f64::min);
    let least = if least.is_finite() { least } else { KNOWN[0] };
    let below = KNOWN.iter().rev().copied().find(|known| *known <= least).unwrap_or(KNOWN[0]);
    let above =
        KNOWN.iter().copied().find(|known| *known >= greatest && *known > below).unwrap_or(below * 10.0);
    (below, above)
}

fn draw<Y: Ranged<ValueType = f64>>(
    mut chart: Rows<'_, '_, Y>,
    series: &[Vec<Option<f64>>],
    height: impl Fn(f64) -> f64,
) -> Result<(i32, i32, i32, i32), Failed> {
    for (number, values) in series.iter().enumerate() {
        let colour = palette::series(number);
        for piece in pieces(values, &height) {
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
fn pieces(values: &[Option<f64>], height: &impl Fn(f64) -> f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (row, value) in values.iter().enumerate() {
        match (value, pieces.last_mut()) {
            (Some(value), Some(piece)) => piece.push((row as f64 + 0.5, height(*value))),
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
        let pieces = pieces(&[Some(1.0), Some(0.0), None, None, Some(3.0)], &|value: f64| value.max(0.5));
        assert_eq!(pieces, [vec![(0.5, 1.0), (1.5, 0.5)], vec![(4.5, 3.0)]]);
    }

    #[test]
    fn the_axis_reaches_from_a_known_time_to_another() {
        assert_eq!(known_around(&[vec![Some(3.0), Some(64.0)]]), (1.0, 600.0));
        assert_eq!(known_around(&[vec![Some(60.0), None]]), (60.0, 600.0));
        assert_eq!(known_around(&[vec![Some(0.0)]]), (0.1, 1.0));
    }
}
