//! A live line of a stream on the screen.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::progress::stream::fitted;
use crate::terminal;

/// The spinner and the space behind it, and one column that stays free: some terminals wrap a line that fills them.
const RESERVED_COLUMNS: usize = 3;
const SPIN_INTERVAL: Duration = Duration::from_millis(120);
/// Of a terminal that does not tell.
const USUAL_WIDTH: usize = 80;

/// A live line; off the screen once it is dropped.
pub(super) struct LiveLine {
    bar: ProgressBar,
    bars: &'static MultiProgress,
}

impl LiveLine {
    pub(super) fn new(bars: &'static MultiProgress) -> Self {
        let bar = bars.add(ProgressBar::new_spinner());
        // What is still too wide, as after the window was made smaller, is cut and not wrapped.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(SPIN_INTERVAL);
        Self { bar, bars }
    }

    pub(super) fn show(&self, name: &str, parts: &[String]) {
        let width = terminal::stderr_width().unwrap_or(USUAL_WIDTH);
        self.bar.set_message(fitted(name, parts, width.saturating_sub(RESERVED_COLUMNS)));
    }
}

impl Drop for LiveLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        // Else its last line would be drawn once more with those of the others.
        self.bars.remove(&self.bar);
    }
}
