//! The position in a slice's pages, and how an answer moves it. Pure.
//!
//! ```text
//! First --cursor or link in the answer--> Cursor/Link --none--> End
//!   \---none, but page numbers---------> Number(n) --empty page--> End     (a cursor seen later wins)
//! any --"more": false, or the last by its number--> End          any --something seen before--> Fault
//! ```
//!
//! A page of few records is no sign of anything: servers cap page sizes. A fault that a page leads to shows only
//! when the page after it is asked for, so that the page itself is not lost.

use std::collections::HashSet;

use convolake_model::Pagination;
use url::Url;

use super::link::same_origin;
use super::loops::LoopDetector;
use super::{PageRef, PaginationFault, Step};
use crate::envelope::PageContent;
use crate::error::LoopSign;

/// The position in a slice's pages.
#[derive(Debug)]
pub(crate) struct PaginationState {
    rules: Pagination,
    step: Step,
    /// Pages since the beginning, or since the slice was begun anew.
    pages: u32,
    /// True once an answer has named the next page: page numbers are out of use then.
    is_led: bool,
    loops: LoopDetector,
    /// The ids of a slice of chosen ids.
    chosen: Option<Vec<String>>,
    /// Those of them that no page has answered.
    unanswered: Vec<String>,
    /// True where the last page held records, and nothing in it says that there is more.
    may_be_last: bool,
    /// How many pages there are, as the source said last.
    last: Option<u64>,
}

impl PaginationState {
    /// At the beginning of a slice; `chosen` holds the ids of a slice of chosen ids.
    pub(crate) fn new(rules: &Pagination, chosen: Option<&[String]>) -> Self {
        Self {
            rules: rules.clone(),
            step: Step::Ask(PageRef::First),
            pages: 0,
            is_led: false,
            loops: LoopDetector::default(),
            chosen: chosen.map(<[String]>::to_vec),
            unanswered: chosen.unwrap_or_default().to_vec(),
            may_be_last: false,
            last: None,
        }
    }

    /// What comes next.
    pub(crate) fn step(&self) -> &Step {
        &self.step
    }

    /// The page `n` behind the next one, where its number is all it takes to ask for it.
    pub(crate) fn ahead(&self, n: usize) -> Option<PageRef> {
        let (Step::Ask(PageRef::Number(next)), None) = (&self.step, &self.chosen) else { return None };
        let is_there = |n: &u32| {
            let page = n.saturating_add(self.pages);
            page < self.rules.max_pages && self.last.is_none_or(|last| u64::from(page) < last)
        };
        let n = u32::try_from(n).ok().filter(is_there)?;
        Some(PageRef::Number(next.saturating_add(n)))
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
        *self = Self::new(&self.rules, self.chosen.as_deref());
    }

    /// Where the pages have numbers: goes back to the last page, as though it had not come; true where it did.
    pub(crate) fn step_back(&mut self) -> bool {
        let (Step::Ask(PageRef::Number(number)), None) = (&self.step, &self.chosen) else {
            return false;
        };
        if !self.loops.forget_last() {
            return false;
        }
        let is_second = self.pages == 1;
        self.step =
            Step::Ask(if is_second { PageRef::First } else { PageRef::Number(number.saturating_sub(1)) });
        self.pages -= 1;
        true
    }

    /// Ends here: there is no page of the number that was asked for.
    pub(crate) fn end(&mut self) {
        self.step = Step::End;
    }

    /// Ends in this fault, which shows when the next page is asked for.
    pub(crate) fn fail(&mut self, fault: PaginationFault) {
        self.step = Step::Fault(fault);
    }

    /// True where this was the first page of the walk.
    pub(crate) fn is_behind_first(&self) -> bool {
        self.pages == 1
    }

    /// True where the last page held records, and nothing in it says that there is more.
    pub(crate) fn may_be_at_end(&self) -> bool {
        self.may_be_last
    }

    /// Takes no page for one of those before it: pages that moved in the meantime come again, and are no loop.
    pub(crate) fn forget_pages(&mut self) {
        self.loops.forget_pages();
    }

    /// Takes the answer to the request that was asked for, made at `url`.
    pub(crate) fn take(&mut self, page: &PageContent, url: &Url) {
        self.pages += 1;
        self.last = page.last;
        let more = self.more(page);
        self.may_be_last = page.record_count > 0 && more != Some(true);
        self.step = match self.end_of_chosen(page) {
            Some(step) => step,
            None => match self.loops.take(page, self.pages) {
                Some(sign) => looping(sign),
                None => self.next_step(page, more, url),
            },
        };
        if matches!(self.step, Step::Ask(_)) && self.pages >= self.rules.max_pages {
            self.step = looping(LoopSign::TooManyPages { max: self.rules.max_pages });
        }
    }

    /// Chosen ids: done when all are answered, and when a page brings none of those that are missing. Some sources
    /// ignore page numbers beside ids, and what they would give again is no loop.
    fn end_of_chosen(&mut self, page: &PageContent) -> Option<Step> {
        self.chosen.as_ref()?;
        let before = self.unanswered.len();
        let ids: HashSet<&str> = page.records.iter().filter_map(|record| record.id.as_deref()).collect();
        self.unanswered.retain(|id| !ids.contains(id.as_str()));
        (self.unanswered.is_empty() || self.unanswered.len() == before).then_some(Step::End)
    }

    /// What the page says of whether more follow: by its flag, else by the number of the last.
    fn more(&self, page: &PageContent) -> Option<bool> {
        page.more.or_else(|| Some(u64::from(self.pages) < page.last?))
    }

    fn next_step(&mut self, page: &PageContent, more: Option<bool>, url: &Url) -> Step {
        if more == Some(false) {
            return Step::End;
        }
        let next = match (&page.cursor, &page.next_link) {
            (Some(cursor), _) => Ok(PageRef::Cursor(cursor.clone())),
            (None, Some(link)) => same_origin(link, url).map(PageRef::Link),
            (None, None) => return self.step_without_ref(page, more == Some(true)),
        };
        let next = match next {
            Ok(next) => next,
            Err(origin) => return Step::Fault(PaginationFault::ForeignLink { origin }),
        };
        self.is_led = true;
        match self.loops.follow(&next) {
            Some(sign) => looping(sign),
            None => Step::Ask(next),
        }
    }

    /// The step after an answer that names no next page: its number where pages have numbers, or the end.
    fn step_without_ref(&self, page: &PageContent, is_more: bool) -> Step {
        match &self.rules.numbered {
            Some(numbered) if !self.is_led => match page.record_count == 0 && !is_more {
                true => Step::End,
                false => Step::Ask(PageRef::Number(numbered.first.saturating_add(self.pages))),
            },
            _ if is_more => Step::Fault(PaginationFault::NextPageMissing),
            _ => Step::End,
        }
    }
}

fn looping(sign: LoopSign) -> Step {
    Step::Fault(PaginationFault::Loop(sign))
}

#[cfg(test)]
mod tests;
