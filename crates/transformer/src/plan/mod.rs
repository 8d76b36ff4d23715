//! A stream's schema, compiled: a trie over keys that says what to do at each place, and what each row is made of.
//!
//! A **level** is the record (level 0) or an array whose elements are rows; each level feeds one table. A **slot**
//! is a place of a level whose raw text some column wants. The trie's **nodes** are the places on the way.

mod stream;
mod envelope;
mod node;
mod level;
mod column;
mod known_words;
mod expected;

pub(crate) use column::{Candidate, ColumnPlan, Slots, TemplateItem, ValueSource};
pub(crate) use envelope::{EnvelopeNode, EnvelopePlan, Look, LookNode};
pub use expected::ExpectedPlace;
pub(crate) use level::{Aggregate, Extreme, Level, Slot, TablePlan};
pub(crate) use node::{Elements, Node};
pub(crate) use stream::Plan;
