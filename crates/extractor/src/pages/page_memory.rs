//! The memory of pages that are under way or held.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::lock::Lock;

/// The room a page is given while nothing is known of its stream's pages.
const FIRST_BODY_BYTES: u64 = 1 << 20;
/// Room is counted in these.
const UNIT_BYTES: u64 = 4 << 10;

/// The memory of all bodies that are under way, or held until they are landed and flattened.
///
/// A page is given room before it is asked for: as much as the largest body of its stream so far had. Where there is
/// none, a chain waits for its next page until others are gone. Pages that are asked for ahead of their turn share
/// one half of the memory among them and never wait; no page is given more than the other half. So the page that a chain waits for
/// is always given room in the end, whatever is held ahead.
#[derive(Debug)]
pub(crate) struct PageMemory {
    in_turn: Arc<Semaphore>,
    ahead: Arc<Semaphore>,
    half_units: u32,
    /// By stream, the largest body so far.
    largest_bytes: Lock<BTreeMap<String, u64>>,
}

/// The room of one page. Dropped, it is free for another.
#[derive(Debug, Default)]
pub struct PageRoom {
    /// Held, not read.
    _permit: Option<OwnedSemaphorePermit>,
}

impl PageMemory {
    /// For bodies of so many bytes in all.
    pub(crate) fn new(bytes: u64) -> Self {
        let half_units =
            u32::try_from(bytes / 2 / UNIT_BYTES).unwrap_or(u32::MAX >> 4).clamp(1, u32::MAX >> 4);
        let half = || Arc::new(Semaphore::new(half_units as usize));
        Self { in_turn: half(), ahead: half(), half_units, largest_bytes: Lock::default() }
    }

    /// Room for the next page of a stream; waits for it.
    pub(crate) async fn room(&self, stream: &str) -> PageRoom {
        let permit = Arc::clone(&self.in_turn).acquire_many_owned(self.units_of(stream)).await;
        // It is never closed.
        PageRoom { _permit: permit.ok() }
    }

    /// Room for a page that is asked for ahead of its turn; `None` where there is none.
    pub(crate) fn room_ahead(&self, stream: &str) -> Option<PageRoom> {
        let permit = Arc::clone(&self.ahead).try_acquire_many_owned(self.units_of(stream)).ok()?;
        Some(PageRoom { _permit: Some(permit) })
    }

    /// Takes note of the size of a stream's page.
    pub(crate) fn observe(&self, stream: &str, body_bytes: usize) {
        let mut largest = self.largest_bytes.lock();
        let known = largest.entry(stream.to_owned()).or_default();
        *known = (*known).max(body_bytes as u64);
    }

    fn units_of(&self, stream: &str) -> u32 {
        let bytes = self.largest_bytes.lock().get(stream).copied().unwrap_or(FIRST_BODY_BYTES);
        u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).clamp(1, self.half_units)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    /// How many pages of a stream are given room in turn, and how many ahead.
    fn given(memory: &PageMemory, stream: &str) -> (usize, usize) {
        let in_turn: Vec<PageRoom> = std::iter::from_fn(|| memory.room(stream).now_or_never()).collect();
        let ahead: Vec<PageRoom> = std::iter::from_fn(|| memory.room_ahead(stream)).collect();
        (in_turn.len(), ahead.len())
    }

    #[test]
    fn as_many_pages_are_given_room_as_fit_of_the_largest_there_was() {
        let memory = PageMemory::new(8 << 20);
        assert_eq!(given(&memory, "s"), (4, 4), "of a MiB each, as nothing is known");
        for (body_bytes, expected) in
            [(100 << 10, (40, 40)), (50 << 10, (40, 40)), (3 << 20, (1, 1)), (60 << 20, (1, 1))]
        {
            memory.observe("s", body_bytes);
            assert_eq!(given(&memory, "s"), expected, "{body_bytes}");
        }
        assert_eq!(given(&memory, "other"), (4, 4));
    }

    #[test]
    fn a_page_in_turn_is_given_room_whatever_is_held_ahead_and_room_comes_back() {
        let memory = PageMemory::new(4 << 20);
        let ahead: Vec<PageRoom> = std::iter::from_fn(|| memory.room_ahead("s")).collect();
        assert_eq!(ahead.len(), 2);
        let first = memory.room("s").now_or_never().unwrap();
        let _second = memory.room("s").now_or_never().unwrap();
        assert!(memory.room("s").now_or_never().is_none());
        drop(first);
        assert!(memory.room("s").now_or_never().is_some());
    }
}
