//! One pass over a page: the plan pulls the reader, and each element that ends becomes a row.

mod page;
mod record;
mod value;
mod member_order;
mod frame;
mod row;
mod values;
mod extra;
mod reject;

pub(crate) use page::Walk;
