//! One pass over a page: the plan pulls the reader, and each element that ends becomes a row.

mod state;
mod way;
mod look;
mod envelope;
mod record;
mod json_value;
mod member_order;
mod frame;
mod row;
mod many;
mod column_value;
mod usual_text;
mod usual_cells;
mod extra;
mod wide_numbers;
mod reject;

pub(crate) use state::Walk;
