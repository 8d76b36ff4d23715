//! The derived tables as plain functions of lazy frames: no file is opened here, and no clock is asked.
//!
//! The definitions are those of `docs/metrics.md`, and `docs/sql` has the same in SQL. All frames are of one source. Where rows of a
//! conversation are looked at in their order, they were sorted once ([`ordered_messages`]), and what comes before a row is the row before
//! it, unless that is of another conversation.

mod clock;
mod business_hours;
mod words;
mod feedback;
mod expressions;
mod inputs;
mod ordered;
mod as_of;
mod runs;
mod spoken;
mod waits;
mod told;
mod facts;
mod outcomes;
mod days;
mod parts;
mod daily;

pub(crate) use as_of::AsOf;
pub(crate) use business_hours::BusinessHours;
pub(crate) use clock::Clock;
pub(crate) use daily::daily_stats;
pub(crate) use days::conversation_days;
pub(crate) use expressions::KEY;
pub(crate) use inputs::{CONVERSATIONS, InputTable, Inputs, LEADS, MESSAGES, TURNS};
pub(crate) use ordered::ordered_messages;
pub(crate) use outcomes::{ConversationStats, conversation_stats};
pub(crate) use parts::DailyParts;
pub(crate) use runs::derived_turns;
pub(crate) use spoken::Spoken;
pub(crate) use waits::response_times;
