//! Plots with their tables, of series over a timeline or over named rows.

use super::page::{Block, Cells, Figure, Table};
use crate::charts::{Drawn, Mark, SERIES, Scale, Size, bars, lines, stacked};

/// What all plots are told by.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) desc: String,
    /// What a row of the table is.
    pub(super) row: &'static str,
    /// The name of each row.
    pub(super) rows: Vec<String>,
    /// What stands below the axis.
    pub(super) marks: Vec<Mark>,
}

/// A series with its name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series<T> {
    pub(super) name: String,
    pub(super) values: Vec<T>,
}

/// How numbers are written on the axis and in the table.
pub(super) type Write = fn(&f64) -> String;

/// How series of counts are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// As areas: rows are times.
    Areas,
    /// As areas of the average of the week up to each day: rows are so many days that weekends would be all there is to be seen.
    Averages,
    /// As bars: rows are by themselves.
    Bars,
}

/// Counts, one on the other.
pub(super) fn counts(named: Named, series: &[Series<f64>], kind: Counts, axis: Write, cell: Write) -> Block {
    let values: Vec<Vec<f64>> = series
        .iter()
        .map(|one| match kind {
            Counts::Averages => averages(&one.values),
            Counts::Areas | Counts::Bars => one.values.clone(),
        })
        .collect();
    let draw = |size| match kind {
        Counts::Areas | Counts::Averages => stacked(size, &values, &named.marks, &axis),
        Counts::Bars => bars(size, &values, &named.marks, &axis),
    };
    let drawn: Result<Vec<Drawn>, _> = Size::BOTH.into_iter().map(draw).collect();
    let has_total = series.len() > 1;
    let total = |row: usize| series.iter().map(|one| one.values[row]).sum::<f64>();
    let rows = (0..named.rows.len()).map(|row| {
        let cells = series.iter().map(|one| cell(&one.values[row]));
        let all = has_total.then(|| cell(&total(row)));
        [named.rows[row].clone()].into_iter().chain(cells).chain(all).collect()
    });
    let head = series.iter().map(|one| one.name.clone()).chain(has_total.then(|| "all".to_owned()));
    let table = table(&named, head, rows.collect());
    let legend = if has_total { series.iter().map(|one| one.name.clone()).collect() } else { Vec::new() };
    block(named, legend, drawn, table)
}

/// How many days an average is of.
const WEEK: usize = 7;

/// The average of each value and the six before it.
fn averages(values: &[f64]) -> Vec<f64> {
    let average = |row: usize| {
        let week = &values[(row + 1).saturating_sub(WEEK)..=row];
        #[expect(clippy::cast_precision_loss, reason = "a week has few days")]
        let n_days = week.len() as f64;
        week.iter().sum::<f64>() / n_days
    };
    (0..values.len()).map(average).collect()
}

/// Values, a line a series.
pub(super) fn values(
    named: Named,
    series: &[Series<Option<f64>>],
    scale: Scale,
    axis: Write,
    cell: Write,
) -> Block {
    let values: Vec<Vec<Option<f64>>> = series.iter().map(|one| one.values.clone()).collect();
    let draw = |size| lines(size, &values, &named.marks, scale, &axis);
    let drawn: Result<Vec<Drawn>, _> = Size::BOTH.into_iter().map(draw).collect();
    let rows = (0..named.rows.len()).map(|row| {
        let cells = series.iter().map(|one| one.values[row].as_ref().map_or_else(|| "–".to_owned(), &cell));
        [named.rows[row].clone()].into_iter().chain(cells).collect()
    });
    let table = table(&named, series.iter().map(|one| one.name.clone()), rows.collect());
    let legend =
        if series.len() > 1 { series.iter().map(|one| one.name.clone()).collect() } else { Vec::new() };
    block(named, legend, drawn, table)
}

fn table(named: &Named, head: impl Iterator<Item = String>, rows: Vec<Vec<String>>) -> Table {
    let head = [named.row.to_owned()].into_iter().chain(head).collect();
    Table { caption: named.title.to_owned(), head, rows, is_numbers: true, ..Table::default() }
}

/// The plot; where it cannot be drawn, why not, and its table all the same.
fn block<E: ToString>(
    named: Named,
    legend: Vec<String>,
    drawn: Result<Vec<Drawn>, E>,
    table: Table,
) -> Block {
    let (drawn, desc) = match drawn {
        Ok(drawn) => (drawn, named.desc),
        Err(error) => (Vec::new(), format!("{} It could not be drawn: {}.", named.desc, error.to_string())),
    };
    let (id, title) = (named.id.to_owned(), named.title.to_owned());
    Block::Figure(Box::new(Figure { id, title, desc, legend, drawn, table, cells: Cells::Rows }))
}

/// The series with most, in that order, and one of all others: as many as have a colour of their own.
pub(super) fn top_and_others(mut series: Vec<Series<f64>>) -> Vec<Series<f64>> {
    series.retain(|one| one.values.iter().any(|value| *value != 0.0));
    let total = |one: &Series<f64>| one.values.iter().sum::<f64>();
    series.sort_by(|one, other| total(other).total_cmp(&total(one)).then_with(|| one.name.cmp(&other.name)));
    if series.len() > SERIES {
        let others = series.split_off(SERIES - 1);
        let n_rows = others.iter().map(|one| one.values.len()).max().unwrap_or_default();
        let sum = |row: usize| others.iter().filter_map(|one| one.values.get(row)).sum();
        series.push(Series {
            name: format!("{} others together", others.len()),
            values: (0..n_rows).map(sum).collect(),
        });
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_series_are_shown_as_the_greatest_and_the_others() {
        let series: Vec<_> = (0..400)
            .map(|number| Series { name: format!("channel {number}"), values: vec![f64::from(number), 1.0] })
            .collect();
        let shown = top_and_others(series);
        assert_eq!(shown.len(), SERIES);
        assert_eq!((shown[0].name.as_str(), shown[7].name.as_str()), ("channel 399", "393 others together"));
        assert_eq!(shown[7].values[1], 393.0);
    }

    #[test]
    fn an_average_is_of_the_days_there_are() {
        assert_eq!(averages(&[7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])[..2], [7.0, 3.5]);
        assert_eq!(averages(&[7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])[6..], [1.0, 0.0]);
        assert!(averages(&[]).is_empty());
    }

    #[test]
    fn a_series_of_nothing_is_left_out() {
        assert!(top_and_others(vec![Series { name: "a".to_owned(), values: vec![0.0] }]).is_empty());
    }
}
