//! When people write: hours of the day by weekday.

use super::super::page::{Block, Cells, Figure, Section, Table};
use super::volume::count_of;
use crate::charts::{Drawn, Mark, Size, heat};

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SHORT: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The section; `cells` has the hours of each weekday, Monday first.
pub(in super::super) fn hours(cells: &[Vec<f64>], zone: &str) -> Section {
    let title = "Hours of the day";
    let fullest = cells
        .iter()
        .enumerate()
        .flat_map(|(day, hours)| hours.iter().enumerate().map(move |(hour, count)| (day, hour, *count)))
        .max_by(|one, other| one.2.total_cmp(&other.2))
        .filter(|(.., count)| *count > 0.0);
    let Some((day, hour, most)) = fullest else {
        let note = "No message of a person has a time, so there are no hours to tell.";
        return Section { id: "hours", title, blocks: vec![Block::Note(note.to_owned())] };
    };
    let marks: Vec<Mark> = (0..24).step_by(3).map(|at| Mark::new(at, format!("{at:02}"))).collect();
    let draw = |size| heat(size, cells, &SHORT, &marks);
    let drawn: Result<Vec<Drawn>, _> = Size::BOTH.into_iter().map(draw).collect();
    let head =
        ["weekday".to_owned()].into_iter().chain((0..24).map(|hour| format!("{hour:02}:00"))).collect();
    let row = |(day, hours): (&&str, &Vec<f64>)| -> Vec<String> {
        [(*day).to_owned()].into_iter().chain(hours.iter().map(|count| count_of(*count))).collect()
    };
    let title_of_plot = "What people sent, by weekday and hour";
    let table = Table {
        caption: title_of_plot.to_owned(),
        head,
        rows: WEEKDAYS.iter().zip(cells).map(row).collect(),
        is_numbers: true,
        ..Table::default()
    };
    let desc = format!(
        "Hours of {zone}. Most, {}, on {}s from {hour:02}:00 to {:02}:00. Darker or brighter fields have more.",
        count_of(most),
        WEEKDAYS[day],
        hour + 1
    );
    let block = match drawn {
        Ok(drawn) => Block::Figure(Box::new(Figure {
            id: "weekday-hours".to_owned(),
            title: title_of_plot.to_owned(),
            desc,
            legend: Vec::new(),
            drawn,
            table,
            cells: Cells::Grid,
        })),
        Err(_) => Block::Table(table),
    };
    Section { id: "hours", title, blocks: vec![block] }
}
