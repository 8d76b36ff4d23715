//! A pipeline as written becomes one that nothing downstream has to check again. A file is named after the words in YAML whose
//! errors it words.

mod pipeline;
mod overrides;
mod name;
mod base_url;
mod auth;
mod contact;
mod params;
mod begin;
mod timeouts;
mod rate_limit;
mod stream;
mod templates;
mod windows;
mod pages;
mod answers;
mod changed;
mod gone;
mod meaning;
mod by_parent;

pub(super) use pipeline::pipeline;
