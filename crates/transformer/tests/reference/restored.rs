//! Rows put together again, for any schema: every record, from columns and `extra` alone.
//!
//! Needed are the positions of elements as columns (`i0`, `i1`, one for each array on the way), and that no two columns
//! of other types than JSON look at one place.

use arrow_array::RecordBatch;
use convolake_model::{ColumnMapping, ColumnSource, ColumnType, PointerStep, Table, UsualSpelling};
use convolake_transformer::{FlatPage, TableBatch};
use indexmap::IndexMap;

use crate::broken::{Mended, mended};
use crate::cells::Cell;
use crate::compare::found;
use crate::dates;
use crate::flattening::records_of;
use crate::json::{Json, Kind};
use crate::levels::{Level, Path, keys, levels};
use crate::numbers::Decimal;
use crate::repair::repaired;
use crate::schemas::Stream;
use crate::wide_numbers::numbers_again;

/// The first record that rows and `extra` do not give back, if there is one.
pub(crate) fn difference(stream: &Stream, body: &[u8], flat: &FlatPage) -> Option<String> {
    let (text, _) = repaired(body);
    let Mended { text, .. } = mended(&text, &keys(&stream.envelope.records).0);
    let page = Json::parse(&text).unwrap();
    let restored = records(stream, flat);
    (0..).zip(records_of(stream, &page).unwrap()).find_map(|(index, record)| match restored.get(&index) {
        Some(restored) if is_same(&Json::parse(restored).unwrap(), record) => None,
        Some(restored) => Some(format!("record {index} {}\nput together {restored}", record.text)),
        None if flat.rejects.iter().any(|reject| reject.index_in_page == index) => None,
        None => Some(format!("record {index} is nowhere: {}", record.text)),
    })
}

/// The records that have rows, by their index on the page, as JSON text.
fn records(stream: &Stream, page: &FlatPage) -> IndexMap<u32, String> {
    let levels = levels(&stream.schema, &stream.tables);
    let flat = |level: &Level<'_>| page.tables.iter().find(|flat| flat.table == level.table.name).unwrap();
    let tables = levels.iter().map(flat).collect();
    let restoring = Restoring { levels, tables };
    let records = restoring.tables[0].index_in_page.iter().enumerate();
    records.map(|(row, index)| (*index, restoring.element(0, row).1)).collect()
}

/// What is known of an element so far.
enum Known {
    /// A value, as text.
    Whole(String),
    Members(IndexMap<String, Known>),
}

struct Restoring<'x> {
    levels: Vec<Level<'x>>,
    tables: Vec<&'x TableBatch>,
}

impl Restoring<'_> {
    /// The key of an element, as JSON, where it was a member of an object, and its text.
    fn element(&self, index: usize, row: usize) -> (Option<String>, String) {
        let (level, batch) = (&self.levels[index], &self.tables[index].rows);
        let text = match cell(batch, Table::EXTRA, row) {
            Cell::Text(text) => numbers_again(&text),
            _ => "{}".to_owned(),
        };
        let extra = Json::parse(&text).unwrap();
        let Some(members) = extra.members() else { return (None, text) };
        let key = extra.member("_key").map(|key| key.text.to_owned());
        if let (Some(_), Some(value)) = (&key, extra.member("_value")) {
            return (key, value.text.to_owned());
        }
        let is_keyed = key.is_some();
        let members: Vec<&(String, Json<'_>)> =
            members.iter().filter(|(key, _)| !is_keyed || key != "_key").collect();

        // Values of JSON columns hold all that stands below them, so they come last; and whether one of several
        // candidates was meant shows only when the other columns are done.
        let mut known = Known::Members(IndexMap::new());
        let (single, several): (Vec<_>, Vec<_>) = own(level).partition(|(_, places, _)| places.len() == 1);
        let (whole, single): (Vec<_>, Vec<_>) = single
            .into_iter()
            .partition(|(name, ..)| level.table.columns[*name].column_type == ColumnType::Json);
        let mut beside = Known::Members(IndexMap::new());
        for (key, value) in &members {
            lay_out(level, is_keyed, key, value, &mut beside);
        }
        for (name, places, mapped) in single {
            if let Some(text) = source_text(&cell(batch, name, row), mapped)
                && places[0].1.is_none()
                && !beside.has(&places[0].0)
            {
                known.set(&places[0].0, Known::Whole(text));
            }
        }
        for (key, value) in &members {
            lay_out(level, is_keyed, key, value, &mut known);
        }
        for (name, places, _) in &whole {
            if let Cell::Text(text) = cell(batch, name, row) {
                known.set(&places[0].0, Known::Whole(text));
            }
        }
        for (name, places, mapped) in several {
            let (first, others) = places.split_first().unwrap();
            let is_json = level.table.columns[name].column_type == ColumnType::Json;
            let text = match cell(batch, name, row) {
                Cell::Text(text) if is_json => Some(text),
                cell => source_text(&cell, mapped),
            };
            // Elements that are rows of their own are put in their place last.
            let has_rows = |key: &String| {
                let mut below = level.rows.iter().filter(|(path, _)| path.first() == Some(key));
                below.any(|(_, below)| self.rows_of(*below, index, row).next().is_some())
            };
            let is_elsewhere =
                |(path, rest): &(Path, Option<Path>)| match (path.first() == first.0.first(), rest) {
                    (false, _) => known.has(&path[..1]) || path.first().is_some_and(has_rows),
                    (true, None) => known.has_something_at(path),
                    (true, Some(rest)) => known.has_in_elements(path, rest),
                };
            if let Some(text) = text
                && first.1.is_none()
                && !known.has(&first.0)
                && !others.iter().any(is_elsewhere)
            {
                known.set(&first.0, Known::Whole(text));
            }
        }
        for (path, below) in &level.rows {
            let elements: Vec<(Option<String>, String)> =
                self.rows_of(*below, index, row).map(|row| self.element(*below, row)).collect();
            let is_object = elements.iter().any(|(key, _)| key.is_some());
            let parts: Vec<String> = elements
                .into_iter()
                .map(|(key, text)| key.map_or(text.clone(), |key| format!("{key}:{text}")))
                .collect();
            // Columns may hold some of the parts beside; what stands whole in `extra` has no rows.
            let is_whole =
                (0..=path.len()).any(|length| matches!(known.at(&path[..length]), Some(Known::Whole(_))));
            if !parts.is_empty() && !is_whole {
                let (open, close) = if is_object { ("{", "}") } else { ("[", "]") };
                known.set(path, Known::Whole(format!("{open}{}{close}", parts.join(","))));
            }
        }
        (key, known.text())
    }

    /// The rows of a table that stand in this row's element.
    fn rows_of(&self, below: usize, level: usize, row: usize) -> impl Iterator<Item = usize> {
        let (mine, theirs) = (self.tables[level], self.tables[below]);
        let depth =
            self.levels[level].mapping.rows.steps().iter().filter(|step| **step == PointerStep::Each).count();
        let positions: Vec<String> = (0..depth).map(|depth| format!("i{depth}")).collect();
        (0..theirs.rows.num_rows()).filter(move |other| {
            let is_same = |name: &String| cell(&mine.rows, name, row) == cell(&theirs.rows, name, *other);
            mine.index_in_page[row] == theirs.index_in_page[*other] && positions.iter().all(is_same)
        })
    }
}

/// A level's columns that are filled from its own elements, and their places.
fn own<'s>(
    level: &Level<'s>,
) -> impl Iterator<Item = (&'s str, Vec<(Path, Option<Path>)>, &'s ColumnMapping)> {
    level.own_columns().filter_map(|(name, mapped)| match &mapped.source {
        ColumnSource::At { candidates, .. } => Some((name, candidates.iter().map(keys).collect(), mapped)),
        _ => None,
    })
}

/// Puts a member of `extra` where it stood.
fn lay_out(level: &Level<'_>, is_keyed: bool, key: &str, value: &Json<'_>, known: &mut Known) {
    let (base, _) = keys(&level.mapping.extra_base);
    let path = vec![key.to_owned()];
    if (is_keyed || !base.is_empty()) && key == "_record" {
        value.members().unwrap().iter().for_each(|(key, value)| known.lay(std::slice::from_ref(key), value));
    } else if base.is_empty() || level.rows.contains_key(&path) {
        known.lay(&path, value);
    } else {
        known.lay(&[base, path].concat(), value);
    }
}

impl Known {
    fn at(&self, path: &[String]) -> Option<&Self> {
        match (path.split_first(), self) {
            (None, _) => Some(self),
            (Some((key, rest)), Self::Members(members)) => members.get(key)?.at(rest),
            _ => None,
        }
    }

    /// True where something stands at this place or holds it.
    fn has(&self, path: &[String]) -> bool {
        let is_whole = |length| matches!(self.at(&path[..length]), Some(Self::Whole(_)));
        self.at(path).is_some() || (0..path.len()).any(is_whole)
    }

    /// True where something stands at this place, by itself or within what is known whole.
    fn has_something_at(&self, path: &[String]) -> bool {
        Json::parse(&self.text()).unwrap().at(path).is_some()
    }

    /// True where something stands there in some element of the array at this place.
    fn has_in_elements(&self, array: &[String], rest: &[String]) -> bool {
        let text = self.text();
        let known = Json::parse(&text).unwrap();
        let parts = known.at(array).and_then(Json::parts).unwrap_or_default();
        parts.iter().any(|(_, part)| part.at(rest).is_some())
    }

    fn set(&mut self, path: &[String], value: Self) {
        let Some((key, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        // What is known whole is known below, too.
        if let Self::Members(members) = self {
            members.entry(key.clone()).or_insert_with(|| Self::Members(IndexMap::new())).set(rest, value);
        }
    }

    /// Adds a value to what columns gave: an object's members to their members.
    fn lay(&mut self, path: &[String], value: &Json<'_>) {
        let members = value.members().unwrap_or_default();
        if members.is_empty() {
            self.set(path, Self::Whole(value.text.to_owned()));
            return;
        }
        if !matches!(self.at(path), Some(Self::Members(_))) {
            self.set(path, Self::Members(IndexMap::new()));
        }
        for (key, _) in members {
            // Of members that stand twice, the last.
            self.lay(&[path, std::slice::from_ref(key)].concat(), value.member(key).unwrap());
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Whole(text) => text.clone(),
            Self::Members(members) => {
                let member = |(key, known): (&String, &Self)| {
                    format!("{}:{}", serde_json::to_string(key).unwrap(), known.text())
                };
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// The value a cell stands for if nothing else tells; `None` where a cell never stands for one.
fn source_text(cell: &Cell, mapped: &ColumnMapping) -> Option<String> {
    if let ColumnSource::At { synonyms: Some(synonyms), .. } = &mapped.source
        && synonyms.otherwise.is_some()
    {
        return None;
    }
    let decimal = |value: i64, digits: u32| {
        let unit = 10_i64.pow(digits);
        format!("{}.{:0width$}", value / unit, value % unit, width = digits as usize)
    };
    Some(match cell {
        Cell::Text(text) => serde_json::to_string(text).unwrap(),
        Cell::Whole(number) => number.to_string(),
        Cell::Double(bits) => format!("{:e}", f64::from_bits(*bits)),
        Cell::Bool(is_true) => is_true.to_string(),
        Cell::Instant(micros) => match mapped.spelling.usual? {
            UsualSpelling::UnixSeconds => decimal(*micros, 6),
            UsualSpelling::UnixMilliseconds => decimal(*micros, 3),
            UsualSpelling::UnixMicroseconds => micros.to_string(),
            UsualSpelling::Iso | UsualSpelling::Rfc3339 => {
                serde_json::to_string(&dates::spelled(*micros, &mapped.spelling)?).unwrap()
            }
        },
        Cell::Day(day) => format!("\"{}\"", jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(*day)),
        Cell::List(texts) => serde_json::to_string(texts).unwrap(),
        Cell::Null | Cell::Extra(_) => return None,
    })
}

fn cell(batch: &RecordBatch, name: &str, row: usize) -> Cell {
    found(batch.column_by_name(name).unwrap(), row)
}

/// Whether two values are the same: numbers by value, members in any order, the last of those that stand twice.
fn is_same(left: &Json<'_>, right: &Json<'_>) -> bool {
    match (&left.kind, &right.kind) {
        (Kind::Number, Kind::Number) => {
            let (a, b) = (Decimal::parse(left.text), Decimal::parse(right.text));
            left.text == right.text || (a.is_some() && a == b)
        }
        (Kind::Array(left), Kind::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Kind::Object(members), Kind::Object(others)) => {
            let is_in_both = |(key, _): &(String, Json<'_>)| match (left.member(key), right.member(key)) {
                (Some(left), Some(right)) => is_same(left, right),
                _ => false,
            };
            members.iter().all(is_in_both) && others.iter().all(|(key, _)| left.member(key).is_some())
        }
        (Kind::Text(left), Kind::Text(right)) => left == right,
        _ => left.text == right.text,
    }
}
