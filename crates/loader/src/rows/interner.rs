use std::collections::hash_map::Entry;
use std::collections::hash_map::HashMap;

use crate::rows::cells::HashedBuilder;

/// Small numbers for equal cells.
#[derive(Default)]
pub(crate) struct Interner {
    first_of_hash: HashMap<u64, u32, HashedBuilder>,
    /// By id, where its cells stand.
    stands_at: Vec<(u32, u32)>,
    /// By id, the next id with the same hash; the id itself where there is none.
    next: Vec<u32>,
}

impl Interner {
    pub(crate) fn len(&self) -> usize {
        self.stands_at.len()
    }

    pub(crate) fn id(&mut self, hash: u64, at: (u32, u32), equal: impl Fn((u32, u32)) -> bool) -> u32 {
        let new = u32::try_from(self.stands_at.len()).unwrap_or(u32::MAX);
        let mut id = match self.first_of_hash.entry(hash) {
            Entry::Vacant(entry) => *entry.insert(new),
            Entry::Occupied(entry) => *entry.get(),
        };
        while id != new {
            if equal(self.stands_at[id as usize]) {
                return id;
            }
            id = match self.next[id as usize] {
                next if next == id => {
                    self.next[id as usize] = new;
                    new
                }
                next => next,
            };
        }
        self.stands_at.push(at);
        self.next.push(new);
        new
    }
}
