//! Habits of a source: behaviour that lasts until it is switched off, each in one file.
//!
//! A fault hits single requests; a habit is how an endpoint *is*. Every endpoint has its own [`Habits`], any of which can be
//! in force together. What a source would still give out once its habits are over stays the truth of the simulator.

mod set;
mod plan;
mod which;

mod lag;
mod older;
mod signed_urls;
mod key_order;
mod limit;
mod end;
mod dead_ids;
mod url_length;
mod poison;
mod window;
mod cursor_life;
mod failure;
mod page_size;
mod heavy;
mod content_encoding;
mod odd_values;
mod envelope;

mod in_force;
mod reshape;
mod facts;
mod refused;

pub use content_encoding::ContentEncoding;
pub use cursor_life::CursorLife;
pub use dead_ids::DeadIds;
pub use end::{End, EndFlag};
pub use envelope::{Envelope, Place};
pub use failure::{Failure, FailureSign};
pub use heavy::Heavy;
pub use key_order::KeyOrder;
pub use lag::{Lag, Version};
pub use limit::{Limit, Reset, ResetUnit};
pub use odd_values::{OddValue, OddValues};
pub use page_size::PageSize;
pub use plan::{BadHabit, HabitPlan};
pub use poison::{Poison, PoisonKind};
pub use set::Habits;
pub use signed_urls::SignedUrls;
pub use url_length::UrlLength;
pub use which::Which;
pub use window::WindowLimits;

pub(crate) use in_force::{Asked, InForce};
pub(crate) use refused::Refused;
