//! The only place that writes to stdout and stderr. What stands on stderr is advice: it may be lost, and stops nothing.
//! What stands on stdout is the result: a command whose result nobody got does not end with 0.

mod json_log;
mod logs;
mod stderr;
mod stdout;
mod width;

pub(crate) use logs::log_to_stderr;
pub(crate) use stderr::{bars, error, event, is_quiet, line, same_voice, says_lines, trouble, usage};
pub(crate) use stdout::{Delivery, result, text};
pub(crate) use width::{stderr_width, stdout_width};
