//! Conversations that are gone at the source: told of, and taken away only where the pipeline says so.

mod scene;

mod detection;
mod removal;
mod resumption;
