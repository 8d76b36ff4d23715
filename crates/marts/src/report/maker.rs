//! The page is put together of what was read.

use convolake_engine::{PipelineStatus, Project, RunSummary, StatusReport};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::command::ReportRequest;
use super::day_counts::DayCounts;
use super::numbers::Numbers;
use super::page::{Block, Page, Section, Tile};
use super::sections::{self, BOUNDS, TableFiles};
use super::tiles;
use super::timeline::Timeline;
use super::told_by_runs::{declared, drift};
use crate::catalog::Catalog;
use crate::checks::{ChecksRequest, Which, checks};
use crate::failure::Failure;

/// Reads what the page tells, and puts it together.
pub(super) struct Maker<'a> {
    pub(super) request: &'a ReportRequest,
    pub(super) status: &'a StatusReport,
    pub(super) catalog: Option<&'a Catalog>,
}

/// What the sections have in common.
#[derive(Default)]
pub(super) struct Found {
    pub(super) conversations: Option<DayCounts>,
    pub(super) messages: Option<DayCounts>,
    pub(super) types: Option<DayCounts>,
    notes: Vec<String>,
}

impl Maker<'_> {
    /// The page.
    ///
    /// # Errors
    /// A file that does not read.
    pub(super) fn page(&self) -> Result<Page, Failure> {
        let (zone, mut notes) = self.zone();
        let mut tiles = Vec::new();
        let mut sections = Vec::new();
        if let Some(catalog) = self.catalog {
            let numbers = Numbers { catalog, zone: zone.clone() };
            self.of_tables(&numbers, &mut tiles, &mut sections)?;
            let report = checks(&self.checks_request(), catalog)?;
            tiles.push(tiles::of_checks(&report));
            sections.push(sections::checks(&report));
        } else {
            notes.push("The lake has no table yet: no run has come to its end.".to_owned());
        }
        let (found, n_runs) = match self.catalog {
            Some(catalog) => drift(&self.status.pipelines, catalog)?,
            None => (Vec::new(), 0),
        };
        let runs: Vec<(String, Vec<RunSummary>)> =
            self.status.pipelines.iter().map(|of| (of.pipeline.clone(), of.runs.clone())).collect();
        tiles.extend(tiles::of_runs(&self.status.pipelines));
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
        tiles.extend(tiles::of_counts(&found));
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
                tiles.extend(tiles::of_replies(overall));
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
                tiles.extend(tiles::of_outcomes(&steps));
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
}
