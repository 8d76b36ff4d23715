//! Which slices of a stream are to be pulled, from what is known before a run. Pure.

mod window;
mod slice;
mod slice_id;
mod facts;
mod full_walk;
mod revisit;
mod windows;
mod slices;
mod batches;
mod allowance;
mod splitting;

pub(crate) use self::allowance::{as_f64, count, requests_allowed};
pub use self::batches::{BatchLimits, Batches, batches, batches_within};
pub use self::facts::{Facts, Unfinished, horizon, watermark};
pub use self::full_walk::full_walk_due;
pub use self::revisit::at_most;
pub use self::slice::Slice;
pub use self::slice_id::{gone_id, is_gone_id};
pub use self::slices::plan;
pub use self::splitting::{Cut, Cutter};
pub use self::window::Window;
pub use self::windows::{Windows, windows};
