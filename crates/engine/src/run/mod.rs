//! One run: stream by stream, slice by slice, from what the lake knows to a commit and a report.

pub(crate) mod execute;
pub(crate) mod left_over;
pub(crate) mod backfill;
pub(crate) mod context;
pub(crate) mod group;
pub(crate) mod bounds;
pub(crate) mod stream;
mod list_order;
pub(crate) mod by_slices;
pub(crate) mod by_window;
pub(crate) mod by_changed_ids;
mod one_by_one;
pub(crate) mod wanted_ids;
pub(crate) mod deletions;
pub(crate) mod refetch;
pub(crate) mod halving;
pub(crate) mod slice;
pub(crate) mod land;
pub(crate) mod resume_slice;
pub(crate) mod checkpoint;
pub(crate) mod concurrency;
pub(crate) mod source_clock;
pub(crate) mod steady_clock;
pub(crate) mod window_check;
pub(crate) mod decide;
pub(crate) mod conclude;
