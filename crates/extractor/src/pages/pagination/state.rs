//! How one answer leads to the next, as a state machine without I/O.
//!
//! ```text
//! First --cursor or link in the answer--> Cursor/Link --none--> End
//!   \---none, but page numbers---------> Number(n) --empty page--> End     (a cursor seen later wins)
//! any --"more": false--> End          any --something seen before--> Fault
//! ```
//!
//! A page of few records is no sign of anything: servers cap page sizes. A fault that a page leads to shows only
//! when the page after it is asked for, so that the page itself is not lost.

use std::collections::{HashMap, HashSet};
use std::fmt;

use convolake_model::Pagination;
use url::Url;

use crate::envelope::{Fingerprint, PageSeen, fingerprint_of};

/// Empty pages one after the other, each with a way on, before they count as a loop.
const EMPTY_PAGES_MAX: u32 = 200;

/// Where the walk over a slice's pages stands.
#[derive(Debug)]
pub(crate) struct Walk {
    rules: Pagination,
    step: Step,
    /// Pages since the beginning, or since the slice was begun anew.
    pages: u32,
    is_led: bool,
    empty_in_a_row: u32,
    ways: HashSet<Fingerprint>,
    last: Option<Fingerprint>,
    fingerprints: HashMap<Fingerprint, u32>,
    asked: Option<Vec<String>>,
    unanswered: Vec<String>,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Ask(Place),
    End,
    Fault(WalkFault),
}

/// What the next request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    First,
    Number(u32),
    Cursor(String),
    Link(Url),
}

/// Why there is no way on, nor an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WalkFault {
    Loop(LoopSign),
    NextPageMissing,
    ForeignLink { origin: String },
}

/// How it shows that pages go round in circles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoopSign {
    /// The cursor or link to the next page was followed before.
    SameWayOn,
    /// The page holds the records of an earlier one.
    SamePage {
        /// The earlier page, from 1.
        earlier: u32,
    },
    /// Empty pages follow each other, each with a way on.
    EmptyPages {
        /// How many.
        count: u32,
    },
    /// The chain has more pages than `max_pages` allows.
    TooManyPages {
        /// The limit.
        max: u32,
    },
}

impl fmt::Display for LoopSign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameWayOn => out.write_str("the cursor or link to the next page was followed before"),
            Self::SamePage { earlier } => write!(out, "the page holds the same records as page {earlier}"),
            Self::EmptyPages { count } => write!(out, "{count} empty pages in a row, each leading on"),
            Self::TooManyPages { max } => write!(out, "more than {max} pages (max_pages)"),
        }
    }
}

impl Walk {
    /// The walk over a slice; `asked` holds the ids of a slice of chosen ids.
    pub(crate) fn new(rules: &Pagination, asked: Option<&[String]>) -> Self {
        Self {
            rules: rules.clone(),
            step: Step::Ask(Place::First),
            pages: 0,
            is_led: false,
            empty_in_a_row: 0,
            ways: HashSet::new(),
            last: None,
            fingerprints: HashMap::new(),
            asked: asked.map(<[String]>::to_vec),
            unanswered: asked.unwrap_or_default().to_vec(),
        }
    }

    pub(crate) fn step(&self) -> &Step {
        &self.step
    }

    /// The page that is so many behind the next one, where its number is all it takes to ask for it.
    pub(crate) fn ahead(&self, n: usize) -> Option<Place> {
        let (Step::Ask(Place::Number(next)), None) = (&self.step, &self.asked) else { return None };
        let n = u32::try_from(n).ok().filter(|n| n.saturating_add(self.pages) < self.rules.max_pages)?;
        Some(Place::Number(next.saturating_add(n)))
    }

    /// True while no page was taken.
    pub(crate) fn is_at_first(&self) -> bool {
        self.pages == 0
    }

    /// The ids that were asked for and have not been answered.
    pub(crate) fn unanswered(&self) -> &[String] {
        &self.unanswered
    }

    /// Begins anew at the first page.
    pub(crate) fn restart(&mut self) {
        *self = Self::new(&self.rules, self.asked.as_deref());
    }

    /// Where the pages have numbers: goes back to the last page, as though it had not come; true where it did.
    pub(crate) fn step_back(&mut self) -> bool {
        let (Step::Ask(Place::Number(number)), None) = (&self.step, &self.asked) else {
            return false;
        };
        let Some(last) = self.last.take() else { return false };
        let is_second = self.pages == 1;
        self.step = Step::Ask(if is_second { Place::First } else { Place::Number(number.saturating_sub(1)) });
        self.pages -= 1;
        self.fingerprints.remove(&last);
        true
    }

    /// Takes no page for one of those before it: pages that moved in the meantime come again, and are no loop.
    pub(crate) fn forget_pages(&mut self) {
        self.fingerprints.clear();
    }

    /// Takes the answer to the request that was asked for, made at `url`.
    pub(crate) fn take(&mut self, page: &PageSeen, url: &Url) {
        self.pages += 1;
        self.step = match self.answered(page) {
            Some(step) => step,
            None => self.repeated(page).unwrap_or_else(|| self.way_on(page, url)),
        };
        if matches!(self.step, Step::Ask(_)) && self.pages >= self.rules.max_pages {
            self.step = looping(LoopSign::TooManyPages { max: self.rules.max_pages });
        }
    }

    /// Chosen ids: done when all are answered, and when a page brings none of those that are missing. Some sources
    /// ignore page numbers beside ids, and what they would give again is no loop.
    fn answered(&mut self, page: &PageSeen) -> Option<Step> {
        self.asked.as_ref()?;
        let before = self.unanswered.len();
        let ids: HashSet<&str> = page.records.iter().filter_map(|record| record.id.as_deref()).collect();
        self.unanswered.retain(|id| !ids.contains(id.as_str()));
        (self.unanswered.is_empty() || self.unanswered.len() == before).then_some(Step::End)
    }

    fn repeated(&mut self, page: &PageSeen) -> Option<Step> {
        if page.record_count > 0 {
            self.empty_in_a_row = 0;
            self.last = Some(page.fingerprint);
            let earlier = self.fingerprints.insert(page.fingerprint, self.pages)?;
            return Some(looping(LoopSign::SamePage { earlier }));
        }
        self.last = None;
        self.empty_in_a_row += 1;
        (self.empty_in_a_row >= EMPTY_PAGES_MAX)
            .then(|| looping(LoopSign::EmptyPages { count: self.empty_in_a_row }))
    }

    fn way_on(&mut self, page: &PageSeen, url: &Url) -> Step {
        if page.more == Some(false) {
            return Step::End;
        }
        let way = match (&page.cursor, &page.next_link) {
            (Some(cursor), _) => Some(Ok(Place::Cursor(cursor.clone()))),
            (None, Some(link)) => Some(same_origin(link, url).map(Place::Link)),
            (None, None) => None,
        };
        match way {
            Some(Err(origin)) => return Step::Fault(WalkFault::ForeignLink { origin }),
            Some(Ok(place)) => {
                self.is_led = true;
                let way = match &place {
                    Place::Link(link) => ["link", link.as_str()],
                    Place::Cursor(cursor) => ["cursor", cursor],
                    Place::First | Place::Number(_) => ["", ""],
                };
                return match self.ways.insert(fingerprint_of(way)) {
                    true => Step::Ask(place),
                    false => looping(LoopSign::SameWayOn),
                };
            }
            None => {}
        }
        let is_more = page.more == Some(true);
        match &self.rules.numbered {
            Some(numbered) if !self.is_led => match page.record_count == 0 && !is_more {
                true => Step::End,
                false => Step::Ask(Place::Number(numbered.first.saturating_add(self.pages))),
            },
            _ if is_more => Step::Fault(WalkFault::NextPageMissing),
            _ => Step::End,
        }
    }
}

fn looping(sign: LoopSign) -> Step {
    Step::Fault(WalkFault::Loop(sign))
}

/// The link as seen from `url`, or what it leads to instead of the same source.
fn same_origin(link: &str, url: &Url) -> Result<Url, String> {
    let mut resolved = url.join(link).map_err(|_| "no URL".to_owned())?;
    if !matches!(resolved.scheme(), "http" | "https") {
        return Err(format!("a URL of scheme {}", resolved.scheme()));
    }
    let origin = resolved.origin();
    if origin != url.origin() || !resolved.username().is_empty() || resolved.password().is_some() {
        return Err(origin.ascii_serialization());
    }
    resolved.set_fragment(None);
    Ok(resolved)
}

#[cfg(test)]
mod tests;
