//! Series over time, one on the other.

use plotters::prelude::Polygon;
use plotters::style::Color;

use super::canvas::{Drawn, Failed, Mark, Size, Ticks, area_of, axes, drawn, top};
use super::palette;

/// Draws series of as many values as the table has rows, the first at the bottom, each value as wide as its row.
pub(crate) fn stacked(
    size: Size,
    series: &[Vec<f64>],
    marks: &[Mark],
    label: &dyn Fn(&f64) -> String,
) -> Result<Drawn, Failed> {
    let n_rows = series.iter().map(Vec::len).max().unwrap_or_default();
    let mut base = vec![0.0; n_rows];
    let totals = (0..n_rows).map(|row| series.iter().filter_map(|values| values.get(row)).sum());
    let greatest = totals.fold(0.0, f64::max);
    drawn(size, |root| {
        let mut chart = axes(root, size, n_rows, marks, 0.0..top(greatest), &Ticks::Round(label))?;
        for (number, values) in series.iter().enumerate() {
            let upper: Vec<f64> = base.iter().zip(values).map(|(base, value)| base + value).collect();
            let mut outline = steps(&upper);
            outline.extend(steps(&base).into_iter().rev());
            let style = palette::series(number).filled();
            chart.draw_series([Polygon::new(outline, style)]).map_err(|error| error.to_string())?;
            base = upper;
        }
        Ok(area_of(&chart))
    })
}

/// The upper edge of values that are each one row wide; of many, through their middles.
#[expect(clippy::cast_precision_loss, reason = "rows of a table are few")]
fn steps(values: &[f64]) -> Vec<(f64, f64)> {
    /// More than these are narrower than two pixels.
    const MAX_STEPS: usize = 400;
    let places = values.iter().enumerate();
    match values.len() > MAX_STEPS {
        true => places.map(|(row, value)| (row as f64 + 0.5, *value)).collect(),
        false => places.flat_map(|(row, value)| [(row as f64, *value), (row as f64 + 1.0, *value)]).collect(),
    }
}
