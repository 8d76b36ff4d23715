//! Where a process is killed: at what can be seen of it from outside.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::convolake::Started;
use crate::lake::{Lake, files_below};

/// A point in a run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Point {
    /// After some time.
    Any,
    /// Once a page more is landed.
    PageLanded,
    /// While table files are staged.
    Staging,
    /// Once there is an intent.
    Intent,
    /// Once some of the staged files have become table files.
    Renaming,
    /// Once the commit is there.
    Committed,
    /// As soon as the process is there: while it clears up after the one before.
    Beginning,
}

/// Longer than any run takes; what is waited for may never come.
const MOST: Duration = Duration::from_secs(60);

impl Point {
    /// In the order of a run: what one process was killed at, the next one comes to again, up to the commit.
    pub(crate) const ALL: [Self; 7] = [
        Self::PageLanded,
        Self::Any,
        Self::Staging,
        Self::Intent,
        Self::Renaming,
        Self::Beginning,
        Self::Committed,
    ];

    /// As the figures call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::PageLanded => "page_landed",
            Self::Staging => "staging",
            Self::Intent => "intent",
            Self::Renaming => "renaming",
            Self::Committed => "committed",
            Self::Beginning => "beginning",
        }
    }

    /// Now and then anywhere instead.
    pub(crate) fn or_any(self, dice: &mut Dice) -> Self {
        if dice.below(4) == 0 { Self::Any } else { self }
    }

    /// Kills the process there, and gives the point's name; `None` where it has ended before.
    pub(crate) fn kill(self, mut process: Started, lake: &Lake, dice: &mut Dice) -> Option<&'static str> {
        let state = lake.path().join("_convolake");
        let count = |folder: &str| count(&state, folder);
        let before = Seen {
            pages: files_below(&lake.path().join("raw")).len(),
            commits: count("commits"),
            staged: staged(&state),
        };
        let begun = Instant::now();
        let after = Duration::from_micros(dice.below(400_000));
        let more = 1 + usize::try_from(dice.below(3)).unwrap_or_default();
        let mut staged_at_intent = None;
        let mut is_there = || match self {
            Self::Any => begun.elapsed() >= after,
            Self::Beginning => begun.elapsed() >= after / 20,
            Self::PageLanded => files_below(&lake.path().join("raw")).len() >= before.pages + more,
            // What the one before has left is cleared first.
            Self::Staging => staged(&state).difference(&before.staged).count() >= more,
            Self::Intent => count("intents") > 0,
            Self::Renaming => {
                let now = staged(&state).len();
                count("intents") > 0 && now < *staged_at_intent.get_or_insert(now)
            }
            Self::Committed => count("commits") > before.commits,
        };
        while !is_there() {
            if process.has_ended() {
                return None;
            }
            assert!(begun.elapsed() < MOST, "the process neither ends nor comes to {self:?}");
            std::thread::yield_now();
        }
        if process.has_ended() {
            return None;
        }
        process.kill();
        Some(self.name())
    }
}

struct Seen {
    pages: usize,
    commits: usize,
    staged: BTreeSet<PathBuf>,
}

/// The objects in a folder of all pipelines.
fn count(state: &Path, folder: &str) -> usize {
    let pipelines = ["agentx", "convocore"].into_iter();
    pipelines.map(|pipeline| files_below(&state.join(pipeline).join(folder)).len()).sum()
}

fn staged(state: &Path) -> BTreeSet<PathBuf> {
    let files = files_below(&state.join("staging")).into_iter();
    files.filter(|file| file.extension().is_some_and(|extension| extension == "staged")).collect()
}

/// Random numbers from a seed, so that a run of the suite can be repeated as far as time allows.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        // Marsaglia's xorshift64*.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % n
    }
}
