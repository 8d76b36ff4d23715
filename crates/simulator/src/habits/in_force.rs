//! The habits of one endpoint with what they remember.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::cursor_life::Cursors;
use super::lag::{Behind, difference};
use super::limit::Window;
use super::which::Chosen;
use super::{ContentEncoding, Habits, Refused};
use crate::record::Record;
use crate::store::{Shelf, Store};
use crate::stream::Stream;

/// Habits that are switched on.
#[derive(Debug)]
pub(crate) struct InForce {
    pub(super) stream: Stream,
    pub(super) habits: Habits,
    pub(super) chosen: ChosenBy,
    pub(super) answers: u64,
    pub(super) failures: u64,
    lag: Behind,
    limit: Window,
    cursors: Cursors,
}

/// What habits concern: ids of conversations, or of single records.
#[derive(Debug, Default)]
pub(super) struct ChosenBy {
    pub(super) dead: Chosen,
    pub(super) odd: Chosen,
    pub(super) poisoned: Chosen,
    pub(super) heavy: Chosen,
}

/// What a request asks for, as far as habits look at it.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Bytes of path and query.
    pub(crate) url_bytes: usize,
    pub(crate) cursor: Option<&'a str>,
    pub(crate) page_size: Option<usize>,
    /// Bounds in Unix seconds.
    pub(crate) window: Option<(i64, i64)>,
    /// The conversations asked for by id.
    pub(crate) conversations: &'a [String],
    /// Since the server started.
    pub(crate) now: Duration,
    /// Unix seconds.
    pub(crate) wall_s: f64,
}

impl InForce {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            habits: Habits::default(),
            chosen: ChosenBy::default(),
            answers: 0,
            failures: 0,
            lag: Behind::default(),
            limit: Window::default(),
            cursors: Cursors::default(),
        }
    }

    pub(crate) fn habits(&self) -> &Habits {
        &self.habits
    }

    pub(crate) fn content_encoding(&self) -> Option<ContentEncoding> {
        self.habits.content_encoding.clone()
    }

    /// The most records a page has.
    pub(crate) fn page_cap(&self) -> Option<usize> {
        self.habits.page_size.and_then(|size| size.cap)
    }

    /// Switches to these habits. One that stays as it is goes on; one that is new or other begins.
    pub(crate) fn switch(&mut self, habits: Habits, store: &Store, now: Duration) {
        let shelf = store.shelf(self.stream);
        let leading = store.shelf(self.stream.leader());
        let before = std::mem::replace(&mut self.habits, habits);
        let habits = &self.habits;
        if habits.lag != before.lag {
            self.lag = match &habits.lag {
                Some(lag) => Behind::begin(lag, self.stream, shelf, &lag.of.chosen(leading), now),
                None => Behind::default(),
            };
        }
        if habits.limit != before.limit {
            self.limit = Window::default();
        }
        if habits.failure != before.failure {
            self.failures = 0;
        }
        if habits.dead_ids != before.dead_ids {
            self.chosen.dead = chosen(habits.dead_ids.as_ref().map(|dead| &dead.of), leading);
        }
        if habits.odd_values != before.odd_values {
            self.chosen.odd = chosen(habits.odd_values.as_ref().map(|odd| &odd.of), leading);
        }
        if habits.poison != before.poison {
            let of = chosen(habits.poison.as_ref().map(|poison| &poison.of), leading);
            self.chosen.poisoned = of.first_records(shelf);
        }
        if habits.heavy != before.heavy {
            let of = chosen(habits.heavy.as_ref().map(|heavy| &heavy.of), leading);
            self.chosen.heavy = of.first_records(shelf);
        }
    }

    /// Keeps what the endpoint shows while it is behind; called before the data changes.
    pub(crate) fn hold(&mut self, store: &Store, now: Duration) {
        if let Some(lag) = &self.habits.lag {
            self.lag.hold(lag, store.shelf(self.stream).clone(), now);
        }
    }

    /// Lets a request in, by its limit.
    pub(crate) fn admit(&mut self, now: Duration, wall_s: f64) -> Result<(), Refused> {
        match &self.habits.limit {
            Some(limit) => limit.admit(&mut self.limit, now, wall_s),
            None => Ok(()),
        }
    }

    /// Judges a request.
    pub(crate) fn check(&self, asked: &Asked<'_>) -> Result<(), Refused> {
        let habits = &self.habits;
        if let Some(url_length) = habits.url_length {
            url_length.check(asked.url_bytes)?;
        }
        if let Some(page_size) = habits.page_size {
            page_size.check(asked.page_size)?;
        }
        if let (Some(window), Some((start, end))) = (habits.window, asked.window) {
            window.check(start, end, asked.wall_s)?;
        }
        if let Some(cursor) = asked.cursor {
            self.cursors.check(habits.cursor_life, cursor, asked.now)?;
        }
        if let Some(dead_ids) = &habits.dead_ids {
            dead_ids.check(&self.chosen.dead, asked.conversations)?;
        }
        Ok(())
    }

    /// The conversations that a request means by these ids.
    pub(crate) fn resolved(&self, asked: Vec<String>, shelf: &Shelf) -> Vec<String> {
        match &self.habits.odd_values {
            Some(odd) => asked.into_iter().map(|id| odd.resolved(id, shelf)).collect(),
            None => asked,
        }
    }

    /// Counts a request; what it is answered from, where that is not `present` as it is, and the habits that make it so.
    pub(crate) fn view(&mut self, present: &Shelf, now: Duration) -> (Option<Arc<Shelf>>, Vec<&'static str>) {
        let behind = self.lag.next(now);
        let mut habits: Vec<&'static str> = behind.iter().map(|_| "lag").collect();
        let shown = self.without_dead(behind.as_deref().unwrap_or(present)).map(Arc::new);
        habits.extend(shown.iter().map(|_| "dead_ids"));
        (shown.or(behind), habits)
    }

    /// Notes a cursor that is given out.
    pub(crate) fn give_cursor(&mut self, asked: Option<&str>, next: &str, now: Duration) {
        self.cursors.give(asked, next, now);
    }

    /// All cursors given out so far are dead.
    pub(crate) fn kill_cursors(&mut self) {
        self.cursors.kill();
    }

    /// What the endpoint gives out once it is behind no more: every record that can be had, with the values that it keeps.
    pub(crate) fn truth(&self, present: &Shelf) -> Vec<Record> {
        let alive = self.without_dead(present);
        let mut records = alive.as_ref().unwrap_or(present).records().to_vec();
        for record in &mut records {
            self.with_lasting_values(record);
        }
        records
    }

    /// The ids that each habit concerns now, where they are not all: conversations, and records for `poison` and `heavy`.
    pub(crate) fn concerned(
        &mut self,
        present: &Shelf,
        now: Duration,
    ) -> BTreeMap<&'static str, Vec<String>> {
        let mut concerned = BTreeMap::new();
        if let Some(behind) = self.lag.current(now) {
            concerned.insert("lag", difference(&behind, present));
        }
        for (name, is_on, ids) in [
            ("dead_ids", self.habits.dead_ids.is_some(), &self.chosen.dead),
            ("odd_values", self.habits.odd_values.is_some(), &self.chosen.odd),
            ("poison", self.habits.poison.is_some(), &self.chosen.poisoned),
            ("heavy", self.habits.heavy.is_some(), &self.chosen.heavy),
        ] {
            if let Some(ids) = ids.ids().filter(|_| is_on) {
                concerned.insert(name, ids);
            }
        }
        concerned
    }

    /// The shelf without what is dead, where something is.
    fn without_dead(&self, shelf: &Shelf) -> Option<Shelf> {
        self.habits.dead_ids.as_ref()?;
        let mut alive = shelf.clone();
        alive.rewrite(|records| records.retain(|record| !self.chosen.dead.contains(&record.conversation)));
        Some(alive)
    }
}

fn chosen(of: Option<&super::Which>, leading: &Shelf) -> Chosen {
    of.map(|of| of.chosen(leading)).unwrap_or_default()
}
