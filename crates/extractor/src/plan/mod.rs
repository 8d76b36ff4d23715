//! Which slices of a stream are to be pulled, from what is known before a run. Pure.

mod slice;
mod slice_id;
mod splitting;
mod windows;

pub use self::slice::Slice;
pub use self::slice_id::{gone_id, is_gone_id};
pub(crate) use self::slice_id::{hex, hex_digest};
pub use self::splitting::{Cut, Cutter};
pub(crate) use self::splitting::{REQUESTS_A_PAGE, REQUESTS_FREE, as_f64};
pub use self::windows::{
    Facts, Unfinished, Window, Windows, batches, full_walk_due, plan, watermark, windows,
};
