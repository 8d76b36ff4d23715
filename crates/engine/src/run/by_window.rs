//! Windows of a stream, pulled concurrently, cut as their pages show how dense they are.

use std::collections::VecDeque;

use convolake_extractor::{Cut, Cutter, ExtractError, Facts, Slice, Window, Windows, windows};
use convolake_model::Stream;
use jiff::SignedDuration;

use crate::EngineError;
use crate::lock::Lock;
use crate::report::stream_outcome::SliceEnd;
use crate::report::warning::Warning;
use crate::run::concurrency::pull_concurrently;
use crate::run::slice::{PageSummary, SlicePull};
use crate::run::stream::StreamPull;
use crate::run::window_check::WindowCheck;

/// After so many windows in a row that brought nothing but a failure no further one is opened.
const FAILURES_MAX: u32 = 2;

impl StreamPull<'_> {
    /// Pulls a stream's stretch of time. All windows that are opened are pulled as far as they go.
    pub(crate) async fn windows(&mut self, facts: &Facts) -> Result<(), EngineError> {
        let Self { slices, outcome, stream, before, .. } = self;
        let slices = &*slices;
        let Windows { again, missed, begun, gaps } = windows(stream, facts);
        if missed > 0 {
            outcome.warnings.push(Warning::OpenRecordsMissed { n_records: missed });
        }
        let length = stream.windows.as_ref().map_or(0, |windows| windows.window.as_seconds());
        let length = SignedDuration::from_secs(length);
        let longest = before.longest_window.map(SignedDuration::from_secs);
        let is_taken = |window: &Window| {
            longest.is_none_or(|longest| window.until.duration_since(window.from) <= longest.max(length))
        };
        // What the source would turn down is cut with the rest.
        let (again, too_long): (Vec<Window>, Vec<Window>) = again.into_iter().partition(is_taken);
        let mut gaps = [gaps, too_long].concat();
        gaps.sort_unstable();
        let cutter = Lock::new(Cutter::new(gaps, length).with_longest(longest));
        // These are pulled as they are.
        let mut fixed: VecDeque<Window> = again.iter().chain(&begun).copied().collect();
        let uncut: Vec<Window> = fixed.iter().copied().collect();
        let window_check = WindowCheck::default();
        let mut failures = 0;
        let next = |open: usize| {
            let window = fixed.pop_front().or_else(|| cutter.hold().next(open))?;
            let may_cut = !uncut.contains(&window);
            Some(pull_window(slices, &cutter, &window_check, window, may_cut))
        };
        let ended = |(window, end): (Window, Result<WindowEnd, EngineError>)| {
            match end? {
                WindowEnd::SliceEnd(SliceEnd::Stopped { error, .. })
                    if is_about_length(&error) && cutter.hold().refuse(window) =>
                {
                    outcome.begun.retain(|begun| *begun != Slice::from(window));
                }
                WindowEnd::SliceEnd(end) => {
                    outcome.warnings.extend(refused_at_floor(stream, &end, cutter.hold().longest()));
                    let is_through = outcome.end_slice(&Slice::from(window), end);
                    failures = if is_through { 0 } else { failures + 1 };
                }
                // Should nothing come of what it is cut into, the next run goes on behind its first page.
                WindowEnd::GivenBack => outcome.begun.push(Slice::from(window)),
            }
            Ok(failures < FAILURES_MAX)
        };
        pull_concurrently(slices.run.extractor, stream, next, ended).await?;
        outcome.longest_window = cutter.hold().longest();
        if let Some(warning) = window_check.warning() {
            outcome.warnings.push(warning);
        }
        // What was not opened is left for the next run, and goes on where it had come to.
        outcome.has_work_left |= cutter.hold().has_more() || !fixed.is_empty();
        let left = fixed.into_iter().filter(|window| begun.contains(window));
        outcome.begun.extend(left.map(Slice::from));
        Ok(())
    }
}

/// True where parts of the window may come though the whole does not: it is too long for the source, or for a cursor to live
/// through, or holds more than the source gives at a time.
fn is_about_length(error: &ExtractError) -> bool {
    matches!(
        error,
        ExtractError::WindowRefused { .. }
            | ExtractError::CursorExpired { .. }
            | ExtractError::FewerThanTotal { .. }
    )
}

/// The warning of a source that turned down windows of any length.
fn refused_at_floor(stream: &Stream, end: &SliceEnd, longest: Option<SignedDuration>) -> Option<Warning> {
    let windows = stream.windows.as_ref()?;
    let SliceEnd::Stopped { error: ExtractError::Rejected { url, status, .. }, .. } = end else {
        return None;
    };
    let is_floor = longest?.as_secs() <= windows.window.as_seconds();
    let may_be_window = matches!(status.as_u16(), 400 | 413 | 422);
    (is_floor && may_be_window).then(|| Warning::WindowsRefused {
        seconds: windows.window.as_seconds(),
        format: windows.format.word(),
        url: url.clone(),
    })
}

/// How a window ended.
enum WindowEnd {
    SliceEnd(SliceEnd),
    /// Denser than one chain should be: it is cut.
    GivenBack,
}

async fn pull_window(
    slices: &SlicePull<'_>,
    cutter: &Lock<Cutter>,
    window_check: &WindowCheck,
    window: Window,
    may_cut: bool,
) -> (Window, Result<WindowEnd, EngineError>) {
    let mut is_given_back = false;
    let mut on_page = |page: &PageSummary<'_>| {
        window_check.observe(window, page.records);
        let mut cutter = cutter.hold();
        if !page.is_first || !may_cut {
            cutter.page(window, page.n_records, page.leads_on);
            return true;
        }
        is_given_back = cutter.first_page(window, page.records, page.leads_on) == Cut::Back;
        !is_given_back
    };
    let end = slices.pull(&Slice::from(window), &|_| None, &mut on_page).await;
    let ended = end.map(|end| match is_given_back {
        true => WindowEnd::GivenBack,
        false => WindowEnd::SliceEnd(end),
    });
    (window, ended)
}
