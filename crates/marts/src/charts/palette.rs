//! Colours that stand for those of the page's style.

use plotters::style::RGBColor;

/// Series that have a colour of their own.
pub(crate) const SERIES: usize = 8;
/// Steps of a heat map.
pub(super) const STEPS: u8 = 10;

/// Texts of axes.
pub(super) const INK: RGBColor = RGBColor(2, 0, 1);
/// Lines of the grid.
pub(super) const GRID: RGBColor = RGBColor(2, 0, 2);

/// The colour of a series, from 0.
pub(super) fn series(number: usize) -> RGBColor {
    RGBColor(1, 0, u8::try_from(number % SERIES).unwrap_or_default())
}

/// The colour of a step of a heat map, from 0 for nothing.
pub(super) fn step(number: u8) -> RGBColor {
    RGBColor(3, 0, number.min(STEPS))
}
