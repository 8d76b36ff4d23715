//! `timeouts:`: how long a request may take.

use std::time::Duration;

use crate::Span;
use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::Timeouts;
use crate::pipeline::written::TimeoutsWritten;

/// The timeouts, the usual ones where none are set.
pub(super) fn timeouts(config: &ConfigText<'_>, written: TimeoutsWritten) -> Result<Timeouts, ConfigError> {
    let or = |span: Option<Span>, name: &str, usual: Duration| match span.map(Span::as_duration) {
        Some(Duration::ZERO) => {
            Err(config.error(&["timeouts", name], format!("`{name}: 0s` leaves no request any time")))
        }
        Some(duration) => Ok(duration),
        None => Ok(usual),
    };
    Ok(Timeouts {
        connect: or(written.connect, "connect", Timeouts::USUAL.connect)?,
        idle: or(written.idle, "idle", Timeouts::USUAL.idle)?,
        total: or(written.total, "total", Timeouts::USUAL.total)?,
    })
}
