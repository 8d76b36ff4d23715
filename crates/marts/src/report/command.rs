//! The command: what a lake holds and how its runs went, on one page.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use askama::Template;
use convolake_engine::{
    EngineError, PipelineStatus, Project, RunSummary, StatusReport, StatusRequest, SystemClock, status,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::numbers::{DayCounts, Numbers, Outcomes, Quantiles};
use super::page::{Block, Page, Section, State, Tile};
use super::sections::{self, BOUNDS, Declared, Drift, TableFiles};
use super::timeline::Timeline;
use super::words::{count, percent, seconds};
use crate::catalog::Catalog;
use crate::checks::{ChecksReport, ChecksRequest, Which, checks};
use crate::failure::Failure;
use crate::output::StagedFile;

/// Runs that are looked at.
const RUNS: usize = 400;
/// Runs of a pipeline whose reports are read in full, for what they tell of drift.
const RUNS_IN_FULL: usize = 14;

/// What page is asked for.
#[derive(Debug, Clone)]
pub(crate) struct ReportRequest {
    /// Where the lake is.
    pub(crate) to: String,
    /// Where the page is written.
    pub(crate) out: PathBuf,
    /// What hashes of keys may take while checks are carried out, in bytes.
    pub(crate) memory_bytes: u64,
    /// The zone of days; that of the pipelines where `None`.
    pub(crate) zone: Option<String>,
    /// The instant that counts as now.
    pub(crate) now: Timestamp,
    /// The version of this program.
    pub(crate) version: &'static str,
}

/// Writes the page; gives its size in bytes.
///
/// # Errors
/// There is no lake; a file that does not read; the page cannot be written.
pub(crate) fn report(request: &ReportRequest) -> Result<u64, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(Failure::other)?;
    let asked =
        StatusRequest { to: request.to.clone(), pipeline: None, runs: RUNS, fail_if_older_than: None };
    let status = runtime.block_on(status(asked, &SystemClock::played(request.now)))?;
    // A lake whose first run has come to nothing yet has no table: the page says so.
    let catalog = match Catalog::open(&request.to) {
        Ok(catalog) => Some(catalog),
        Err(_) if status.pipelines.iter().all(|of| of.commit.is_none()) => None,
        Err(failure) => return Err(failure),
    };
    let page = Maker { request, status: &status, catalog: catalog.as_ref() }.page()?;
    let text = page.render().map_err(Failure::other)?;
    write(request, &text)?;
    Ok(text.len() as u64)
}

/// Writes the page under its name at once: who has it open sees the old one or the new one.
fn write(request: &ReportRequest, text: &str) -> Result<(), Failure> {
    let (file, mut bytes) = StagedFile::begin(&request.out)?;
    bytes.write_all(text.as_bytes()).and_then(|()| bytes.flush()).map_err(|error| Failure::Other {
        message: format!("could not write {}: {}", request.out.display(), convolake_engine::io_words(&error)),
        hint: None,
        outcome: convolake_engine::Outcome::Failed,
    })?;
    drop(bytes);
    file.finish()
}

struct Maker<'a> {
    request: &'a ReportRequest,
    status: &'a StatusReport,
    catalog: Option<&'a Catalog>,
}

/// What the sections have in common.
#[derive(Default)]
struct Found {
    conversations: Option<DayCounts>,
    messages: Option<DayCounts>,
    types: Option<DayCounts>,
    notes: Vec<String>,
}

impl Maker<'_> {
    fn page(&self) -> Result<Page, Failure> {
        let (zone, mut notes) = self.zone();
        let mut tiles = Vec::new();
        let mut sections = Vec::new();
        if let Some(catalog) = self.catalog {
            let numbers = Numbers { catalog, zone: zone.clone() };
            self.of_tables(&numbers, &mut tiles, &mut sections)?;
            let report = checks(&self.checks_request(), catalog)?;
            tiles.push(tile_of_checks(&report));
            sections.push(sections::checks(&report));
        } else {
            notes.push("The lake has no table yet: no run has come to its end.".to_owned());
        }
        let (found, n_runs) = self.drift()?;
        let runs: Vec<(String, Vec<RunSummary>)> =
            self.status.pipelines.iter().map(|of| (of.pipeline.clone(), of.runs.clone())).collect();
        tiles.extend(tile_of_runs(&self.status.pipelines));
        sections.push(sections::drift(&found, n_runs));
        sections.push(sections::runs(&runs));
        sections.push(sections::freshness(&self.status.pipelines));
        sections.push(sections::files(&self.files()));
        Ok(Page {
            lake: self.request.to.clone(),
            at: self.request.now.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            zone,
            version: self.request.version,
            notes,
            tiles,
            sections,
        })
    }

    /// The zone that was asked for, else that of the pipelines, where they agree.
    fn zone(&self) -> (String, Vec<String>) {
        let of_pipeline =
            |of: &PipelineStatus| Some(Project::load(&of.pipeline, &[]).ok()?.pipeline.meaning.zone);
        let mut zones: Vec<String> = self.status.pipelines.iter().filter_map(of_pipeline).collect();
        zones.sort();
        zones.dedup();
        match (&self.request.zone, zones.as_slice()) {
            (Some(zone), _) => (zone.clone(), Vec::new()),
            (None, [zone]) => (zone.clone(), Vec::new()),
            (None, []) => ("UTC".to_owned(), Vec::new()),
            (None, zones) => {
                let note =
                    format!("The pipelines have days of {}; those of the page are UTC.", zones.join(" and "));
                ("UTC".to_owned(), vec![note])
            }
        }
    }

    fn checks_request(&self) -> ChecksRequest {
        ChecksRequest {
            to: self.request.to.clone(),
            pipeline: None,
            tables: Vec::new(),
            which: Which::TablesAndMarts,
            memory_bytes: self.request.memory_bytes,
            now: self.request.now,
        }
    }

    fn of_tables(
        &self,
        numbers: &Numbers<'_>,
        tiles: &mut Vec<Tile>,
        sections: &mut Vec<Section>,
    ) -> Result<(), Failure> {
        let daily = numbers.frame("daily_stats")?;
        let messages = numbers.frame("messages")?;
        let mut found = Found::default();
        match (&daily, numbers.frame("conversations")?) {
            (Some(daily), _) => {
                let (conversations, messages) = numbers.by_channel(daily.clone())?;
                (found.conversations, found.messages) = (Some(conversations), Some(messages));
            }
            (None, Some(table)) => found.conversations = Some(numbers.conversations(table)?),
            (None, None) => {}
        }
        if let Some(table) = &messages {
            found.types = Some(numbers.messages_by_type(table.clone())?);
        }
        if daily.is_none() {
            let build = format!("`convolake mart --to {}` builds it", self.request.to);
            found.notes.push(format!(
                "The mart daily_stats is not built, so messages are not told by channel; {build}."
            ));
        }
        let Some((timeline, note)) = self.timeline(&found) else {
            sections.push(Section {
                id: "volume",
                title: "Conversations and messages",
                blocks: vec![Block::Note("No conversation and no message has a time yet.".to_owned())],
            });
            return Ok(());
        };
        found.notes.extend(note);
        let coarse = timeline.coarse();
        tiles.extend(tiles_of_counts(&found));
        let notes = (!found.notes.is_empty()).then(|| found.notes.join(" "));
        sections.push(sections::volume(
            &timeline,
            found.conversations.as_ref(),
            found.messages.as_ref(),
            notes,
        ));
        self.of_marts(numbers, &coarse, tiles, sections)?;
        if let Some(table) = messages {
            sections.push(sections::hours(&numbers.hours(table)?, &numbers.zone));
        }
        if let Some(types) = &found.types {
            sections.push(sections::kinds(&timeline, types));
        }
        Ok(())
    }

    /// Response times, outcomes and completeness, by marts; where one is not built, how to get it.
    fn of_marts(
        &self,
        numbers: &Numbers<'_>,
        coarse: &Timeline,
        tiles: &mut Vec<Tile>,
        sections: &mut Vec<Section>,
    ) -> Result<(), Failure> {
        let missing = |mart: &str| {
            let to = &self.request.to;
            Block::Note(format!("The mart {mart} is not built; `convolake mart --to {to} {mart}` builds it."))
        };
        match numbers.frame("response_times")? {
            Some(replies) => {
                let overall = numbers.overall(&replies)?;
                let steps = numbers.quantiles(&replies, coarse)?;
                let distribution = numbers.distribution(&replies, &BOUNDS)?;
                tiles.extend(tile_of_replies(overall));
                sections.push(sections::response(coarse, overall, &steps, &distribution));
            }
            None => sections.push(Section {
                id: "response",
                title: "Response times",
                blocks: vec![missing("response_times")],
            }),
        }
        let declared = declared(&self.status.pipelines);
        match numbers.frame("daily_stats")? {
            Some(daily) => {
                let steps = numbers.outcomes(daily, coarse)?;
                tiles.extend(tiles_of_outcomes(&steps));
                sections.push(sections::outcomes(coarse, &steps));
                sections.push(sections::completeness(coarse, Some(&steps), &declared));
            }
            None => {
                sections.push(Section {
                    id: "outcomes",
                    title: "Containment and hand-off",
                    blocks: vec![missing("daily_stats")],
                });
                sections.push(sections::completeness(coarse, None, &declared));
            }
        }
        Ok(())
    }

    /// From the first day with a row to the last; what lies in the time to come is left out.
    fn timeline(&self, found: &Found) -> Option<(Timeline, Option<String>)> {
        let tomorrow = self.request.now.to_zoned(TimeZone::UTC).date().checked_add(1.day()).ok()?;
        let all = [&found.conversations, &found.messages, &found.types];
        let days: Vec<Date> = all.into_iter().flatten().flatten().filter_map(|(day, ..)| *day).collect();
        let n_to_come = days.iter().filter(|day| **day > tomorrow).count();
        let come = || days.iter().copied().filter(|day| *day <= tomorrow);
        let timeline = match (come().min(), come().max()) {
            (Some(first), Some(last)) => Timeline::days(first, last),
            _ => Timeline::days(*days.iter().min()?, *days.iter().max()?),
        };
        let first = days.iter().min()?;
        let mut notes = Vec::new();
        if *first < timeline.first {
            notes.push(format!(
                "The days from {first} on are too many for one page; those from {} on are shown.",
                timeline.first
            ));
        }
        if n_to_come > 0 {
            notes.push("Some rows lie in the time to come.".to_owned());
        }
        Some((timeline, (!notes.is_empty()).then(|| notes.join(" "))))
    }

    fn files(&self) -> Vec<TableFiles> {
        let tables = self.catalog.map(|catalog| catalog.tables().collect::<Vec<_>>()).unwrap_or_default();
        let of_table = |table: &&crate::catalog::CatalogTable| TableFiles {
            table: table.name.clone(),
            rows: table.rows(),
            bytes: table.files.iter().filter_map(|file| file.bytes).collect(),
            files: table.files.len(),
        };
        tables.iter().map(of_table).collect()
    }

    /// What the newest runs of each pipeline tell of drift, and how many runs were read.
    fn drift(&self) -> Result<(Vec<Drift>, usize), Failure> {
        const KINDS: [(&str, &str); 7] = [
            ("new_fields", "new field"),
            ("envelope_fields", "new field beside records"),
            ("mismatches", "value of another type"),
            ("as_text", "number as text"),
            ("vanished_fields", "gone"),
            ("changed_types", "other type than before"),
            ("unknown_words", "unknown word"),
        ];
        let Some(catalog) = self.catalog else { return Ok((Vec::new(), 0)) };
        let mut found: BTreeMap<(String, &'static str, String, String), (u64, String)> = BTreeMap::new();
        let mut n_runs = 0;
        for of in &self.status.pipelines {
            for run in of.runs.iter().take(RUNS_IN_FULL) {
                let stored = catalog.lake.stored_report(&of.pipeline, &run.run).map_err(EngineError::from)?;
                let Some(stored) = stored else { continue };
                n_runs += 1;
                for (name, kind) in KINDS {
                    let entries = stored.report.get(name).and_then(Value::as_array);
                    for entry in entries.into_iter().flatten() {
                        let key = (of.pipeline.clone(), kind, text(entry, "stream"), place(entry));
                        let times = entry.get("count").and_then(Value::as_u64).unwrap_or(1);
                        found.entry(key).or_insert_with(|| (0, run.run.clone())).0 += times;
                    }
                }
            }
        }
        let drift = |((pipeline, kind, stream, place), (count, run))| Drift {
            pipeline,
            kind,
            stream,
            place,
            count,
            run,
        };
        Ok((found.into_iter().map(drift).collect(), n_runs))
    }
}

/// Where drift was found: the pointer or column, and the word where it is one.
fn place(entry: &Value) -> String {
    let names = ["pointer", "field", "place", "column", "path"];
    let place = names.iter().map(|name| text(entry, name)).find(|text| !text.is_empty()).unwrap_or_default();
    let word = text(entry, "word");
    super::words::cut(&if word.is_empty() { place } else { format!("{place}: {word}") }, 80)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn declared(pipelines: &[PipelineStatus]) -> Vec<Declared> {
    let streams = pipelines.iter().flat_map(|of| of.streams.iter().map(move |stream| (of, stream)));
    let declared = streams.filter_map(|(of, stream)| {
        let counts = stream.completeness.as_ref()?;
        let number = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or_default();
        Some(Declared {
            stream: format!("{} {}", of.pipeline, stream.stream),
            complete: number("complete"),
            short: number("short"),
            over: number("over"),
        })
    });
    declared.collect()
}

fn total(counts: &DayCounts) -> u64 {
    counts.iter().map(|(.., count)| count).sum()
}

fn tiles_of_counts(found: &Found) -> Vec<Tile> {
    let tile = |name, counts: &DayCounts| {
        let newest = counts.iter().filter_map(|(day, ..)| *day).max();
        let beside = newest.map(|day| format!("up to {day}")).unwrap_or_default();
        Tile { name, value: count(total(counts)), beside, state: State::Plain }
    };
    let conversations = found.conversations.as_ref().map(|counts| tile("conversations", counts));
    let messages = found.messages.as_ref().or(found.types.as_ref()).map(|counts| tile("messages", counts));
    conversations.into_iter().chain(messages).collect()
}

fn tile_of_replies(overall: Quantiles) -> Option<Tile> {
    let half = overall.p50?;
    let beside = overall.p95.map(|p95| format!("95 % within {}", seconds(p95))).unwrap_or_default();
    Some(Tile { name: "half of the replies within", value: seconds(half), beside, state: State::Plain })
}

fn tiles_of_outcomes(steps: &[Outcomes]) -> Vec<Tile> {
    let sum = |of: fn(&Outcomes) -> f64| steps.iter().map(of).sum::<f64>();
    let (ended, declared) = (sum(|step| step.ended), sum(|step| step.declared));
    let mut tiles = Vec::new();
    if ended > 0.0 {
        let handed_off = percent(&(sum(|step| step.handed_off) / ended));
        tiles.push(Tile {
            name: "contained",
            value: percent(&(sum(|step| step.contained) / ended)),
            beside: format!("{handed_off} handed off"),
            state: State::Plain,
        });
    }
    if declared > 0.0 {
        let complete = sum(|step| step.complete);
        tiles.push(Tile {
            name: "complete",
            value: percent(&(complete / declared)),
            beside: "of conversations that declare".to_owned(),
            state: if complete < declared { State::Warn } else { State::Good },
        });
    }
    tiles
}

fn tile_of_checks(report: &ChecksReport) -> Tile {
    let counts = report.counts;
    let (value, state) = match (counts.failed, counts.warned, counts.passed) {
        (0, 0, 0) => ("not judged".to_owned(), State::Plain),
        (0, 0, passed) => (format!("{passed} passed"), State::Good),
        (0, warned, _) => (format!("{warned} to look at"), State::Warn),
        (failed, ..) => (format!("{failed} failed"), State::Bad),
    };
    Tile { name: "checks", value, beside: format!("{} not judged", counts.not_judged), state }
}

fn tile_of_runs(pipelines: &[PipelineStatus]) -> Option<Tile> {
    let runs = pipelines.iter().filter_map(|of| of.runs.first().map(|run| (of, run)));
    let (of, run) = runs.max_by(|one, other| one.1.run.cmp(&other.1.run))?;
    let began = run.started_at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let state = match run.exit_code {
        0 => State::Good,
        65 | 66 | 75 => State::Warn,
        _ => State::Bad,
    };
    Some(Tile {
        name: "last run",
        value: run.outcome.clone(),
        beside: format!("{} {began}", of.pipeline),
        state,
    })
}
