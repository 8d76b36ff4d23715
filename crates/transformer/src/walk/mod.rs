//! One pass over a page: the plan pulls the reader, and each element that ends becomes a row.

pub(crate) mod page;
mod row;
mod frame;
mod member_order;
pub(crate) mod values;
mod extra;
