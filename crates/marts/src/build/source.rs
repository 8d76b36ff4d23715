//! The derived tables of one source, brought up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use convolake_engine::RunId;
use convolake_loader::{LeaseHolder, sha256};
use convolake_model::{Mart, Pipeline};
use jiff::tz::TimeZone;

use super::built::Built;
use super::daily;
use super::partition::{Definitions, month_rows};
use super::report::BuildReport;
use super::request::BuildRequest;
use super::source_tables::SourceTables;
use super::stale::{Stale, stale};
use super::state::{BuildState, Month, MonthState};
use crate::catalog::{Catalog, Changed};
use crate::derive::{AsOf, BusinessHours, Clock};
use crate::failure::Failure;

/// Changes with each change of what a derived table says, and of how its files are written.
const DEFINITIONS: u32 = 3;

/// Brings the derived tables of a source up to date with what the catalog names.
pub(super) fn build(
    catalog: &Catalog,
    pipeline: &Pipeline,
    request: &BuildRequest,
) -> Result<BuildReport, Changed> {
    let began = Instant::now();
    let known = |failure: Failure| Changed::Unknown(failure);
    let source = pipeline.name.as_str();
    let mut meaning = pipeline.meaning.clone();
    if let Some(zone) = &request.zone {
        meaning.zone.clone_from(zone);
    }
    let zone = zone(&meaning.zone).map_err(known)?;
    let (as_of, at) = match request.as_of {
        Some(at) => (AsOf::Exactly(at.as_microsecond()), at.as_microsecond()),
        None => {
            let head = catalog.lake.head(source).map_err(|error| known(error.into()))?;
            let at = head.map_or(0, |head| head.created_at.as_microsecond());
            (AsOf::Settling(at), at)
        }
    };
    let hours = BusinessHours::of(&meaning, &zone);
    let by = Definitions { clock: Clock { zone }, hours, as_of, memory_bytes: request.memory_bytes, meaning };
    let run = RunId::new(request.now, entropy()).to_string();
    let holder = LeaseHolder { run, pid: std::process::id(), since: request.now };
    let derived = catalog.lake.derive(source, &holder).map_err(|error| known(error.into()))?;
    let mut built = Built::new(catalog, source, derived).map_err(known)?;
    let before = BuildState::read(built.state());
    let mut tables = SourceTables::of(catalog, source);
    let next = BuildState {
        digest: digest(&by),
        marts: wanted(&request.marts).union(&before.marts).copied().collect(),
        ..BuildState::default()
    };
    let stats = || built.rows(Mart::ConversationStats, &built.months(Mart::ConversationStats));
    let Stale { mut months, mut next } =
        stale(&mut tables, &before, next, stats, (at, request.extent)).map_err(known)?;
    next.months = before.months.clone();
    let is_daily = |table: &str| table == Mart::DailyStats.name();
    months.extend(built.lost(|table| !is_daily(table)));
    let mut days = built.lost(is_daily);
    for month in &months {
        days.extend(before.months.get(month).into_iter().flat_map(|state| state.days.clone()));
        let state = build_month(&mut built, &mut tables, month, &next, &by).map_err(known)?;
        days.extend(state.iter().flat_map(|state| state.days.clone()));
        match state {
            Some(state) => next.months.insert(month.clone(), state),
            None => next.months.remove(month),
        };
    }
    if next.marts.contains(&Mart::DailyStats) {
        daily::build(&mut built, &days, &next.months, &by).map_err(known)?;
    }
    tables.check_unchanged()?;
    let all_months = next.months.len();
    let state = serde_json::to_value(&next).map_err(|error| known(Failure::other(error)))?;
    let tables = built.publish(state, request.now).map_err(known)?;
    Ok(BuildReport {
        source: source.to_owned(),
        months: months.into_iter().map(named).collect(),
        all_months,
        tables,
        seconds: began.elapsed().as_secs_f64(),
    })
}

fn named(month: Month) -> String {
    if month.is_empty() { "(no month)".to_owned() } else { month }
}

/// Makes the files of a month's conversations; gives what is known of them, `None` where there is none.
fn build_month(
    built: &mut Built<'_>,
    tables: &mut SourceTables<'_>,
    month: &Month,
    next: &BuildState,
    by: &Definitions,
) -> Result<Option<MonthState>, Failure> {
    let mut files = BTreeMap::new();
    for mart in Mart::ALL.into_iter().filter(|mart| *mart != Mart::DailyStats && next.marts.contains(mart)) {
        files.insert(mart, built.begin()?);
    }
    let mut state: Option<MonthState> = None;
    for rows in month_rows(tables, month, &next.reach, by)? {
        let rows = rows?;
        if rows.conversation_stats.height() > 0 {
            let of_share = rows.state(by)?;
            state = Some(match state {
                Some(state) => state.with(of_share),
                None => of_share,
            });
        }
        for (mart, rows) in rows.by_mart() {
            files.get_mut(&mart).map_or(Ok(()), |file| file.push(rows))?;
        }
    }
    for (mart, file) in files {
        built.add(mart, month, file)?;
    }
    Ok(state)
}

/// The tables that were asked for, and those that they or the next build are made from.
fn wanted(asked: &[Mart]) -> BTreeSet<Mart> {
    let asked: BTreeSet<Mart> = match asked {
        [] => Mart::ALL.into(),
        asked => asked.iter().copied().collect(),
    };
    let mut wanted = asked.clone();
    // By it a build knows which conversations there were.
    wanted.insert(Mart::ConversationStats);
    if asked.contains(&Mart::DailyStats) {
        wanted.extend([Mart::ResponseTimes, Mart::ConversationDays]);
    }
    wanted
}

/// The zone of this name.
///
/// # Errors
/// There is none.
pub(crate) fn zone(name: &str) -> Result<TimeZone, Failure> {
    TimeZone::get(name).map_err(|_| {
        let hint = "write a zone of the IANA database, as in `Europe/Berlin`".to_owned();
        Failure::misuse(format!("`{name}` is no time zone"), Some(hint))
    })
}

fn digest(by: &Definitions) -> String {
    let exactly = match by.as_of {
        AsOf::Exactly(at) => Some(at),
        AsOf::Settling(_) => None,
    };
    let meaning = serde_json::to_string(&by.meaning).unwrap_or_default();
    let text = format!("{DEFINITIONS} {} {exactly:?} {meaning}", env!("CARGO_PKG_VERSION"));
    sha256(text.as_bytes())
}

/// What tells this build from another that begins in the same second.
fn entropy() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}
