//! An export API becomes a stream of pages.
//!
//! ```text
//! model::Stream + Facts --plan--> Slice --Extractor::pages--> PageChain --next--> Page, Page, ... , end
//! ```
//!
//! What is known goes in as plain values, slices come out of [`plan`]; an [`Extractor`] turns a [`Slice`] into a
//! [`PageChain`], and the caller pulls one [`Page`] after the other, making each durable before it asks for the
//! next. Where pages have numbers, the chain asks for some ahead of its caller ([`PageChain::beside`]). A chain that was interrupted is taken up again by showing it the pages that are durable
//! ([`PageChain::take_landed`]).
//!
//! In the middle stand plain functions and state machines: how one answer leads to the next, whether a failure
//! is worth another attempt, when the next request may start, what stands in a page. HTTP and the clock come in
//! through seams ([`Transport`], [`Clock`]), so that a whole run can be played on a simulated clock.
//!
//! This crate knows no vendor, no lake and no column: it looks at a page only to find its records, their ids and
//! the way to the next page, and hands the body on byte for byte. Keys stand in one place ([`Credential`]) and in
//! one header that is marked sensitive; redirects are never followed.

// What is to be pulled.
mod plan;
mod cutter;
mod slice;
mod slice_id;

// How pages follow each other, and what stands in them.
mod envelope;
mod lookahead;
mod message;
mod page;
mod records;
mod request;
mod walk;

// When a request is made, and made again.
mod governor;
mod quota;
mod retry;
mod stop;

// The edges.
mod body;
mod clock;
mod credential;
mod http_transport;
mod transport;

// All of it together.
mod error;
mod extractor;
mod fetch;
mod under_way;
mod page_chain;

#[cfg(test)]
mod fakes;
#[cfg(test)]
mod virtual_time;

pub use clock::{Clock, SystemClock};
pub use credential::Credential;
pub use cutter::{Cut, Cutter};
pub use envelope::PageFault;
pub use error::{AttemptError, ExtractError, FailureKind};
pub use extractor::{Extractor, ExtractorConfig};
pub use governor::Governor;
pub use http_transport::{HttpLimits, HttpTransport};
pub use lookahead::Foreseen;
pub use page::{FailedResponse, Page};
pub use page_chain::{OddEnd, PageChain};
pub use plan::{Facts, Unfinished, Window, Windows, batches, full_walk_due, plan, watermark, windows};
pub use quota::{QuotaUse, Spent, quota_period};
pub use records::RecordSeen;
pub use retry::RetryPolicy;
pub use slice::Slice;
pub use slice_id::{gone_id, is_gone_id};
pub use stop::{Budget, Stop, StopReason};
pub use transport::{HttpRequest, HttpResponse, Transport, TransportError, TransportFault};
pub use walk::LoopSign;
