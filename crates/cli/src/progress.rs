//! Progress of a run: a live line for each stream on a terminal, a plain line every few seconds elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use convolake_engine::{Event, Observer};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::arguments::Output;
use crate::render::{bytes, number};
use crate::terminal;

/// How often a stream writes a line where stderr is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Shows what the engine observes.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
    streams: Mutex<BTreeMap<String, StreamProgress>>,
}

struct StreamProgress {
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Instant,
    pages: u64,
    expected_records: Option<u64>,
    records: u64,
    rows: u64,
    rejects: u64,
    bytes: u64,
}

impl Progress {
    pub(crate) fn new(output: Output) -> Self {
        let bars = (terminal::is_terminal() && output == Output::Human).then(MultiProgress::new);
        Self { bars, streams: Mutex::default() }
    }

    fn line(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| terminal::line(text)),
            None => terminal::line(text),
        }
    }

    fn update(&self, name: &str, change: impl FnOnce(&mut StreamProgress)) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let stream =
            streams.entry(name.to_owned()).or_insert_with(|| StreamProgress::new(self.bars.as_ref(), name));
        change(stream);
        let text = stream.live_text();
        match &stream.bar {
            Some(bar) => bar.set_message(text),
            None if stream.last_line.elapsed() >= LINE_INTERVAL => {
                stream.last_line = Instant::now();
                self.line(&format!("{name}: {text}"));
            }
            None => {}
        }
    }
}

impl StreamProgress {
    fn new(bars: Option<&MultiProgress>, name: &str) -> Self {
        let bar = bars.map(|bars| {
            let style = ProgressStyle::with_template("{spinner} {prefix:14} {msg}");
            let bar = bars.add(ProgressBar::new_spinner().with_prefix(name.to_owned()));
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let now = Instant::now();
        Self {
            bar,
            started: now,
            last_line: now,
            pages: 0,
            expected_records: None,
            records: 0,
            rows: 0,
            rejects: 0,
            bytes: 0,
        }
    }

    fn text(&self) -> String {
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
        let (pages_a_second, records_a_second) = (self.pages as f64 / seconds, self.records as f64 / seconds);
        let mut text = format!(
            "{} pages, {} records, {}, {pages_a_second:.1} pages/s",
            number(self.pages),
            number(self.records),
            bytes(self.bytes),
        );
        if self.rejects > 0 {
            text.push_str(&format!(", {} quarantined", number(self.rejects)));
        }
        let left =
            self.expected_records.and_then(|all| all.checked_sub(self.records)).filter(|left| *left > 0);
        if let (Some(left), true) = (left, self.records > 0) {
            #[expect(clippy::cast_precision_loss, reason = "shown in whole seconds")]
            let seconds = left as f64 / records_a_second;
            text.push_str(&format!(", about {seconds:.0} s left"));
        }
        text
    }

    /// With the rows so far: they lag behind pages, so that the line at the end leaves them out.
    fn live_text(&self) -> String {
        format!("{}, {} rows", self.text(), number(self.rows))
    }
}

impl Observer for Progress {
    fn on(&self, event: &Event<'_>) {
        match event {
            Event::StreamStarted { stream, params } => {
                let params: Vec<String> =
                    params.iter().map(|(name, value)| format!("{name}={value}")).collect();
                self.update(stream, |_| ());
                if self.bars.is_none() {
                    let params =
                        if params.is_empty() { String::new() } else { format!(", {}", params.join(" ")) };
                    self.line(&format!("{stream}: pulling{params}"));
                }
            }
            Event::PageLanded { stream, records, bytes, expected_records } => self.update(stream, |stream| {
                stream.pages += 1;
                stream.records += records;
                stream.bytes += bytes;
                stream.expected_records = expected_records.or(stream.expected_records);
            }),
            Event::PageFlattened { stream, rows, rejects } => self.update(stream, |stream| {
                stream.rows += rows;
                stream.rejects += rejects;
            }),
            Event::StreamEnded { stream, error } => {
                let mut text = String::new();
                self.update(stream, |stream| {
                    text = stream.text();
                    if let Some(bar) = stream.bar.take() {
                        bar.finish_and_clear();
                    }
                });
                match error {
                    None => self.line(&format!("{stream}: through, {text}")),
                    Some(error) => self.line(&format!("{stream}: stopped, {text}\n  because: {error}")),
                }
            }
            Event::Merging { rows } => self.line(&format!("merging {} rows into the tables", number(*rows))),
            Event::Verifying { pipeline, what } => self.line(&format!("verifying {pipeline}: {what}")),
            Event::Warning { message } => self.line(&format!("warning: {message}")),
        }
    }
}
