//! An expression in the words that Polars' SQL understands and answers rightly, with the types of its columns at hand.

mod build;
mod known;
mod integers;
mod truth;
mod json;
mod compared;
mod times;
mod written;
mod scalars;
#[cfg(test)]
mod tests;

pub(super) use build::{called, identifier, in_brackets, is_name, name, name_of_function, parsed, text_of};
pub(super) use scalars::Scalars;
