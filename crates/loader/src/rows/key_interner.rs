//! Small numbers for the distinct keys of rows.

use std::collections::hash_map::{Entry, HashMap};

use crate::rows::cells::HashedBuilder;

/// Gives equal keys equal numbers, from 0 on. It holds hashes and rows, and no key.
#[derive(Default)]
pub(crate) struct KeyInterner {
    first_of_hash: HashMap<u64, u32, HashedBuilder>,
    /// By id, the first row with this key, as a batch and a row of it.
    first_row: Vec<(u32, u32)>,
    /// By id, the next id with the same hash; the id itself where there is none.
    next: Vec<u32>,
}

impl KeyInterner {
    pub(crate) fn len(&self) -> usize {
        self.first_row.len()
    }

    /// The id of a row's key, by the key's hash; `is_equal` compares it with the key of another row.
    pub(crate) fn id(&mut self, hash: u64, row: (u32, u32), is_equal: impl Fn((u32, u32)) -> bool) -> u32 {
        let new = u32::try_from(self.first_row.len()).unwrap_or(u32::MAX);
        let mut id = match self.first_of_hash.entry(hash) {
            Entry::Vacant(entry) => *entry.insert(new),
            Entry::Occupied(entry) => *entry.get(),
        };
        while id != new {
            if is_equal(self.first_row[id as usize]) {
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
        self.first_row.push(row);
        self.next.push(new);
        new
    }
}
