//! A pipeline file as written: what serde reads, and what the JSON Schema for editors is made from.

mod pipeline;
mod params;
mod rate_limit;
mod stream;
mod windows;
mod pages;

pub(crate) use pages::PagesWritten;
pub(crate) use params::{ParamWritten, ScalarWritten};
pub(crate) use pipeline::{AuthWritten, PipelineWritten, TimeoutsWritten};
pub(crate) use rate_limit::RateLimitWritten;
pub(crate) use stream::{ChangedWritten, GoneWritten, QueryWritten, StreamWritten};
pub(crate) use windows::WindowsWritten;
