//! The server: what comes in over the wire, and what goes out.

mod admission;
mod agentx;
mod answer;
mod control;
mod convocore;
mod cursor;
mod endpoint;
mod misbehave;
mod query;
mod running;
mod view;
mod wire;
mod world;

pub use running::{Running, Simulator};
