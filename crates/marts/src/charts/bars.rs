//! A bar a row of the table.

use plotters::prelude::Rectangle;
use plotters::style::Color;

use super::canvas::{Drawn, Failed, Mark, Size, Ticks, area_of, axes, drawn, top};
use super::palette;

/// Draws series of as many values as the table has rows, one on the other.
pub(crate) fn bars(
    size: Size,
    series: &[Vec<f64>],
    marks: &[Mark],
    label: &dyn Fn(&f64) -> String,
) -> Result<Drawn, Failed> {
    let n_rows = series.iter().map(Vec::len).max().unwrap_or_default();
    let totals = (0..n_rows).map(|row| series.iter().filter_map(|values| values.get(row)).sum());
    let greatest = totals.fold(0.0, f64::max);
    let mut base = vec![0.0; n_rows];
    // Of many bars there is no room for gaps.
    let gap = if n_rows > 120 { 0.0 } else { 0.08 };
    drawn(size, |root| {
        let mut chart = axes(root, size, n_rows, marks, 0.0..top(greatest), &Ticks::Round(label))?;
        for (number, values) in series.iter().enumerate() {
            let style = palette::series(number).filled();
            #[expect(clippy::cast_precision_loss, reason = "rows of a table are few")]
            let bar = |(row, value): (usize, &f64)| {
                let (left, base) = (row as f64, base[row]);
                Rectangle::new([(left + gap, base), (left + 1.0 - gap, base + value)], style)
            };
            let shown = values.iter().enumerate().filter(|(_, value)| **value > 0.0).map(bar);
            chart.draw_series(shown).map_err(|error| error.to_string())?;
            base.iter_mut().zip(values).for_each(|(base, value)| *base += value);
        }
        Ok(area_of(&chart))
    })
}
