//! Which bytes of a body stand in pages that have landed before, and where.

use crate::raw::base::Referred;
use crate::raw::cut::Chunk;

/// What has landed before is written again where it is shorter: a reference takes about as much.
const MIN_REFERRED_BYTES: usize = 96;

/// Bytes of a body one behind the other that are all new, or stand one behind the other in one base.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) begin: usize,
    pub(crate) end: usize,
    /// The base and the place in it.
    pub(crate) from: Option<(usize, usize)>,
}

impl Run {
    /// True where a chunk lies in it.
    fn holds(&self, chunk: &Chunk) -> bool {
        self.begin <= chunk.range.start && chunk.range.end <= self.end
    }
}

/// The chunks that none of the bases holds.
pub(crate) fn new_chunks(runs: &[Run], chunks: &[Chunk]) -> Vec<Chunk> {
    let mut new = runs.iter().filter(|run| run.from.is_none()).peekable();
    let mut is_new = |chunk: &&Chunk| {
        while new.next_if(|run| run.end <= chunk.range.start).is_some() {}
        new.peek().is_some_and(|run| run.holds(chunk))
    };
    chunks.iter().filter(|chunk| is_new(chunk)).cloned().collect()
}

/// A body as runs of chunks; what follows in the base that the run before it stands in goes on with that run.
pub(crate) fn runs(body: &[u8], chunks: &[Chunk], bases: &[Referred]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for Chunk { range, hash } in chunks {
        let content = body.get(range.clone()).unwrap_or_default();
        let anywhere = || {
            let found =
                |(nth, referred): (usize, &Referred)| Some((nth, referred.base.find(*hash, content)?));
            bases.iter().enumerate().find_map(found)
        };
        let goes_on = runs.last().and_then(|run| {
            let (nth, at) = run.from?;
            let next = at + (run.end - run.begin);
            (bases.get(nth)?.base.bytes_at(next, content.len())? == content).then_some((nth, next))
        });
        match (runs.last_mut(), goes_on, anywhere) {
            (Some(run), Some(_), _) => run.end = range.end,
            (last, None, anywhere) => {
                let from = anywhere();
                match last {
                    Some(run) if run.from.is_none() && from.is_none() => run.end = range.end,
                    _ => runs.push(Run { begin: range.start, end: range.end, from }),
                }
            }
            (None, Some(_), _) => {}
        }
    }
    without_short(runs)
}

/// Takes runs that are not worth a reference for new ones.
fn without_short(runs: Vec<Run>) -> Vec<Run> {
    let mut kept: Vec<Run> = Vec::with_capacity(runs.len());
    for mut run in runs {
        run.from = run.from.filter(|_| run.end - run.begin >= MIN_REFERRED_BYTES);
        match kept.last_mut() {
            Some(last) if last.from.is_none() && run.from.is_none() => last.end = run.end,
            _ => kept.push(run),
        }
    }
    kept
}
