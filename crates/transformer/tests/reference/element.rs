//! An element: the record, or what stands in an array of rows; and what the schema finds in it.

use crate::json::Json;
use crate::levels::Path;

/// An element of a level.
#[derive(Clone, Copy)]
pub(crate) struct Element<'t, 'a> {
    pub(crate) level: usize,
    /// Its position in its array or object.
    pub(crate) index: u32,
    /// Its key, where it is a member of an object.
    pub(crate) key: Option<&'t str>,
    pub(crate) json: &'t Json<'a>,
    /// Where it counts as standing, if it is no object.
    pub(crate) bare_at: Option<&'t [String]>,
}

impl<'t, 'a> Element<'t, 'a> {
    pub(crate) fn is_object(&self) -> bool {
        self.json.members().is_some()
    }

    /// What stands at a path of keys.
    pub(crate) fn at(&self, path: &[String]) -> Option<&'t Json<'a>> {
        match self.is_object() || path.is_empty() {
            true => self.json.at(path),
            // As if it stood in an object.
            false => self.json.at(path.strip_prefix(self.bare_at?)?),
        }
    }

    /// True where the element has the member with which the path begins.
    pub(crate) fn has_member_of(&self, path: &[String]) -> bool {
        match self.is_object() {
            true => path.first().is_none_or(|key| self.json.member(key).is_some()),
            false => self.bare_at.is_some_and(|bare| bare.first() == path.first()),
        }
    }

    /// What stands at a place of each element of an array.
    pub(crate) fn values(&self, (array, rest): &(Path, Path)) -> impl Iterator<Item = &'t Json<'a>> {
        let parts = self.at(array).and_then(Json::parts).unwrap_or_default();
        parts.into_iter().filter_map(|(_, part)| part.at(rest))
    }

    /// The texts among them.
    pub(crate) fn texts(&self, place: &(Path, Path)) -> Vec<&'t str> {
        self.values(place).filter_map(Json::string).collect()
    }
}
