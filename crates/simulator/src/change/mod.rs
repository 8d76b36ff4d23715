//! Changes of the data between two runs: conversations that go on.

mod request;
mod edit;
mod convocore;
mod agentx;
mod any;
mod reopened;

pub use request::{ChangeRequest, Changed, ReopenRequest};

pub(crate) use any::change;
pub(crate) use reopened::reopen;
