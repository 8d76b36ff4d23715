//! What all plots share: sizes, margins, axes, and the way from plotters' document to a piece of the page.

use std::error::Error;

use plotters::coord::CoordTranslate;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, DrawingArea, IntoDrawingArea, PathElement, Ranged, SVGBackend,
    Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, TextStyle};

use super::palette::{GRID, INK};

/// The size a plot is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// A desktop.
    Wide,
    /// A phone of 360 pixels.
    Narrow,
}

impl Size {
    /// Both, the wide one first.
    pub(crate) const BOTH: [Self; 2] = [Self::Wide, Self::Narrow];

    const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Wide => (960, 300),
            Self::Narrow => (336, 240),
        }
    }

    /// What the page's style knows it by.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    /// Marks of the horizontal axis that fit.
    const fn marks(self) -> usize {
        match self {
            Self::Wide => 13,
            Self::Narrow => 5,
        }
    }

    pub(super) const fn left(self) -> u32 {
        match self {
            Self::Wide => 64,
            Self::Narrow => 46,
        }
    }
}

/// A mark of the horizontal axis: the place of a row of the table, and what is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) at: usize,
    pub(crate) text: String,
    /// True where a year begins.
    pub(crate) is_first_of_year: bool,
}

impl Mark {
    /// A mark of no time.
    pub(crate) fn new(at: usize, text: String) -> Self {
        Self { at, text, is_first_of_year: false }
    }
}

/// A plot that is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    /// The elements within `<svg>`.
    pub(crate) body: String,
    /// Its width and height in pixels.
    pub(crate) pixels: (u32, u32),
    /// The plotting area: left, top, right, bottom.
    pub(crate) area: (i32, i32, i32, i32),
    /// What the page's style knows its size by.
    pub(crate) class: &'static str,
}

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
pub(super) type Failed = Box<dyn Error + Send + Sync>;

/// Draws on a document of this size, and takes its elements out. `draw` gives the plotting area.
pub(super) fn drawn(
    size: Size,
    draw: impl FnOnce(&Area<'_>) -> Result<(i32, i32, i32, i32), Failed>,
) -> Result<Drawn, Failed> {
    let mut document = String::new();
    let pixels = size.pixels();
    let area = {
        let root = SVGBackend::with_string(&mut document, pixels).into_drawing_area();
        let area = draw(&root)?;
        root.present().map_err(|error| error.to_string())?;
        area
    };
    let begin = document.find("<svg").and_then(|at| Some(at + document[at..].find('>')? + 1));
    let body = begin.zip(document.rfind("</svg>")).and_then(|(from, until)| document.get(from..until));
    let body = body.ok_or("the document has no elements")?.replace('\n', "");
    Ok(Drawn { body, pixels, area, class: size.class() })
}

/// The style of the texts of axes.
pub(super) fn ink(size: Size) -> TextStyle<'static> {
    let pixels = match size {
        Size::Wide => 15,
        Size::Narrow => 14,
    };
    TextStyle::from((FontFamily::SansSerif, pixels, FontStyle::Normal)).color(&INK)
}

/// Coordinates over rows of the table, `0.0..n`, and values.
pub(super) type Rows<'a, 'b, Y> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, Y>>;

/// Where lines of the grid are, and what is written beside them.
pub(super) enum Ticks<'a> {
    /// At round numbers, as this writes them.
    Round(&'a dyn Fn(&f64) -> String),
    /// At these values.
    At(Vec<(f64, String)>),
}

/// Axes for so many rows.
pub(super) fn axes<'a, 'b, Y>(
    root: &Area<'b>,
    size: Size,
    n_rows: usize,
    marks: &[Mark],
    vertical: Y,
    ticks: &Ticks<'_>,
) -> Result<Rows<'a, 'b, Y::CoordDescType>, Failed>
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64> + Ranged<ValueType = f64>,
{
    #[expect(clippy::cast_precision_loss, reason = "rows of a table are few")]
    let until = n_rows.max(1) as f64;
    let mut chart = ChartBuilder::on(root)
        .margin_top(10)
        .margin_right(12)
        .set_label_area_size(plotters::prelude::LabelAreaPosition::Left, size.left())
        .set_label_area_size(plotters::prelude::LabelAreaPosition::Bottom, 26)
        .build_cartesian_2d(0.0..until, vertical)
        .map_err(|error| error.to_string())?;
    let label = |value: &f64| match ticks {
        Ticks::Round(label) => label(value),
        Ticks::At(_) => String::new(),
    };
    let n_labels = match ticks {
        Ticks::Round(_) => 5,
        Ticks::At(_) => 0,
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_labels(n_labels)
        .y_label_formatter(&label)
        .y_label_style(ink(size))
        .light_line_style(GRID.mix(0.0))
        .bold_line_style(GRID)
        .axis_style(GRID)
        .draw()
        .map_err(|error| error.to_string())?;
    let (horizontal, vertical) = chart.plotting_area().get_pixel_range();
    if let Ticks::At(values) = ticks {
        at_values(root, size, &mut chart, until, values)?;
    }
    let every = marks.len().div_ceil(size.marks()).max(1);
    // Where not all are shown, years are.
    let first = marks.iter().position(|mark| mark.is_first_of_year).unwrap_or_default() % every;
    let right = i32::try_from(root.dim_in_pixel().0).unwrap_or(i32::MAX);
    for mark in marks.iter().skip(first).step_by(every) {
        let x = horizontal.start + share(horizontal.end - horizontal.start, mark.at, n_rows.max(1));
        // A text that would hang over the edge ends there.
        let width = i32::try_from(mark.text.chars().count() * 4).unwrap_or(i32::MAX);
        let at = (x.min(right.saturating_sub(width)), vertical.end + 8);
        let style = ink(size).pos(Pos::new(HPos::Center, VPos::Top));
        root.draw(&Text::new(mark.text.clone(), at, style)).map_err(|error| error.to_string())?;
    }
    Ok(chart)
}

/// Lines of the grid at these values.
fn at_values<'b, Y: Ranged<ValueType = f64>>(
    root: &Area<'b>,
    size: Size,
    chart: &mut Rows<'_, 'b, Y>,
    until: f64,
    values: &[(f64, String)],
) -> Result<(), Failed> {
    for (value, text) in values {
        let line = PathElement::new(vec![(0.0, *value), (until, *value)], GRID);
        chart.draw_series([line]).map_err(|error| error.to_string())?;
        let (x, y) = chart.as_coord_spec().translate(&(0.0, *value));
        let style = ink(size).pos(Pos::new(HPos::Right, VPos::Center));
        root.draw(&Text::new(text.clone(), (x - 8, y), style)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Where the part of this number begins, of a length in so many.
pub(super) fn share(length: i32, number: usize, of: usize) -> i32 {
    let (number, of) = (i64::try_from(number).unwrap_or(0), i64::try_from(of).unwrap_or(1));
    i32::try_from(i64::from(length) * number / of.max(1)).unwrap_or(length)
}

/// The plotting area in pixels.
pub(super) fn area_of<X, Y>(
    chart: &ChartContext<'_, SVGBackend<'_>, Cartesian2d<X, Y>>,
) -> (i32, i32, i32, i32)
where
    X: Ranged,
    Y: Ranged,
{
    let (x, y) = chart.plotting_area().get_pixel_range();
    (x.start, y.start, x.end, y.end)
}

/// The upper end of an axis that begins at 0.
pub(super) fn top(greatest: f64) -> f64 {
    if greatest > 0.0 { greatest * 1.06 } else { 1.0 }
}
