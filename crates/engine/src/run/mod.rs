//! TODO.

pub(crate) mod backfill;
pub(crate) mod by_changed_ids;
pub(crate) mod by_window;
pub(crate) mod concurrency;
pub(crate) mod deletions;
pub(crate) mod execute;
pub(crate) mod goal;
pub(crate) mod resume;
pub(crate) mod slice;
pub(crate) mod source_clock;
pub(crate) mod steady_clock;
pub(crate) mod stream;
pub(crate) mod window_check;
