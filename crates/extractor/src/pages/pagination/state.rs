//! The position in a slice's pages, and how an answer moves it. Pure.
//!
//! ```text
//! First --cursor or link in the answer--> Cursor/Link --none--> End
//!   \---none, but page numbers---------> Number(n) --empty page--> End     (a cursor seen later wins)
//! any --"more": false, or the last by its number--> End          any --something seen before--> Fault
//! ```
//!
//! A slice of chosen ids ends earlier where nothing in the page leads on but its number: once all ids are answered, or a
//! page answers none of those that are missing. That holds while a record is all there is of its id; where an id comes
//! twice (the messages of a conversation, say), the numbers are walked to their end.
//!
//! A page of few records is no sign of anything: servers cap page sizes. A fault that a page leads to shows only
//! when the page after it is asked for, so that the page itself is not lost.

use std::collections::HashSet;

use convolake_model::Pagination;
use url::Url;

use super::link::same_origin;
use super::loops::LoopDetector;
use super::{PageRef, PaginationFault, Step};
use crate::digest::fingerprint_of;
use crate::envelope::PageContent;
use crate::error::LoopSign;
use crate::plan::count;

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
    /// True once a page of chosen ids has held several records of one id.
    is_many_an_id: bool,
    /// True once a page of chosen ids need not have held all there is of its ids.
    is_spread: bool,
    /// True where the last page held records, and nothing in it says that there is more.
    may_be_last: bool,
    /// How many pages there are, as the source said last.
    last: Option<u64>,
    /// The records of the pages so far, and of the last of them.
    given: u64,
    given_last: u64,
    /// How many records there are in all, as the source has said: the least of what it said while there were any, so that one
    /// which comes while pages are walked is not missed.
    total: Option<u64>,
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
            is_many_an_id: false,
            is_spread: false,
            may_be_last: false,
            last: None,
            given: 0,
            given_last: 0,
            total: None,
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

    /// Pages since the beginning, or since the slice was begun anew.
    pub(crate) fn pages(&self) -> u32 {
        self.pages
    }

    /// True while no page was taken.
    pub(crate) fn is_at_first(&self) -> bool {
        self.pages == 0
    }

    /// The ids that were asked for and have not been answered.
    pub(crate) fn unanswered(&self) -> &[String] {
        &self.unanswered
    }

    /// The chosen ids of which more may be to come, though pages of them have come: none at the end.
    pub(crate) fn cut_short(&self) -> &[String] {
        let chosen = self.chosen.as_deref().filter(|_| self.is_spread && self.step != Step::End);
        chosen.unwrap_or_default()
    }

    /// Begins anew at the first page.
    pub(crate) fn restart(&mut self) {
        let is_spread = self.is_spread;
        *self = Self { is_spread, ..Self::new(&self.rules, self.chosen.as_deref()) };
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
        self.given -= std::mem::take(&mut self.given_last);
        true
    }

    /// Ends here: there is no page of the number that was asked for.
    pub(crate) fn end(&mut self) {
        self.step = self.ended();
    }

    /// The end of the pages; a fault where more records were announced than have come.
    fn ended(&self) -> Step {
        match self.total.filter(|total| self.given < *total) {
            Some(total) => Step::Fault(PaginationFault::FewerThanTotal { given: self.given, total }),
            None => Step::End,
        }
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
        self.given_last = count(page.record_count);
        self.given = self.given.saturating_add(self.given_last);
        if page.record_count > 0 || self.pages == 1 {
            self.total = self.total.into_iter().chain(page.total).min();
        }
        let more = self.more(page);
        self.may_be_last = page.record_count > 0 && more != Some(true);
        self.step = match self.end_of_chosen(page, more) {
            Some(step) => step,
            None => match self.loop_at(page) {
                // Some sources ignore page numbers beside ids and give the same again.
                Some(LoopSign::SamePage { .. }) if self.chosen.is_some() && !leads_on(page, more) => {
                    Step::End
                }
                Some(sign) => looping(sign),
                None => self.next_step(page, more, url),
            },
        };
        if self.step == Step::End {
            self.step = self.ended();
        }
        if matches!(self.step, Step::Ask(_)) && self.pages >= self.rules.max_pages {
            self.step = looping(LoopSign::TooManyPages { max: self.rules.max_pages });
        }
    }

    /// The early end of chosen ids, by what their answer is: see the head of this file.
    fn end_of_chosen(&mut self, page: &PageContent, more: Option<bool>) -> Option<Step> {
        self.chosen.as_ref()?;
        let before = self.unanswered.len();
        let mut ids = HashSet::new();
        for id in page.records.iter().filter_map(|record| record.id.as_deref()) {
            self.is_many_an_id |= !ids.insert(id);
        }
        self.unanswered.retain(|id| !ids.contains(id.as_str()));
        self.is_spread |= self.is_many_an_id || leads_on(page, more);
        let is_answered = self.unanswered.is_empty() || self.unanswered.len() == before;
        let is_more = leads_on(page, more) || self.total.is_some_and(|total| self.given < total);
        (is_answered && !self.is_many_an_id && !is_more).then_some(Step::End)
    }

    /// The sign of a loop that a page shows. Pages of chosen ids are told apart by all that their records hold: several may
    /// hold records of the same ids.
    fn loop_at(&mut self, page: &PageContent) -> Option<LoopSign> {
        let fingerprint = match self.chosen.is_some() && !page.records.is_empty() {
            true => fingerprint_of(page.records.iter().map(|record| record.hash.as_str())),
            false => page.fingerprint,
        };
        self.loops.take(fingerprint, page.record_count, self.pages)
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

/// True where something in a page says that another follows.
fn leads_on(page: &PageContent, more: Option<bool>) -> bool {
    more == Some(true) || more.is_none() && (page.cursor.is_some() || page.next_link.is_some())
}

fn looping(sign: LoopSign) -> Step {
    Step::Fault(PaginationFault::Loop(sign))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod total_tests;
