use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bytes::Bytes;

use crate::change::{self, ChangeRequest, Changed, ReopenRequest};
use crate::config::{Generator, RateLimit, SimulatorConfig};
use crate::delete::{self, Deleted};
use crate::fault::FaultPlan;
use crate::habits::{HabitPlan, Habits, InForce};
use crate::ledger::{Ledger, LedgerSummary};
use crate::limiter::Limiter;
use crate::store::Store;
use crate::stream::Stream;

/// Everything the handlers share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) config: SimulatorConfig,
    pub(super) ledger: Arc<Ledger>,
    pub(super) faults: FaultPlan,
    pub(super) limiters: [Mutex<Limiter>; 4],
    store: RwLock<Store>,
    in_force: [Mutex<InForce>; 4],
}

impl World {
    pub(super) fn new(config: SimulatorConfig, store: Store) -> Self {
        let faults = FaultPlan::default();
        faults.add(config.faults.clone());
        let world = Self {
            config,
            ledger: Arc::new(Ledger::new()),
            faults,
            limiters: Default::default(),
            store: RwLock::new(store),
            in_force: Stream::ALL.map(|stream| Mutex::new(InForce::new(stream))),
        };
        world.set_habits(&world.config.habits);
        world
    }

    pub(super) fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rate(&self, stream: Stream) -> Option<RateLimit> {
        match stream {
            Stream::AgentxConversations | Stream::AgentxMessages => self.config.agentx_rate,
            Stream::ConvocoreList | Stream::ConvocoreExport => self.config.convocore_rate,
        }
    }

    pub(super) fn change(&self, request: ChangeRequest) -> Changed {
        let at = request.at.or(self.config.now).unwrap_or_else(wall_clock);
        let changed = change::change(&mut self.store_to_change(), request, at);
        self.ledger.changed(changed.clone());
        changed
    }

    pub(super) fn add(&self, generator: &Generator) {
        let added = crate::generate::generate(generator);
        self.store_to_change().add(added);
    }

    pub(super) fn reopen(&self, request: &ReopenRequest) -> Changed {
        let at = request.at.or(self.config.now).unwrap_or_else(wall_clock);
        let changed = change::reopen(&mut self.store_to_change(), request, at);
        self.ledger.changed(changed.clone());
        changed
    }

    pub(super) fn delete(&self, conversations: &HashSet<&str>) -> Deleted {
        delete::delete(&mut self.store_to_change(), conversations)
    }

    pub(super) fn put_back(&self, deleted: Deleted) {
        delete::put_back(&mut self.store_to_change(), deleted);
    }

    /// So many of a stream's newest records are gone.
    pub(super) fn lose(&self, stream: Stream, newest: usize) {
        self.store_to_change().shelf_mut(stream).rewrite(|records| {
            let kept = records.len().saturating_sub(newest);
            records.sort_by(|a, b| a.place().compare(&b.place()));
            records.truncate(kept);
        });
    }

    /// What a stream gives out once its endpoint is behind no more.
    pub(super) fn records(&self, stream: Stream) -> Vec<Bytes> {
        let store = self.store();
        let records = self.in_force(stream).truth(store.shelf(stream));
        records.into_iter().map(|record| record.text).collect()
    }

    /// The habits of an endpoint. Where the store is held too, it is taken first.
    pub(super) fn in_force(&self, stream: Stream) -> MutexGuard<'_, InForce> {
        self.in_force[stream.index()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_habits(&self, plan: &HabitPlan) {
        let store = self.store();
        for stream in Stream::ALL {
            self.in_force(stream).switch(plan.of(stream), &store, self.ledger.now());
        }
    }

    pub(super) fn habits(&self) -> HabitPlan {
        let mut plan = HabitPlan::default();
        for stream in Stream::ALL {
            let habits = self.in_force(stream).habits().clone();
            if habits != Habits::default() {
                plan = plan.and(stream, habits);
            }
        }
        plan
    }

    pub(super) fn concerned(&self, stream: Stream) -> BTreeMap<&'static str, Vec<String>> {
        let store = self.store();
        self.in_force(stream).concerned(store.shelf(stream), self.ledger.now())
    }

    pub(super) fn kill_cursors(&self) {
        for stream in Stream::ALL {
            self.in_force(stream).kill_cursors();
        }
    }

    pub(super) fn summary(&self) -> LedgerSummary {
        let concerned = Stream::ALL.into_iter().map(|stream| (stream.name(), self.concerned(stream)));
        LedgerSummary {
            in_force: self.habits(),
            concerned: concerned.filter(|(_, ids)| !ids.is_empty()).collect(),
            ..self.ledger.summary()
        }
    }

    /// The wall clock, in Unix seconds.
    pub(super) fn wall_s(&self) -> f64 {
        since_epoch().as_secs_f64()
    }

    /// The store, after what endpoints still show while they are behind was kept.
    fn store_to_change(&self) -> RwLockWriteGuard<'_, Store> {
        let store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        for stream in Stream::ALL {
            self.in_force(stream).hold(&store, self.ledger.now());
        }
        store
    }
}

fn wall_clock() -> i64 {
    i64::try_from(since_epoch().as_secs()).unwrap_or(0)
}

#[expect(clippy::disallowed_methods, reason = "a stand-in for a remote server has that server's clock")]
fn since_epoch() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}
