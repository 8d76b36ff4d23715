//! Plots as SVG, drawn by plotters: marks, axes and their numbers. Names of series, titles and tables are the page's; no text of a source
//! is drawn.
//!
//! Colours are stand-ins that the page's style gives their colour by theme: a mark of series 2 is `#010002`, and
//! `[fill="#010002"]` has a rule for light and one for dark.

mod canvas;
mod palette;
mod stacked;
mod lines;
mod bars;
mod heat;

pub(crate) use bars::bars;
pub(crate) use canvas::{Drawn, Mark, Size};
pub(crate) use heat::heat;
pub(crate) use lines::{Scale, lines};
pub(crate) use palette::SERIES;
pub(crate) use stacked::stacked;
