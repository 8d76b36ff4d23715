//! What runs keep of declared counts, held against a count of all rows.

use convolake_loader::{Finding, FindingKind, Findings, Lake, Remedy};

use crate::completeness::compare::{Counted, compare};
use crate::completeness::kept::holds_for;
use crate::memory::MemoryBudget;
use crate::state::streams::State;
use crate::{EngineError, Project};

/// Counts anew what is kept of each stream, and finds where it is another. What cannot be counted has findings of its own.
pub(crate) fn check_counts(
    lake: &Lake,
    project: &Project,
    memory: MemoryBudget,
    findings: &mut Findings,
) -> Result<(), EngineError> {
    let Some(head) = lake.head(&project.pipeline.name)? else { return Ok(()) };
    let state = State::read(&head)?;
    for of_stream in state.streams.values() {
        let (name, params) = (&of_stream.stream, &of_stream.params);
        let Some(stream) = project.pipeline.streams.get(name) else { continue };
        let holds = holds_for(project, stream, &head);
        let Some(kept) = state.counted(name, params).filter(|kept| Some(&kept.of) == holds.as_ref()) else {
            continue;
        };
        let counted = compare(lake, project, stream, params, None, memory.counted_rows(), Counted::All);
        let Ok(Some(counted)) = counted else { continue };
        let numbers = |counts: &crate::Completeness| (counts.complete, counts.short, counts.over);
        let (said, is) = (numbers(&kept.counts), numbers(&counted.completeness));
        if said != is {
            let told = |(complete, short, over)| format!("{complete} complete, {short} short, {over} over");
            findings.push(Finding {
                kind: FindingKind::CountsWrong,
                place: format!("{}/{name}", project.pipeline.name),
                detail: format!("commit {} says {}; there are {}", head.seq, told(said), told(is)),
                remedy: Remedy::Replay,
            });
        }
    }
    Ok(())
}
