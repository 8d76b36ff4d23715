//! An export API becomes a stream of pages.
//!
//! ```text
//! model::Stream + Facts --plan--> Slice --Extractor::pages--> PageChain --next--> Page, Page, ... , end
//! ```
//!
//! What is known goes in as plain values, slices come out of [`plan()`]; an [`Extractor`] turns a [`Slice`] into a
//! [`PageChain`], and the caller pulls one [`Page`] after the other, making each durable before it asks for the
//! next. Where pages have numbers, the chain asks for some ahead of its caller ([`PageChain::beside`]). A chain that was
//! interrupted is taken up again by showing it the pages that are durable ([`PageChain::take_landed`]).
//!
//! In the middle stand plain functions and state machines: how one answer leads to the next, whether a failure
//! is worth another attempt, when the next request may start, what stands in a page. HTTP and the clock come in
//! through seams ([`Transport`], [`Clock`]), so that a whole run can be played on a simulated clock.
//!
//! This crate knows no vendor, no lake and no column: it looks at a page only to find its records, their ids and
//! the way to the next page, and hands the body on byte for byte. Keys stand in one place ([`Credential`]), in headers
//! that are marked sensitive and in query parameters that are added as a request is sent; redirects are never followed.
//!
//! # Rooms
//!
//! Each folder answers one question, and names only the folders above it:
//!
//! | room | question | names |
//! | --- | --- | --- |
//! | `envelope/` | what stands in an answer's body | - |
//! | `plan/` | which slices and windows are pulled | `envelope` |
//! | `pace/` | when a request is made, and made again | - |
//! | `transport/` | how a request is sent, and its answer decoded | - |
//! | `pages/` | how pages follow each other, and are asked for | all of them |
//!
//! `lock` and `digest` stand below all rooms and name none. [`ExtractError`] is the crate's word for failure: rooms may
//! return it, and it names nothing of theirs but the closed enums of causes ([`PageFault`], [`StopReason`],
//! [`TransportError`], [`LoopSign`]) and plain values ([`MissedPointer`], [`Window`]), which name nothing themselves.
//! [`Extractor`] is the door, and nothing names it.

mod lock;
mod digest;
mod error;
mod envelope;
mod plan;
mod pace;
mod transport;
mod pages;
mod extractor;

#[cfg(test)]
mod fakes;

pub use envelope::{MissedPointer, PageFault, PartialFailure, PointerField, RecordSeen, USUAL_SIGNS};
pub use error::{AttemptError, BatchBlame, ExtractError, FailureKind, LoopSign};
pub use extractor::{Extractor, ExtractorConfig};
pub use pace::{Budget, Clock, QuotaUse, RetryPolicy, Spent, Stop, StopReason, SystemClock, quota_period};
pub use pages::{FailedResponse, Foreseen, OddEnd, OddEndKind, Page, PageChain, PageRoom};
pub use plan::{
    BatchLimits, Batches, Cut, Cutter, Facts, Slice, Unfinished, Window, Windows, at_most, batches,
    batches_within, full_walk_due, gone_id, horizon, is_gone_id, plan, watermark, windows,
};
pub use transport::{
    Credential, HttpLimits, HttpRequest, HttpResponse, HttpTransport, SetupError, Transport, TransportError,
    TransportFault,
};
