//! What fills a column.

use convolake_model::{ColumnMapping, ColumnSource, ColumnType, Pointer, Synonyms, TemplatePart, Texts};
use convolake_transformer::PageInput;

use crate::cells::{Cell, cell};
use crate::element::Element;
use crate::json::{Json, Kind};
use crate::levels::{Level, Path, keys};
use crate::rows::Rows;

/// A row's surroundings: its element and those it stands in, the record first.
pub(crate) struct Around<'x, 's, 't, 'a> {
    pub(crate) levels: &'x [Level<'s>],
    pub(crate) input: &'x PageInput<'x>,
    pub(crate) elements: &'x [Element<'t, 'a>],
    /// All rows so far, and how many there were of each table when the row's element began.
    pub(crate) rows: &'x Rows,
    pub(crate) before: &'x [usize],
}

/// What a column's cell means for the place it was taken from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Means {
    /// The value at this place can be had from the cell.
    GivesBack(Path),
    /// The value at this place does not fit.
    Mismatch(Path),
    Nothing,
}

impl<'s> Around<'_, 's, '_, '_> {
    fn own(&self) -> &Element<'_, '_> {
        self.elements.last().unwrap()
    }

    fn level(&self) -> &Level<'s> {
        &self.levels[self.own().level]
    }

    fn enclosing(&self, rows: &Pointer) -> &Element<'_, '_> {
        self.elements.iter().find(|element| self.levels[element.level].mapping.rows == *rows).unwrap()
    }

    /// The first value that stands where the column looks, and is not null; joined places apart.
    pub(crate) fn standing(&self, mapped: &ColumnMapping) -> Option<&Json<'_>> {
        let ColumnSource::At { from, candidates, .. } = &mapped.source else { return None };
        let element = self.enclosing(from);
        let at = |place: &Pointer| match keys(place) {
            (path, None) => element.at(&path).filter(|value| !value.is_null()),
            _ => None,
        };
        candidates.iter().find_map(at)
    }

    /// The cell of a mapped column.
    pub(crate) fn value(&self, mapped: &ColumnMapping, column_type: ColumnType) -> (Cell, Means) {
        let cell = match &mapped.source {
            ColumnSource::At { .. } => return self.at_places(mapped, column_type),
            ColumnSource::Param(param) => {
                self.input.params.get(param).cloned().map_or(Cell::Null, Cell::Text)
            }
            ColumnSource::Position => Cell::Whole(self.elements[0].index.into()),
            ColumnSource::Key(rows) => {
                let element = self.enclosing(rows);
                Cell::Text(element.key.map_or(element.index.to_string(), str::to_owned))
            }
            ColumnSource::Page { .. } => unreachable!("pages around the records are tested apart"),
            ColumnSource::Index(rows) => Cell::Whole(self.enclosing(rows).index.into()),
            ColumnSource::Template(template) => {
                let text = |part: &TemplatePart| match part {
                    TemplatePart::Text(text) => Some(text.clone()),
                    TemplatePart::Name(name) => {
                        let column_type = self.level().table.columns[name].column_type;
                        match self.value(&self.level().mapping.columns[name], column_type).0 {
                            Cell::Text(text) => Some(text),
                            Cell::Whole(number) => Some(number.to_string()),
                            _ => None,
                        }
                    }
                };
                template.parts().iter().map(text).collect::<Option<_>>().map_or(Cell::Null, Cell::Text)
            }
            ColumnSource::Count(array) => {
                let elements = self.own().at(&keys(array).0).and_then(|value| value.parts());
                elements.map_or(Cell::Null, |elements| Cell::Whole(i64::try_from(elements.len()).unwrap()))
            }
            ColumnSource::Least { table, column } => instant(self.below(table, column).min()),
            ColumnSource::Greatest { table, column } => instant(self.below(table, column).max()),
            ColumnSource::Listed { by } => {
                match self.value(&self.level().mapping.columns[by], ColumnType::String).0 {
                    Cell::Text(id) => self.input.listed.get(&id).cloned().map_or(Cell::Null, Cell::Text),
                    _ => Cell::Null,
                }
            }
        };
        (cell, Means::Nothing)
    }

    /// A timestamp column of the rows below this one.
    fn below(&self, table: &str, column: &str) -> impl Iterator<Item = i64> {
        let level = self.levels.iter().position(|level| level.mapping.table == table).unwrap();
        let column = self.levels[level].table.without_lineage().columns.get_index_of(column).unwrap();
        self.rows.of[level][self.before[level]..].iter().filter_map(move |row| match row.cells[column] {
            Cell::Instant(micros) => Some(micros),
            _ => None,
        })
    }

    fn at_places(&self, mapped: &ColumnMapping, column_type: ColumnType) -> (Cell, Means) {
        let ColumnSource::At { from, candidates, optional, texts, join, synonyms } = &mapped.source else {
            unreachable!("asked for places only")
        };
        let element = self.enclosing(from);
        let is_string = column_type == ColumnType::String;
        // How well a value serves, the better the less; of equal ones the first counts.
        let mut best: Option<(u8, Cell, Means)> = None;
        let (mut means, mut has_value) = (Means::Nothing, false);
        for (at, place) in candidates.iter().enumerate() {
            let (path, rest) = keys(place);
            let (rank, cell, cell_means) = if let Some(rest) = rest {
                let texts = element.texts(&(path, rest));
                if texts.is_empty() {
                    continue;
                }
                let text = texts.join(join.as_ref().unwrap());
                (if is_blank(&text) { 2 } else { 0 }, Cell::Text(text), Means::Nothing)
            } else {
                let Some(value) = element.at(&path) else { continue };
                if value.is_null() && column_type != ColumnType::Json {
                    continue;
                }
                has_value = true;
                let is_scalar = is_string && matches!(value.kind, Kind::Number | Kind::Bool(_));
                match cell(value, column_type, &mapped.spelling) {
                    Some((cell, gives_back)) if !is_scalar || *texts == Texts::AnyScalar => {
                        let rank = match &cell {
                            _ if is_scalar => 1,
                            Cell::Text(text) if is_string && is_blank(text) => 2,
                            _ => 0,
                        };
                        let is_own = gives_back && is_clear(element, candidates, at);
                        (rank, cell, if is_own { Means::GivesBack(path) } else { Means::Nothing })
                    }
                    _ if *optional => continue,
                    _ => {
                        means = Means::Mismatch(path);
                        continue;
                    }
                }
            };
            has_value = true;
            if best.as_ref().is_none_or(|(known, ..)| rank < *known) {
                best = Some((rank, cell, cell_means));
            }
        }
        let (found, means) = best.map_or((Cell::Null, means), |(_, cell, means)| (cell, means));
        let word = synonyms.as_ref().filter(|_| has_value).and_then(|synonyms| synonym(synonyms, &found));
        match (word, means) {
            (Some(word), Means::GivesBack(_)) => (Cell::Text(word), Means::Nothing),
            (Some(word), means) => (Cell::Text(word), means),
            (None, means) => (found, means),
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// Whether the cell alone tells that its value stood at this of the candidates: it is the first, and nothing
/// stands where the others might have been taken from.
fn is_clear(element: &Element<'_, '_>, candidates: &[Pointer], at: usize) -> bool {
    let (path, _) = keys(&candidates[at]);
    let is_absent = |other: &Pointer| match keys(other) {
        (other, _) if other.first() != path.first() => !element.has_member_of(&other),
        (other, None) => element.at(&other).is_none(),
        (array, Some(rest)) => element.values(&(array, rest)).next().is_none(),
    };
    at == 0 && candidates[1..].iter().all(is_absent)
}

fn synonym(synonyms: &Synonyms, found: &Cell) -> Option<String> {
    let known = match found {
        Cell::Text(word) => synonyms.words.get(word),
        _ => None,
    };
    known.or(synonyms.otherwise.as_ref()).cloned()
}

fn instant(micros: Option<i64>) -> Cell {
    micros.map_or(Cell::Null, Cell::Instant)
}
