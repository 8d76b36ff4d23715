//! Windows of a stream, side by side, cut as their pages show how dense they are.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use convolake_extractor::{Cut, Cutter, Facts, Slice, Window, Windows, windows};
use jiff::SignedDuration;

use crate::EngineError;
use crate::run::concurrency::pull_concurrently;
use crate::run::slice::{PageSeen, SliceEnd, SlicePull};
use crate::run::stream::StreamPull;
use crate::run::window_check::WindowCheck;

/// After so many windows in a row that brought nothing but a failure no further one is opened.
const FAILURES_MAX: u32 = 2;

impl StreamPull<'_> {
    /// Pulls a stream's stretch of time. All windows that are opened are pulled as far as they go.
    pub(crate) async fn windows(&mut self, facts: &Facts) -> Result<(), EngineError> {
        let Self { puller, report, progress, .. } = self;
        let puller = &*puller;
        let Windows { again, missed, begun, gaps } = windows(puller.stream, facts);
        if missed > 0 {
            report.warnings.push(format!(
                "{missed} old records that may still change were not looked at again; `backfill` does"
            ));
        }
        let length = puller.stream.windows.as_ref().map_or(0, |windows| windows.window.as_seconds());
        let cutter = Mutex::new(Cutter::new(gaps, SignedDuration::from_secs(length)));
        // These are pulled as they are.
        let mut fixed: VecDeque<Window> = again.iter().chain(&begun).copied().collect();
        let uncut: Vec<Window> = fixed.iter().copied().collect();
        let window_check = WindowCheck::default();
        let mut failures = 0;
        let next = |open: usize| {
            let window = fixed.pop_front().or_else(|| lock(&cutter).next(open))?;
            let may_cut = !uncut.contains(&window);
            Some(chain(puller, &cutter, &window_check, window, may_cut))
        };
        let ended = |(window, pulled): (Window, Result<WindowEnd, EngineError>)| {
            match pulled? {
                WindowEnd::SliceEnd(pulled) => {
                    let is_through = progress.note(report, pulled, &Slice::from(window));
                    failures = if is_through { 0 } else { failures + 1 };
                }
                // Should nothing come of what it is cut into, the next run goes on behind its first page.
                WindowEnd::GivenBack => progress.note_begun(&Slice::from(window)),
            }
            Ok(failures < FAILURES_MAX)
        };
        pull_concurrently(puller.extractor, puller.stream, next, ended).await?;
        report.warnings.extend(window_check.warning());
        // What was not opened is left for the next run, and goes on where it had come to.
        progress.is_stopped |= lock(&cutter).has_more() || !fixed.is_empty();
        let left = fixed.into_iter().filter(|window| begun.contains(window));
        left.for_each(|window| progress.note_begun(&Slice::from(window)));
        Ok(())
    }
}

enum WindowEnd {
    SliceEnd(SliceEnd),
    /// Denser than one chain should be: it is cut.
    GivenBack,
}

async fn chain(
    puller: &SlicePull<'_>,
    cutter: &Mutex<Cutter>,
    window_check: &WindowCheck,
    window: Window,
    may_cut: bool,
) -> (Window, Result<WindowEnd, EngineError>) {
    let mut is_given_back = false;
    let mut seen = |look: &PageSeen<'_>| {
        window_check.note(window, look.records);
        let mut cutter = lock(cutter);
        if !look.is_first || !may_cut {
            cutter.page(window, look.n_records, look.leads_on);
            return true;
        }
        is_given_back = cutter.first_page(window, look.records, look.leads_on) == Cut::Back;
        !is_given_back
    };
    let pulled = puller.pull(&Slice::from(window), &|_| None, &mut seen).await;
    let ended = pulled.map(|pulled| match is_given_back {
        true => WindowEnd::GivenBack,
        false => WindowEnd::SliceEnd(pulled),
    });
    (window, ended)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
