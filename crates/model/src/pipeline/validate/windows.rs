//! `slices:` and `lookback:`: time windows.

use crate::Span;
use crate::pipeline::written::{StreamWritten, WindowsWritten};
use crate::pipeline::{OpenRecords, Windows};

const DEFAULT_LOOKBACK: Span = Span::days(2);
const DEFAULT_LAG: Span = Span::seconds(1);

/// The time windows.
pub(super) fn windows(slices: &WindowsWritten) -> Windows {
    Windows {
        from: slices.from.clone(),
        until: slices.until.clone(),
        format: slices.format,
        bounds: slices.bounds,
        window: slices.window,
        lag: slices.lag.unwrap_or(DEFAULT_LAG),
        at: slices.at.clone(),
        open: slices.open.as_ref().map(|open| OpenRecords {
            began: open.began.clone(),
            changed: open.changed.clone(),
            quiet: open.quiet,
        }),
    }
}

/// How far before the watermark a run looks again.
pub(super) fn lookback(written: &StreamWritten) -> Span {
    let of_slices = written.slices.as_ref().and_then(|slices| slices.lookback);
    of_slices.or(written.lookback).unwrap_or(DEFAULT_LOOKBACK)
}
