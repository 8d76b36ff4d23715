//! What a stream's records look like by its schema, and records that look so, roughly.

use convolake_model::{ColumnSource, ColumnType, DateSpelling, Pointer, PointerStep, UsualSpelling};
use indexmap::IndexMap;

use crate::dice::Dice;
use crate::levels::keys;
use crate::odd::{self, BAD_BYTE};
use crate::schemas::Stream;

/// A place in a record: what columns expect there, and what stands below it.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    fits: Vec<Fit>,
    members: IndexMap<String, Shape>,
    elements: Option<Box<Shape>>,
}

#[derive(Debug)]
struct Fit {
    column_type: ColumnType,
    spelling: DateSpelling,
    words: Vec<String>,
    required: bool,
}

impl Shape {
    /// The shape of a stream's records.
    pub(crate) fn of(stream: &Stream) -> Self {
        let mut record = Self::default();
        for mapping in &stream.schema.mappings {
            let table = &stream.tables[&mapping.table];
            record.at(&mapping.rows);
            if let Some(bare) = &mapping.bare_element {
                record.at(&mapping.rows.join(bare));
            }
            for (name, column) in &mapping.columns {
                match &column.source {
                    ColumnSource::At { from, candidates, synonyms, .. } => {
                        for place in candidates {
                            record.at(&from.join(place)).fits.push(Fit {
                                column_type: table.columns[name].column_type,
                                spelling: column.spelling.clone(),
                                words: synonyms
                                    .iter()
                                    .flat_map(|known| known.words.keys().cloned())
                                    .collect(),
                                required: table.columns[name].required,
                            });
                        }
                    }
                    ColumnSource::Count(array) => {
                        record.at(&mapping.rows.join(array)).elements.get_or_insert_default();
                    }
                    _ => {}
                }
            }
        }
        record
    }

    fn at(&mut self, place: &Pointer) -> &mut Self {
        place.steps().iter().fold(self, |shape, step| match step {
            PointerStep::Key(key) => shape.members.entry(key.clone()).or_default(),
            PointerStep::Each => shape.elements.get_or_insert_default(),
        })
    }

    fn is_required(&self) -> bool {
        self.fits.iter().any(|fit| fit.required) || self.members.values().any(Self::is_required)
    }

    /// A value of this shape, or now and then of none.
    pub(crate) fn value(&self, dice: &mut Dice<'_>) -> String {
        let odds = if self.is_required() { 2 } else { 8 };
        let ways = [!self.members.is_empty(), self.elements.is_some(), !self.fits.is_empty()];
        let ways: Vec<usize> = (0..3).filter(|way| ways[*way]).collect();
        if dice.rarely(odds) || ways.is_empty() {
            return odd::value(dice, 2);
        }
        match (*dice.pick(&ways), &self.elements) {
            (0, _) => self.object(dice),
            (1, Some(elements)) => {
                let elements: Vec<String> = (0..dice.below(4)).map(|_| elements.value(dice)).collect();
                format!("[{}{}]", odd::space(dice), elements.join(","))
            }
            _ => {
                let fit = dice.pick(&self.fits);
                fit.value(dice)
            }
        }
    }

    fn object(&self, dice: &mut Dice<'_>) -> String {
        let mut members = Vec::new();
        for (key, shape) in &self.members {
            if dice.rarely(if shape.is_required() { 1 } else { 12 }) {
                continue;
            }
            let renamed = format!("{key}X");
            let key = if dice.rarely(2) && !shape.is_required() { &renamed } else { key };
            for _ in 0..=usize::from(dice.rarely(2)) {
                members.push(format!("{}:{}", odd::quoted_oddly(dice, key), shape.value(dice)));
            }
        }
        for _ in 0..dice.below(8).saturating_sub(5) {
            let key = odd::key(dice);
            members.push(format!(
                "{}{}:{}",
                odd::space(dice),
                odd::quoted_oddly(dice, key),
                odd::value(dice, 2)
            ));
        }
        let turn = dice.below(members.len().min(200));
        members.rotate_left(turn);
        format!("{{{}{}}}", members.join(","), odd::space(dice))
    }
}

impl Fit {
    fn value(&self, dice: &mut Dice<'_>) -> String {
        if dice.rarely(if self.required { 1 } else { 25 }) {
            return match dice.below(3) {
                0 => odd::text(dice),
                1 => odd::number(dice),
                _ => odd::value(dice, 1),
            };
        }
        match self.column_type {
            ColumnType::String if self.required => format!("\"id-{}\"", dice.below(4)),
            ColumnType::String if !self.words.is_empty() => {
                serde_json::to_string(dice.pick(&self.words)).unwrap()
            }
            ColumnType::String => odd::text(dice),
            ColumnType::Int32 | ColumnType::Int64 => dice.below(100).to_string(),
            ColumnType::Float64 => format!("{}.{}", dice.below(100), dice.below(100)),
            ColumnType::Bool => ["true", "false"][dice.below(2)].to_owned(),
            ColumnType::Timestamp => self.instant(dice),
            ColumnType::Date => "\"2025-04-15\"".to_owned(),
            ColumnType::Json => odd::value(dice, 3),
            ColumnType::StringList => ["[\"a\",null,\"b\"]", "[]", "[\"x\"]"][dice.below(3)].to_owned(),
        }
    }

    fn instant(&self, dice: &mut Dice<'_>) -> String {
        let seconds = 946_684_800 + dice.number() % 3_155_759_999;
        let usual = self.spelling.usual.unwrap_or(UsualSpelling::UnixSeconds);
        let fraction = ["", ".384884", ".000001", ".5", ".500000"][dice.below(5)];
        match usual {
            UsualSpelling::UnixSeconds => format!("{seconds}{fraction}"),
            UsualSpelling::UnixMilliseconds => format!("{seconds}000{fraction}"),
            UsualSpelling::UnixMicroseconds => format!("{seconds}000000"),
            UsualSpelling::Iso => format!("\"2025-04-15T20:58:{:02}{fraction}\"", seconds % 60),
            UsualSpelling::Rfc3339 => format!("\"2025-04-15T20:58:{:02}{fraction}Z\"", seconds % 60),
        }
    }
}

/// A page of records of this shape.
pub(crate) fn page(dice: &mut Dice<'_>, stream: &Stream, shape: &Shape) -> Vec<u8> {
    let odd_page = dice.rarely(3);
    let mut records: Vec<String> = (0..=dice.below(4)).map(|_| shape.value(dice)).collect();
    if dice.rarely(5) {
        // No JSON, which shows only at its end.
        let at = dice.below(records.len());
        if let Some(object) = records[at].strip_suffix('}') {
            records[at] = format!("{object},\"x\":NaN}}");
        }
    }
    let records = format!("{}[{}]{}", odd::space(dice), records.join(","), odd::space(dice));
    let mut page = keys(&stream.envelope.records).0.iter().rev().fold(records, |inner, key| {
        let key = odd::quoted_oddly(dice, key);
        match dice.below(3) {
            0 => format!("{{{key}:{inner}}}"),
            1 => format!("{{\"success\":true,{key}:{inner},\"message\":\"x\"}}"),
            _ => format!("{{\"cursor\":null,{key}:{inner}}}"),
        }
    });
    if odd_page {
        page = match dice.below(6) {
            0 => page.replacen('{', "{\"success\":false,", 1),
            1 => page.replacen('{', "{\"data\":[{\"a\":1}],", 1),
            2 => format!("{page} x"),
            3 => format!("\u{feff}{page}"),
            4 => odd::value(dice, 2),
            _ => page[..page.len() - 1].to_owned(),
        };
    }
    with_bad_bytes(&page)
}

fn with_bad_bytes(page: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, part) in page.split(BAD_BYTE).enumerate() {
        if at > 0 {
            bytes.push(if at % 2 == 0 { 0xff } else { 0xc3 });
        }
        bytes.extend(part.as_bytes());
    }
    bytes
}
