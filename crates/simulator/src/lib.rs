//! The three export APIs on loopback, with a data generator, faults and a ledger.
//!
//! A run is only as well tested as the server it ran against. This crate plays that server as the documents in
//! `seeds/` describe it, strictly: wrong parameters are refused, the rate limit is held to the millisecond, cursors
//! belong to the query they came from. On top it can be told to misbehave for single requests ([`Fault`]), to be like other
//! sources for as long as one likes ([`Habits`]), to change its data between two runs ([`ChangeRequest`], [`ReopenRequest`],
//! [`Running::delete`]), and it remembers every request and every record it gave out ([`Ledger`]), so that a
//! test can hold the lake against what was really served.
//!
//! ```text
//! Corpus --load--> Store (four sorted shelves of raw record text) --pages--> endpoints --faults--> the wire
//!                    ^                                                            |
//!                    +-- change                                                 Ledger
//! ```
//!
//! Invariants: a record's text is served byte for byte as it was generated or loaded; the same [`Generator`] gives the
//! same bytes on every machine; no key ever reaches the ledger. It shares no code with the rest of the project, since
//! a shared parser would share its bugs.

mod change;
mod config;
mod corpus;
mod delete;
mod error;
mod fault;
mod generate;
mod habits;
mod json_edit;
mod ledger;
mod limiter;
mod page;
mod record;
mod serve;
mod store;
mod stream;

pub use change::{ChangeRequest, Changed, ReopenRequest};
pub use config::{
    Corpus, Generator, ListMode, ListTs, RateLimit, SimulatorConfig, WindowEnd, client_settings,
};
pub use corpus::write_pages;
pub use delete::Deleted;
pub use error::SimulatorError;
pub use fault::{Fault, FaultKind, GzipHow, TextHow, TornHow};
pub use habits::{
    BadHabit, ContentEncoding, CursorLife, DeadIds, End, EndFlag, Envelope, Failure, FailureSign, HabitPlan,
    Habits, Heavy, KeyOrder, Lag, Limit, OddValue, OddValues, PageSize, Place, Poison, PoisonKind, Reset,
    ResetUnit, SignedUrls, UrlLength, Version, Which, WindowLimits,
};
pub use ledger::{Ledger, LedgerSummary, RequestEntry, ServedCount};
pub use serve::{Running, Simulator};
pub use stream::Stream;
