//! How one answer leads to the next. Pure.

mod fault;
mod step;
mod link;
mod loops;
mod state;

pub(super) use self::fault::PaginationFault;
pub(super) use self::state::PaginationState;
pub(super) use self::step::{PageRef, Step};
