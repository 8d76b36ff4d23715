//! What only this process may write another of, so that it need not be read again: the newest commit of a pipeline whose lease is
//! held.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::storage::locked::locked;

/// By a name, an object's number and content; nothing is kept under a name that is not held. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldObjects {
    objects: Arc<Mutex<BTreeMap<String, Kept>>>,
}

/// A number and content; `None` where neither is known.
type Kept = Option<(u64, Bytes)>;

impl HeldObjects {
    /// What is kept under this name, until the guard is dropped.
    pub(crate) fn hold(&self, name: &str) -> Holding {
        locked(&self.objects).insert(name.to_owned(), None);
        Holding { held: self.clone(), name: name.to_owned() }
    }

    /// Keeps an object under a name that is held.
    pub(crate) fn keep(&self, name: &str, number: u64, content: Bytes) {
        if let Some(kept) = locked(&self.objects).get_mut(name) {
            *kept = Some((number, content));
        }
    }

    /// Keeps nothing under this name, as what stands there is in doubt.
    pub(crate) fn doubt(&self, name: &str) {
        if let Some(kept) = locked(&self.objects).get_mut(name) {
            *kept = None;
        }
    }

    /// What is kept under this name.
    pub(crate) fn get(&self, name: &str) -> Option<(u64, Bytes)> {
        locked(&self.objects).get(name).cloned().flatten()
    }
}

/// As long as it lives, something may be kept under a name.
#[derive(Debug)]
pub(crate) struct Holding {
    held: HeldObjects,
    name: String,
}

impl Drop for Holding {
    fn drop(&mut self) {
        locked(&self.held.objects).remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_that_is_not_held() {
        let held = HeldObjects::default();
        let keep = |number| held.keep("p", number, Bytes::from_static(b"x"));
        keep(1);
        assert_eq!(held.get("p"), None);
        let holding = held.hold("p");
        keep(2);
        assert_eq!(held.clone().get("p").map(|(number, _)| number), Some(2));
        held.doubt("p");
        assert_eq!(held.get("p"), None);
        keep(3);
        drop(holding);
        assert_eq!(held.get("p"), None);
    }
}
