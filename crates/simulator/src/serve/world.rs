use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;

use crate::change::{self, ChangeRequest, Changed};
use crate::config::{RateLimit, SimulatorConfig};
use crate::delete::{self, Deleted};
use crate::fault::FaultPlan;
use crate::ledger::Ledger;
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
}

impl World {
    pub(super) fn new(config: SimulatorConfig, store: Store) -> Self {
        let faults = FaultPlan::default();
        faults.add(config.faults.clone());
        Self {
            config,
            ledger: Arc::new(Ledger::new()),
            faults,
            limiters: Default::default(),
            store: RwLock::new(store),
        }
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
        change::change(&mut self.store.write().unwrap_or_else(PoisonError::into_inner), request, at)
    }

    pub(super) fn delete(&self, conversations: &HashSet<&str>) -> Deleted {
        delete::delete(&mut self.store.write().unwrap_or_else(PoisonError::into_inner), conversations)
    }

    pub(super) fn put_back(&self, deleted: Deleted) {
        delete::put_back(&mut self.store.write().unwrap_or_else(PoisonError::into_inner), deleted);
    }

    /// So many of a stream's newest records are gone.
    pub(super) fn lose(&self, stream: Stream, newest: usize) {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        store.shelf_mut(stream).rewrite(|records| {
            let kept = records.len().saturating_sub(newest);
            records.sort_by(|a, b| a.place().compare(&b.place()));
            records.truncate(kept);
        });
    }

    pub(super) fn records(&self, stream: Stream) -> Vec<Bytes> {
        self.store().shelf(stream).records().iter().map(|record| record.text.clone()).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "a stand-in for a remote server has that server's clock")]
fn wall_clock() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}
