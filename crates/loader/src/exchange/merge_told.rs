//! What several folds have told of, as if it were one.

use std::collections::BTreeMap;

use crate::exchange::fold::Folded;
use crate::resolve::told::{GaveWay, Shrunk, TableTold, WentBack};

impl Folded {
    /// Adds what another fold tells. Of two first ones that whose page comes first by name stays, so that the order of folds is of no
    /// matter.
    pub fn add(&mut self, other: Self) {
        for (table, told) in other.0 {
            let mine = self.0.entry(table).or_default();
            let TableTold { gave_way, shrunk, reduced, went_back } = told;
            join(&mut mine.gave_way, gave_way, |mine, other| mine.rows += other.rows, GaveWay::place);
            join(&mut mine.shrunk, shrunk, add_shrunk, Shrunk::place);
            join(&mut mine.reduced, reduced, add_shrunk, Shrunk::place);
            join(&mut mine.went_back, went_back, |mine, other| mine.rows += other.rows, WentBack::place);
        }
    }

    /// What is told, by table.
    pub fn into_tables(self) -> BTreeMap<String, TableTold> {
        self.0
    }
}

fn add_shrunk(mine: &mut Shrunk, other: &Shrunk) {
    mine.parents += other.parents;
    mine.rows += other.rows;
}

fn join<T>(
    mine: &mut Option<T>,
    other: Option<T>,
    add: impl Fn(&mut T, &T),
    place: impl Fn(&T) -> (&str, &str),
) {
    let Some(mut other) = other else { return };
    let Some(known) = mine else {
        *mine = Some(other);
        return;
    };
    if place(&other) < place(known) {
        std::mem::swap(known, &mut other);
    }
    add(known, &other);
}

impl GaveWay {
    fn place(&self) -> (&str, &str) {
        (&self.page, &self.key)
    }
}

impl Shrunk {
    fn place(&self) -> (&str, &str) {
        (&self.page, &self.first)
    }
}

impl WentBack {
    fn place(&self) -> (&str, &str) {
        (&self.page, &self.key)
    }
}
