//! Invented streams: tables and schemas as a user could write them, through the parsers.

use std::collections::BTreeSet;
use std::fmt;

use convolake_model::{Envelope, Pointer, PointerStep, StreamSchema, Table};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::levels::Path;
use crate::odd;
use crate::schemas::Stream;

const TYPES: [&str; 9] =
    ["string", "json", "int64", "timestamp", "list<string>", "float64", "bool", "int32", "date"];

/// What an invented schema may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// All that the model takes.
    Any,
    /// Only what tells each value's origin, so that records can be put together again: the positions of all elements
    /// are columns, nothing but the key is required, a place fills one typed column (and JSON columns), and of
    /// several candidates none is looked at by another column.
    Rebuildable,
}

/// A stream, and its files as they are written.
pub(crate) fn stream(dice: &mut Dice<'_>, rules: Rules) -> (Stream, Files) {
    let mut levels = vec![Level { name: "t0".to_owned(), ..Level::default() }];
    for _ in 0..dice.below(3) {
        let array = new_path(dice, 2);
        add_level(&mut levels, 0, array);
        if dice.rarely(40) {
            let (above, array) = (levels.len() - 1, new_path(dice, 2));
            add_level(&mut levels, above, array);
        }
    }
    // From below, so that the columns a least or greatest is taken from are there.
    for index in (0..levels.len()).rev() {
        add_columns(dice, rules, &mut levels, index);
    }
    let tables: Vec<(String, Value)> =
        levels.iter().map(|level| (level.name.clone(), level.table())).collect();
    let mappings: Map<String, Value> =
        levels.iter().map(|level| (level.name.clone(), level.mapping())).collect();
    let records = ["/data", "", "/result/a~1b"][dice.below(3)];
    let files = Files { tables, schema: mappings.into(), records };
    (files.parsed(), files)
}

/// The files of a stream, as JSON, which is YAML too.
pub(crate) struct Files {
    tables: Vec<(String, Value)>,
    schema: Value,
    records: &'static str,
}

impl fmt::Display for Files {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, table) in &self.tables {
            writeln!(out, "table {name} {}", table["columns"])?;
        }
        write!(out, "schema {:#}\nrecords {:?}", self.schema, self.records)
    }
}

impl Files {
    fn parsed(&self) -> Stream {
        let complain = |error: &dyn fmt::Display| -> ! { panic!("{error}\n{self}") };
        let table = |(name, table): &(String, Value)| {
            let table = Table::parse(name, name, &table.to_string()).unwrap_or_else(|error| complain(&error));
            (name.clone(), table)
        };
        let tables: IndexMap<String, Table> = self.tables.iter().map(table).collect();
        let schema = StreamSchema::parse("schema", &self.schema.to_string(), &tables)
            .unwrap_or_else(|error| complain(&error));
        let place = |text: &str| Pointer::parse(text).unwrap();
        let envelope = Envelope {
            records: place(self.records),
            success: Some(place("/success")),
            message: Some(place("/message")),
        };
        Stream { schema, tables, envelope }
    }
}

#[derive(Default)]
struct Level {
    name: String,
    parent: Option<usize>,
    /// The arrays on the way, each from the element above.
    arrays: Vec<Path>,
    columns: Vec<(String, Value, Value)>,
    others: Map<String, Value>,
    /// Places below its elements that something looks at.
    places: Vec<Path>,
    /// Places that fill a column of their own.
    taken: BTreeSet<Path>,
    /// Arrays whose elements are rows.
    rows: BTreeSet<Path>,
}

impl Level {
    fn rows(&self) -> String {
        self.arrays.iter().map(|array| format!("{}/*", pointer(array))).collect()
    }

    fn table(&self) -> Value {
        let mut columns = Map::new();
        columns.insert("k".into(), json!({ "type": "string", "required": true }));
        columns.extend(self.columns.iter().map(|(name, table, _)| (name.clone(), table.clone())));
        columns.insert("extra".into(), json!({ "type": "json" }));
        columns.insert("fetched_at".into(), json!({ "type": "timestamp", "required": true }));
        columns.insert("page".into(), json!({ "type": "string", "required": true }));
        json!({ "key": ["k"], "partition": { "date": [] }, "order": [], "columns": columns })
    }

    fn mapping(&self) -> Value {
        let mut columns = Map::new();
        columns.insert("k".into(), json!({ "param": "p" }));
        columns.extend(self.columns.iter().map(|(name, _, mapping)| (name.clone(), mapping.clone())));
        let mut mapping = self.others.clone();
        mapping.insert("rows".into(), self.rows().into());
        mapping.insert("columns".into(), columns.into());
        mapping.into()
    }

    fn add(&mut self, column_type: &str, required: bool, mapping: Value) {
        let table = match required {
            true => json!({ "type": column_type, "required": true }),
            false => json!({ "type": column_type }),
        };
        self.columns.push((format!("c{}", self.columns.len()), table, mapping));
    }
}

fn add_level(levels: &mut Vec<Level>, parent: usize, array: Path) {
    if !levels[parent].rows.insert(array.clone()) {
        return;
    }
    levels[parent].places.push(array.clone());
    let arrays = [levels[parent].arrays.clone(), vec![array]].concat();
    levels.push(Level {
        name: format!("t{}", levels.len()),
        parent: Some(parent),
        arrays,
        ..Level::default()
    });
}

/// A path as it is written in a schema.
fn pointer(path: &[String]) -> String {
    let steps: Vec<PointerStep> = path.iter().cloned().map(PointerStep::Key).collect();
    Pointer::of(&steps).to_string()
}

fn new_path(dice: &mut Dice<'_>, longest: usize) -> Path {
    (0..=dice.below(longest)).map(|_| odd::key(dice).to_owned()).collect()
}

/// A place below the elements of a level: a new one, or near one that something looks at already.
fn place(dice: &mut Dice<'_>, level: &mut Level) -> Path {
    let mut path = match level.places.is_empty() || dice.rarely(50) {
        true => new_path(dice, 2),
        false => dice.pick(&level.places).clone(),
    };
    match dice.below(6) {
        4 if path.len() > 1 => drop(path.pop()),
        5 => path.push(odd::key(dice).to_owned()),
        _ => {}
    }
    level.places.push(path.clone());
    path
}

fn add_columns(dice: &mut Dice<'_>, rules: Rules, levels: &mut [Level], index: usize) {
    if rules == Rules::Rebuildable {
        for depth in 0..levels[index].arrays.len() {
            let array = array_at(&levels[index], depth);
            levels[index].columns.push((
                format!("i{depth}"),
                json!({ "type": "int32" }),
                json!({ "index": array }),
            ));
        }
    }
    for _ in 0..dice.below(7) {
        let required = rules == Rules::Any && dice.rarely(8);
        match dice.below(10) {
            0..=4 => typed(dice, rules, &mut levels[index], required),
            5 => several(dice, rules, &mut levels[index], required),
            6 => from_above(dice, levels, index, required),
            7 => joined(dice, &mut levels[index]),
            8 => {
                let array = pointer(&place(dice, &mut levels[index]));
                levels[index].add(TYPES[[2, 7][dice.below(2)]], false, json!({ "count": array }));
            }
            _ => derived(dice, levels, index),
        }
    }
    let level = &mut levels[index];
    if dice.rarely(40) {
        let base = match level.places.is_empty() {
            true => new_path(dice, 1),
            false => {
                let place = dice.pick(&level.places);
                place[..=dice.below(place.len())].to_vec()
            }
        };
        level.others.insert("extra_base".into(), pointer(&base).into());
    }
    if dice.rarely(40) {
        let bare = pointer(&place(dice, level));
        level.others.insert("bare_element".into(), bare.into());
    }
    if dice.rarely(30) {
        level.others.insert("replace".into(), json!(["k"]));
    }
}

/// The array that the rows pass at this depth.
fn array_at(level: &Level, depth: usize) -> String {
    let above: String = level.arrays[..depth].iter().map(|array| format!("{}/*", pointer(array))).collect();
    format!("{above}{}", pointer(&level.arrays[depth]))
}

/// A column of any type at one place.
fn typed(dice: &mut Dice<'_>, rules: Rules, level: &mut Level, required: bool) {
    let column_type = *dice.pick(&TYPES);
    let path = place(dice, level);
    if rules == Rules::Rebuildable && column_type != "json" && !level.taken.insert(path.clone()) {
        return;
    }
    let mut mapping = json!({ "at": pointer(&path) });
    if dice.rarely(20) {
        // Several, of which there is but one: what does not fit is no mismatch.
        mapping["at"] = json!([pointer(&path)]);
    }
    spelling(dice, column_type, &mut mapping);
    level.add(column_type, required, mapping);
}

fn spelling(dice: &mut Dice<'_>, column_type: &str, mapping: &mut Value) {
    if matches!(column_type, "timestamp" | "date") {
        if dice.rarely(70) {
            mapping["usual"] = (*dice.pick(&["unix_seconds", "unix_milliseconds", "iso", "rfc3339"])).into();
        }
        if dice.rarely(20) {
            mapping["unit"] = (*dice.pick(&["seconds", "milliseconds", "auto"])).into();
        }
        if dice.rarely(20) {
            mapping["zone"] = (*dice.pick(&["+02:00", "-05:30", "Z"])).into();
        }
    }
    if column_type == "string" && dice.rarely(25) {
        mapping["map"] = json!({ "user": "human", "a": "human", "": "bot" });
        if dice.rarely(40) {
            mapping["else"] = "bot".into();
        }
    }
}

/// A column with several candidates.
fn several(dice: &mut Dice<'_>, rules: Rules, level: &mut Level, required: bool) {
    let column_type = *dice.pick(&TYPES);
    let mut places: Vec<Path> = (0..=1 + dice.below(2)).map(|_| place(dice, level)).collect();
    places.sort_unstable();
    places.dedup();
    let turn = dice.below(places.len());
    places.rotate_left(turn);
    if rules == Rules::Rebuildable {
        if places.iter().any(|place| level.taken.contains(place)) {
            return;
        }
        level.taken.extend(places.iter().cloned());
    }
    let mut mapping = json!({ "at": places.iter().map(|place| pointer(place)).collect::<Vec<_>>() });
    spelling(dice, column_type, &mut mapping);
    level.add(column_type, required, mapping);
}

/// A column filled from an element around the row's.
fn from_above(dice: &mut Dice<'_>, levels: &mut [Level], index: usize, required: bool) {
    let Some(parent) = levels[index].parent else { return };
    let above = if dice.rarely(30) { 0 } else { parent };
    let from = if above == 0 { "record".to_owned() } else { levels[above].rows() };
    let column_type = *dice.pick(&TYPES);
    let path = place(dice, &mut levels[above]);
    let mut mapping = json!({ "at": pointer(&path), "from": from });
    spelling(dice, column_type, &mut mapping);
    levels[index].add(column_type, required, mapping);
}

/// A column that joins the texts of an array's elements.
fn joined(dice: &mut Dice<'_>, level: &mut Level) {
    let array = place(dice, level);
    if level.rows.contains(&array) {
        return;
    }
    let rest = if dice.rarely(30) { Path::new() } else { new_path(dice, 1) };
    let joined = format!("{}/*{}", pointer(&array), pointer(&rest));
    let at = match dice.rarely(40) {
        true => {
            let first = place(dice, level);
            // Where its text is from shows by what is nowhere else.
            if !level.taken.insert(first.clone()) || !level.taken.insert(array.clone()) {
                return;
            }
            json!([pointer(&first), joined])
        }
        false => json!([joined]),
    };
    level.add("string", false, json!({ "at": at, "join": dice.pick(&[" ", "", "\n"]) }));
}

/// A column made of others.
fn derived(dice: &mut Dice<'_>, levels: &mut [Level], index: usize) {
    let rows = levels[index].rows();
    let below: Vec<String> =
        (levels.iter().filter(|level| level.rows() != rows && level.rows().starts_with(&rows)))
            .flat_map(|level| level.columns.iter().map(move |column| (level, column)))
            .filter(|(_, (_, table, mapping))| table["type"] == "timestamp" && mapping.get("from").is_none())
            .map(|(level, (name, _, _))| format!("{}.{name}", level.name))
            .collect();
    let level = &mut levels[index];
    match dice.below(4) {
        0 if !below.is_empty() => {
            let bound = ["least", "greatest"][dice.below(2)];
            level.add("timestamp", false, json!({ bound: dice.pick(&below) }));
        }
        1 if !level.arrays.is_empty() => {
            let depth = dice.below(level.arrays.len());
            let array = array_at(level, depth);
            level.add(TYPES[[2, 7][dice.below(2)]], false, json!({ "index": array }));
        }
        2 => level.add("string", false, json!({ "listed": "k" })),
        _ => {
            let is_word = |(_, _, mapping): &&(String, Value, Value)| {
                mapping.get("from").is_none()
                    && ["at", "index", "param"].iter().any(|key| mapping.get(key).is_some())
            };
            let words: Vec<&String> = level.columns.iter().filter(is_word).map(|(name, _, _)| name).collect();
            let word = if words.is_empty() { "k" } else { dice.pick(&words) };
            let template = format!("{word}.{{k}}-{{{word}}}");
            level.add("string", false, json!({ "template": template }));
        }
    }
}
