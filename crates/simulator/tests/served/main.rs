//! The simulator as a client sees it, over a real socket.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod agentx;
mod control;
mod convocore;
mod corpus;
mod faults;
mod habits;
mod scene;
