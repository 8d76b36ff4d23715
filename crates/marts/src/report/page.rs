//! The page: what stands on it, and the template that writes it.

use askama::Template;

use crate::charts::Drawn;

/// The page.
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub(super) struct Page {
    pub(super) lake: String,
    pub(super) at: String,
    pub(super) zone: String,
    pub(super) version: &'static str,
    /// What is to be known of the page as a whole.
    pub(super) notes: Vec<String>,
    pub(super) tiles: Vec<Tile>,
    pub(super) sections: Vec<Section>,
}

/// One number at the head of the page.
#[derive(Debug, Clone)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) beside: String,
    pub(super) state: State,
}

/// Whether somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is as it should be.
    Good,
    /// It says nothing of good or bad.
    Plain,
    /// Somebody may want to look.
    Warn,
    /// Somebody should look.
    Bad,
}

impl State {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Plain => "plain",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A part of the page with a heading.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) blocks: Vec<Block>,
}

/// What stands in a section.
#[derive(Debug)]
pub(super) enum Block {
    /// A plot, with its table.
    Figure(Box<Figure>),
    /// A table.
    Table(Table),
    /// Words.
    Note(String),
}

/// A plot.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) id: String,
    pub(super) title: String,
    /// What is to be seen, in words.
    pub(super) desc: String,
    /// The names of the series, in the order of their colours; empty where there is but one.
    pub(super) legend: Vec<String>,
    /// Once a size.
    pub(super) drawn: Vec<Drawn>,
    pub(super) table: Table,
    pub(super) cells: Cells,
}

/// How the places of a plot are the cells of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// A row of the table is a stretch of the horizontal axis.
    Rows,
    /// A row and column of the table is a field of the plot.
    Grid,
}

impl Cells {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Grid => "grid",
        }
    }
}

/// A table; the first column names the row.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// The class of each row; none where empty.
    pub(super) states: Vec<State>,
    /// True where all columns but the first are numbers.
    pub(super) is_numbers: bool,
}

impl Table {
    /// Each row with its class.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
        let class = |row: usize| self.states.get(row).map_or(State::Plain.class(), |state| state.class());
        self.rows.iter().enumerate().map(move |(number, row)| (class(number), row))
    }
}
