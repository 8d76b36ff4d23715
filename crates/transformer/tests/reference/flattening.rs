//! The slow, obvious flattener: every record is read into a tree first, and each question is asked of the tree anew.

use std::collections::BTreeSet;

use convolake_batch::ParentExtent;
use convolake_model::{ColumnSource, OnMismatch, Pointer, PointerStep, Table};
use convolake_transformer::{PageInput, RejectReason};

use crate::broken::{Mended, mended};
use crate::cells::Cell;
use crate::element::Element;
use crate::json::{Json, Kind};
use crate::leftover::extra;
use crate::levels::{Level, Path, keys, levels, pointer};
use crate::repair::repaired;
use crate::rows::{Flat, Rejected, Row, Rows, Unreadable};
use crate::schemas::Stream;
use crate::values::{Around, Means};

/// Deeper records are not kept.
pub(crate) const MAX_DEPTH: usize = 128;

/// What a page should give.
pub(crate) fn flatten(
    stream: &Stream,
    on_mismatch: OnMismatch,
    input: &PageInput<'_>,
) -> Result<Flat, Unreadable> {
    let (text, replaced_characters) = repaired(input.body);
    let Mended { text, broken } = mended(&text, &keys(&stream.envelope.records).0);
    let page = Json::parse(&text).ok_or(Unreadable::Syntax)?;
    let said = |place: &Option<Pointer>| {
        let values = place.as_ref().map(|place| page.everything_at(&keys(place).0)).unwrap_or_default();
        values.last().map(|value| (*value).clone())
    };
    let envelope = &stream.envelope;
    if said(&envelope.success).is_some_and(|value| !matches!(value.kind, Kind::Bool(true))) {
        return Err(Unreadable::Failed(
            said(&envelope.message).and_then(|value| value.string().map(str::to_owned)),
        ));
    }
    let records = records_of(stream, &page).ok_or(Unreadable::NoRecords)?;
    let mut flattening = Flattening::new(stream, on_mismatch, input);
    let places = page.everything_at(&keys(&stream.envelope.records).0);
    for record in records {
        flattening.is_lone = places.iter().any(|place| std::ptr::eq(*place, record));
        match broken.get(&flattening.flat.records) {
            Some(broken) => flattening.broken_record(broken),
            None => flattening.record(record),
        }
    }
    flattening.flat.replaced_characters = replaced_characters;
    Ok(flattening.flat())
}

/// The records of a page: elements of arrays, or objects in their place; none where `null` or an empty object stands there.
/// `None` where nothing of these does.
pub(crate) fn records_of<'t, 'a>(stream: &Stream, page: &'t Json<'a>) -> Option<Vec<&'t Json<'a>>> {
    let found = page.everything_at(&keys(&stream.envelope.records).0);
    let records = |found: &'t Json<'a>| match (found.elements(), found.members()) {
        (Some(elements), _) => Some(elements),
        (_, Some([])) => Some(&[][..]),
        (_, Some(_)) => Some(std::slice::from_ref(found)),
        _ => found.is_null().then_some(&[][..]),
    };
    let places: Vec<&[Json<'_>]> = found.into_iter().filter_map(records).collect();
    (!places.is_empty()).then(|| places.into_iter().flatten().collect())
}

/// True where a key on the way to one of these places, and not yet there, stands twice.
fn has_twice(value: &Json<'_>, places: &[Path]) -> bool {
    let members = value.members().unwrap_or_default();
    members.iter().enumerate().any(|(at, (key, value))| {
        let below = places.iter().filter_map(|place| place.strip_prefix(std::slice::from_ref(key)));
        let below: Vec<Path> = below.filter(|rest| !rest.is_empty()).map(<[_]>::to_vec).collect();
        let is_twice = members[..at].iter().any(|(before, _)| before == key);
        !below.is_empty() && (is_twice || has_twice(value, &below))
    })
}

struct Flattening<'x> {
    levels: Vec<Level<'x>>,
    on_mismatch: OnMismatch,
    input: &'x PageInput<'x>,
    records_at: String,
    rows: Rows,
    flat: Flat,
    /// True where the record stands in place of an array.
    is_lone: bool,
    /// True where a key of the open record stands twice although the schema looks inside.
    is_twice: bool,
    /// The columns its values do not fit.
    unfit: BTreeSet<String>,
}

impl<'x> Flattening<'x> {
    fn new(stream: &'x Stream, on_mismatch: OnMismatch, input: &'x PageInput<'x>) -> Self {
        let levels = levels(&stream.schema, &stream.tables);
        Self {
            on_mismatch,
            input,
            records_at: pointer(&keys(&stream.envelope.records).0),
            rows: Rows::of_levels(levels.len()),
            flat: Flat::default(),
            is_lone: false,
            is_twice: false,
            unfit: BTreeSet::new(),
            levels,
        }
    }

    fn record(&mut self, record: &Json<'_>) {
        (self.is_twice, self.unfit) = Default::default();
        let before = self.rows.counts();
        let bare_at = self.bare_at(0);
        let element = Element {
            level: 0,
            index: self.flat.records,
            key: None,
            json: record,
            bare_at: bare_at.as_deref(),
        };
        self.element(&[element]);
        match self.fault(&element, &before) {
            Some((reason, details)) => {
                self.rows.cut(&before);
                self.reject(reason, &[element], details);
            }
            None => self.parents(&element),
        }
        self.flat.records += 1;
    }

    /// A record that is no JSON.
    fn broken_record(&mut self, text: &str) {
        let index_in_page = self.flat.records;
        let place = if self.is_lone { String::new() } else { format!("/{index_in_page}") };
        self.flat.rejects.push(Rejected {
            reason: RejectReason::NotJson,
            pointer: format!("{}{place}", self.records_at),
            index_in_page,
            details: BTreeSet::new(),
            text: text.to_owned(),
        });
        self.flat.records += 1;
    }

    /// The last of these elements, those around it before it: the rows below, then its own.
    fn element(&mut self, elements: &[Element<'_, '_>]) {
        let element = elements.last().unwrap();
        let before = self.rows.counts();
        match element.bare_at {
            _ if element.is_object() => self.object(elements, element.json, &mut Path::new()),
            Some(path) => self.value(elements, element.json, &mut path.to_vec()),
            None => {}
        }
        let row = self.row(elements, &before);
        self.rows.of[element.level].push(row);
        let missing = self.missing(elements, &before);
        if element.level > 0 && !missing.is_empty() {
            self.rows.cut(&before);
            self.reject(RejectReason::MissingRequired, elements, missing);
        }
    }

    fn object(&mut self, elements: &[Element<'_, '_>], object: &Json<'_>, path: &mut Path) {
        let level = elements.last().unwrap().level;
        let members = object.members().unwrap();
        for (at, (key, value)) in members.iter().enumerate() {
            let (is_held, place) =
                (self.levels[level].is_held_whole(path), self.pointer_in(level, path, key));
            path.push(key.clone());
            if self.levels[level].is_known(path) {
                let is_twice = members[..at].iter().any(|(before, _)| before == key);
                if is_twice && self.levels[level].is_structure(path) {
                    self.is_twice = true;
                }
                self.value(elements, value, path);
            } else if !is_held {
                let record = self.flat.records;
                self.flat.new_fields.entry(place).or_insert((0, record)).0 += 1;
            }
            path.pop();
        }
    }

    fn value(&mut self, elements: &[Element<'_, '_>], value: &Json<'_>, path: &mut Path) {
        let level = elements.last().unwrap().level;
        match &value.kind {
            Kind::Object(_) if self.levels[level].is_block(path) && !self.levels[level].has_parts(path) => {
                self.object(elements, value, path);
            }
            Kind::Object(_) | Kind::Array(_) => {
                let parts = value.parts().unwrap();
                if let Some(rests) = self.levels[level].joined.get(path) {
                    self.is_twice |= parts.iter().any(|(_, part)| has_twice(part, rests));
                }
                if let Some(below) = self.levels[level].rows.get(path).copied() {
                    let bare_at = self.bare_at(below);
                    for (index, (key, json)) in (0..).zip(&parts) {
                        self.is_twice |=
                            key.is_some() && parts[..index as usize].iter().any(|(before, _)| before == key);
                        let (level, key) = (below, *key);
                        let element = Element { level, index, key, json, bare_at: bare_at.as_deref() };
                        self.element(&[elements, &[element]].concat());
                    }
                }
                if self.levels[level].has_parts(path) {
                    self.named(elements, value, path);
                }
            }
            _ => {}
        }
    }

    /// What the schema names among the members of an object of which each is an element as well.
    fn named(&mut self, elements: &[Element<'_, '_>], object: &Json<'_>, path: &mut Path) {
        let level = elements.last().unwrap().level;
        let members = object.members().unwrap_or_default();
        for (at, (key, value)) in members.iter().enumerate() {
            path.push(key.clone());
            if self.levels[level].is_known(path) {
                let is_twice = members[..at].iter().any(|(before, _)| before == key);
                self.is_twice |= is_twice && self.levels[level].is_structure(path);
                self.value(elements, value, path);
            }
            path.pop();
        }
    }

    fn bare_at(&self, level: usize) -> Option<Path> {
        self.levels[level].mapping.bare_element.as_ref().map(|place| keys(place).0)
    }

    fn around<'y, 't, 'a>(
        &'y self,
        elements: &'y [Element<'t, 'a>],
        before: &'y [usize],
    ) -> Around<'y, 'x, 't, 'a> {
        Around { levels: &self.levels, input: self.input, elements, rows: &self.rows, before }
    }

    fn row(&mut self, elements: &[Element<'_, '_>], before: &[usize]) -> Row {
        let element = elements.last().unwrap();
        let around = self.around(elements, before);
        let level = &self.levels[element.level];
        let (mut given_back, mut unfit, mut mismatches) = (Vec::new(), Vec::new(), Vec::new());
        for (name, mapped) in level.own_columns() {
            match around.value(mapped, level.table.columns[name].column_type).1 {
                Means::GivesBack(place) => given_back.push(place),
                Means::Mismatch(place) => {
                    unfit.push(place);
                    mismatches.push((level.table.name.clone(), name.to_owned()));
                }
                Means::Nothing => {}
            }
        }
        given_back.retain(|place| !unfit.contains(place));
        let cell = |(name, column): (&String, &convolake_model::TableColumn)| match name.as_str() {
            Table::EXTRA => Cell::Extra(extra(level, element, &given_back)),
            _ => match level.mapping.columns.get(name) {
                Some(mapped) => around.value(mapped, column.column_type).0,
                None => Cell::Null,
            },
        };
        let cells =
            level.table.columns.iter().filter(|(name, _)| !Table::is_lineage(name)).map(cell).collect();
        let index_in_page = self.flat.records;
        for column in mismatches {
            self.unfit.insert(format!("{}.{}", column.0, column.1));
            self.flat.mismatches.entry(column).or_insert((0, index_in_page)).0 += 1;
        }
        Row { cells, index_in_page }
    }

    /// The required columns that the element should fill and cannot: its own row's, and those of rows below that are
    /// taken from it.
    fn missing(&self, elements: &[Element<'_, '_>], before: &[usize]) -> BTreeSet<String> {
        let element = elements.last().unwrap();
        let around = self.around(elements, before);
        let here = &self.levels[element.level];
        let mut missing = BTreeSet::new();
        for (index, level) in self.levels.iter().enumerate() {
            for (name, mapped) in &level.mapping.columns {
                let is_from_here = match &mapped.source {
                    ColumnSource::At { from, .. } => *from == here.mapping.rows,
                    _ => index == element.level,
                };
                let column = &level.table.columns[name];
                if is_from_here && column.required && around.value(mapped, column.column_type).0 == Cell::Null
                {
                    let standing = around.standing(mapped);
                    missing.insert(match standing {
                        Some(value) => format!(
                            "{}.{name} is required, and the value, of kind {}, does not fit it",
                            level.table.name,
                            value.kind_name()
                        ),
                        None => name.clone(),
                    });
                }
            }
        }
        missing
    }

    fn fault(&self, record: &Element<'_, '_>, before: &[usize]) -> Option<(RejectReason, BTreeSet<String>)> {
        if !record.is_object() {
            return Some((RejectReason::NotAnObject, BTreeSet::new()));
        }
        if self.is_twice {
            return Some((RejectReason::DuplicateKey, BTreeSet::new()));
        }
        if record.json.depth() > MAX_DEPTH {
            return Some((RejectReason::TooDeep, BTreeSet::new()));
        }
        let missing = self.missing(&[*record], before);
        if !missing.is_empty() {
            return Some((RejectReason::MissingRequired, missing));
        }
        let quarantines = self.on_mismatch == OnMismatch::Quarantine && !self.unfit.is_empty();
        quarantines.then(|| (RejectReason::Mismatch, self.unfit.clone()))
    }

    fn reject(&mut self, reason: RejectReason, elements: &[Element<'_, '_>], details: BTreeSet<String>) {
        let step = |element: &Element<'_, '_>| {
            let step = element.key.map_or(element.index.to_string(), str::to_owned);
            format!("{}{}", pointer(&self.levels[element.level].array), pointer(&[step]))
        };
        let (record, below) = elements.split_first().unwrap();
        let place = match self.is_lone {
            true => below.iter().map(step).collect(),
            false => [record].into_iter().chain(below).map(step).collect::<String>(),
        };
        self.flat.rejects.push(Rejected {
            reason,
            pointer: format!("{}{place}", self.records_at),
            index_in_page: self.flat.records,
            details,
            text: elements.last().unwrap().json.text.to_owned(),
        });
    }

    fn parents(&mut self, record: &Element<'_, '_>) {
        let (elements, before) = ([*record], self.rows.counts());
        let around = self.around(&elements, &before);
        let mut parents = Vec::new();
        for level in self.levels.iter().filter(|level| !level.mapping.replace.is_empty()) {
            let cell = |name: &String| {
                around.value(&level.mapping.columns[name], level.table.columns[name].column_type).0
            };
            // In the order of the table's columns.
            let names = level.table.columns.keys().filter(|name| level.mapping.replace.contains(name));
            let row = Row { cells: names.map(cell).collect(), index_in_page: self.flat.records };
            parents.push((level, row));
        }
        let extent = |level: &Level<'_>| match self.is_told(level, record.json) {
            true => ParentExtent::Whole,
            false => ParentExtent::Part,
        };
        let parents = parents.into_iter().map(|(level, row)| (level.table.name.clone(), row, extent(level)));
        for (table, row, extent) in parents.collect::<Vec<_>>() {
            self.flat.extents.entry(table.clone()).or_default().push(extent);
            self.flat.parents.entry(table).or_default().push(row);
        }
    }

    /// True where the record says something of a level's rows, be it that there are none: their array stands in it, or there is no
    /// element that could have it.
    fn is_told(&self, level: &Level<'_>, record: &Json<'_>) -> bool {
        let Some(above) = level.parent else { return true };
        match self.elements_of(above, record).as_slice() {
            [] => self.is_told(&self.levels[above], record),
            elements => elements
                .iter()
                .any(|element| self.arrays_of(level, element).iter().any(|array| array.parts().is_some())),
        }
    }

    /// All elements of a level in a record.
    fn elements_of<'t, 'a>(&self, level: usize, record: &'t Json<'a>) -> Vec<&'t Json<'a>> {
        let Some(above) = self.levels[level].parent else { return vec![record] };
        let arrays = self.elements_of(above, record).into_iter();
        let arrays = arrays.flat_map(|element| self.arrays_of(&self.levels[level], element));
        arrays.flat_map(|array| array.parts().unwrap_or_default()).map(|(_, element)| element).collect()
    }

    /// What stands where an element of the level above has the array of a level.
    fn arrays_of<'t, 'a>(&self, level: &Level<'_>, element: &'t Json<'a>) -> Vec<&'t Json<'a>> {
        match element.members() {
            None if level.parent.and_then(|above| self.bare_at(above)) == Some(level.array.clone()) => {
                vec![element]
            }
            _ => element.everything_at(&level.array),
        }
    }

    /// A member's pointer from the record, with `*` for elements.
    fn pointer_in(&self, level: usize, path: &[String], key: &str) -> String {
        let steps = path.iter().map(String::as_str).chain([key]).map(|key| PointerStep::Key(key.to_owned()));
        let inside = Pointer::of(&steps.collect::<Vec<_>>());
        self.levels[level].mapping.rows.join(&inside).to_string()
    }

    fn flat(mut self) -> Flat {
        for (level, rows) in self.levels.iter().zip(self.rows.of) {
            if !level.mapping.replace.is_empty() {
                self.flat.parents.entry(level.table.name.clone()).or_default();
                self.flat.extents.entry(level.table.name.clone()).or_default();
            }
            self.flat.rows.insert(level.table.name.clone(), rows);
        }
        self.flat
    }
}
