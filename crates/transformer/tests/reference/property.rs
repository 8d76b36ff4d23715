//! Properties over choices.

use std::fmt;

use proptest::prelude::*;

/// Bytes for a case of a property.
pub(crate) fn choices(length: usize) -> impl Strategy<Value = Choices> {
    proptest::collection::vec(any::<u8>(), 0..length).prop_map(Choices)
}

/// So many cases; a failure is made smaller for half a minute.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_time: 30_000, ..ProptestConfig::default() }
}

/// Shown as what they are: of no interest.
#[derive(Clone)]
pub(crate) struct Choices(pub(crate) Vec<u8>);

impl fmt::Debug for Choices {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} choices", self.0.len())
    }
}
