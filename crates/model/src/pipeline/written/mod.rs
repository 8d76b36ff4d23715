//! A pipeline file as written: what serde reads, and what the JSON Schema for editors is made from.

mod pipeline;
mod auth;
mod params;
mod rate_limit;
mod stream;
mod query;
mod windows;
mod pages;
mod answers;
mod meaning;

pub(crate) use answers::{EndWritten, FailedWritten, WordsWritten};
pub(crate) use auth::{AuthPartWritten, AuthWritten};
pub(crate) use meaning::{MeaningWritten, SignsWritten};
pub(crate) use pages::PagesWritten;
pub(crate) use params::{ParamWritten, ScalarWritten};
pub(crate) use pipeline::{PipelineWritten, TimeoutsWritten};
pub(crate) use query::QueryWritten;
pub(crate) use rate_limit::RateLimitWritten;
pub(crate) use stream::{ChangedWritten, GoneWritten, StreamWritten};
pub(crate) use windows::WindowsWritten;
