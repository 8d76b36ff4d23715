//! The part of upkeep that a run does at its end: bounded, and only where enough has come together, so that a run that finds
//! nothing new asks the store for nothing more.

use convolake_loader::{LandedName, LoadError, Upkeep, UpkeepLimit, UpkeepReport};

use crate::session::{Committed, Session};
use crate::state::streams::State;
use crate::upkeep::may_pack::MayPack;
use crate::{EngineError, Event, with_causes};

/// Objects of each kind that a run takes up, at the most.
const OBJECTS: usize = 512;
/// Pages that are worth a pack.
const MIN_PAGES: usize = 256;
/// Commits that lie there by themselves when the earlier of them are archived.
const MIN_COMMITS: u64 = 192;

/// How many of the landed pages may be packed.
pub(crate) fn packable(session: &Session, names: &[LandedName]) -> usize {
    let committed = session.head.as_ref().map(|head| head.run.as_str());
    let may_pack = MayPack::new(&session.state, committed, session.started_at);
    names.iter().filter(|name| may_pack.holds(name)).count()
}

/// Does its part, where it is due; gives the number of the newest commit where it made one. `packable` pages may be packed.
pub(crate) fn keep_up(session: &Session, committed: &Committed, packable: usize) -> Option<u64> {
    let known = committed.commit.as_ref().or(session.head.as_ref())?;
    let n_commits = committed.seq.unwrap_or(known.seq).saturating_sub(known.last_archived());
    if packable < MIN_PAGES && n_commits < MIN_COMMITS {
        return None;
    }
    match done(session, &committed.state) {
        Ok(report) => report.commit,
        // What was to be done is done by a later run.
        Err(error) => {
            let message =
                format!("the upkeep of the lake is left to a later run: {}", with_causes(&error, ": "));
            session.seams.observer.on(&Event::Warning { message: &message });
            None
        }
    }
}

fn done(session: &Session, state: &State) -> Result<UpkeepReport, EngineError> {
    let may_pack = MayPack::new(state, Some(session.run.as_str()), session.started_at);
    let asked = Upkeep {
        run: session.run.as_str(),
        created_at: session.dated(session.seams.clock.now()),
        state: state.to_json()?,
        may_pack: &|name| may_pack.holds(name),
        limit: UpkeepLimit::Objects(OBJECTS),
    };
    session.upkeep(&asked).map_err(|error: LoadError| error.into())
}
