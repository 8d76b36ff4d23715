//! What a load knows of pages from before, and notes of those it takes.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;

use crate::LoadError;
use crate::rows::cells::Cells;
use crate::snapshot::group_hashes::groups_of;
use crate::snapshot::known_pages::{KnownPage, KnownPages};
use crate::snapshot::page_findings::{FindingNames, MAX_NAMES, PageFinding};
use crate::snapshot::{KnownPagesRef, PageDigest, PageFacts, TouchedGroups};
use crate::storage::LakeStorage;
use crate::table::layout::TableLayout;

/// Pages of one load that are noted. Beyond, none of the load is: a file of a record a line is read again sooner than that much is
/// kept of it.
const MAX_NOTED: usize = if cfg!(test) { 16 } else { 1 << 17 };

/// Pages as the newest commit knows them, and those of this load.
#[derive(Debug, Default)]
pub(crate) struct PageNotes {
    named: Option<KnownPagesRef>,
    /// What is named, once it was read; none where it does not read.
    known: Option<KnownPages>,
    /// Pages of this load, by the numbers of their versions.
    noted: BTreeMap<u32, (PageDigest, KnownPage)>,
    /// What the findings of these are of.
    names: FindingNames,
    /// There were more than can be noted.
    are_too_many: bool,
    /// Their groups are not known.
    is_groupless: bool,
}

impl PageNotes {
    /// Of a load that goes on from what a commit names.
    pub(crate) fn after(named: Option<KnownPagesRef>) -> Self {
        Self { named, ..Self::default() }
    }

    /// What a page gave that is known.
    pub(crate) fn known(
        &mut self,
        lake: &LakeStorage,
        pipeline: &str,
        digest: &PageDigest,
    ) -> Option<PageFacts> {
        self.read(lake, pipeline);
        self.known.as_ref()?.get(digest, &self.named.as_ref()?.touched)
    }

    fn read(&mut self, lake: &LakeStorage, pipeline: &str) {
        if let (Some(named), None) = (&self.named, &self.known) {
            self.known = Some(KnownPages::read(lake, pipeline, named).unwrap_or_else(|error| {
                tracing::warn!(%error, "which pages are known does not read; all of them are looked at");
                KnownPages::default()
            }));
        }
    }

    /// True where a known page has a group that was touched.
    pub(crate) fn is_touched(&self, digest: &PageDigest, touched: &TouchedGroups) -> bool {
        let page = self.known.as_ref().and_then(|known| known.pages.get(digest));
        match (page, touched.few()) {
            (Some(page), Some(few)) => page.groups.iter().any(|group| few.contains(group)),
            _ => true,
        }
    }

    /// What was found on a page that is known.
    pub(crate) fn findings(&self, digest: &PageDigest) -> Vec<PageFinding> {
        self.known.as_ref().map(|known| known.findings(digest)).unwrap_or_default()
    }

    /// Notes a page that is about to be pushed, unless pages were found to hold more different things than can be noted.
    pub(crate) fn note(
        &mut self,
        version: u32,
        digest: PageDigest,
        facts: PageFacts,
        findings: &[PageFinding],
    ) {
        if self.noted.len() >= MAX_NOTED {
            self.are_too_many = true;
            self.noted.clear();
            self.names = FindingNames::default();
        }
        if self.are_too_many || self.names.len() + findings.len() > MAX_NAMES {
            return;
        }
        if let Some(findings) = self.names.pack(findings) {
            self.noted.insert(version, (digest, KnownPage { facts, groups: Vec::new(), findings }));
        }
    }

    /// True where the groups of pages are asked for.
    pub(crate) fn want_groups(&self) -> bool {
        !self.noted.is_empty()
    }

    /// Adds the groups of units, whose `columns` are a unit's; `versions` are the numbers of their pages.
    pub(crate) fn add_groups(
        &mut self,
        layout: &TableLayout,
        units: &RecordBatch,
        columns: &[usize],
        versions: &[u32],
    ) {
        let Some(cells) = Cells::columns(units, columns) else {
            self.is_groupless = true;
            return;
        };
        let indexed: Vec<Cells<'_>> = layout.indexed.iter().map(|at| cells[*at]).collect();
        let mut begin = 0;
        for of_page in versions.chunk_by(|one, other| one == other) {
            let rows = begin..begin + of_page.len();
            begin = rows.end;
            if let Some((_, page)) = self.noted.get_mut(&of_page[0]) {
                groups_of(&indexed, rows, |hash| page.groups.push(hash));
            }
        }
    }

    /// The pages that are known once the load is committed under this number; `touched` are the groups it touches. Where a unit came
    /// more than once, what some page gave does not stand, and none of this load is noted.
    pub(crate) fn finish(
        mut self,
        lake: &LakeStorage,
        pipeline: &str,
        seq: u64,
        touched: &TouchedGroups,
        n_units_repeated: u64,
    ) -> Result<Option<KnownPagesRef>, LoadError> {
        if self.noted.is_empty() || self.is_groupless || n_units_repeated > 0 {
            return Ok(self.named.and_then(|named| named.touched_by(touched)));
        }
        self.read(lake, pipeline);
        let noted = std::mem::take(&mut self.noted).into_values().map(|(digest, mut page)| {
            page.groups.sort_unstable();
            page.groups.dedup();
            (digest, page)
        });
        let noted = KnownPages { pages: noted.collect(), names: std::mem::take(&mut self.names) };
        let since = self.named.map(|named| named.touched).unwrap_or_default();
        let touched = touched.few().map(|few| since.union(few));
        let pages = self.known.unwrap_or_default().after(touched.as_ref(), noted);
        pages.write(lake, pipeline, seq).map(Some)
    }
}
