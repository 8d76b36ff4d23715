//! Progress of a command: live lines on a terminal, a plain line now and then elsewhere, an event a line for machines.

mod live;
mod observer;
mod stream;
mod ticker;

pub(crate) use observer::Progress;
