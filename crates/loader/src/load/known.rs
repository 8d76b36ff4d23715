//! Pages that a load need not be given again.

use crate::load::Load;
use crate::rows::version::PageVersion;
use crate::snapshot::{PageDigest, PageFacts, PageFinding, TouchedGroups};

impl Load {
    /// What a page gave whose rows stand in the tables as it gave them, as far as that was noted; such a page need not be pushed
    /// again. Whether that holds beside what else this load is given, [`Load::is_touched`] tells in the end. Blocks, once, to read
    /// what was noted.
    pub fn known_page(&mut self, digest: &PageDigest) -> Option<PageFacts> {
        self.pages.known(&self.lake, self.lease.pipeline(), digest)
    }

    /// Notes a page whose rows are about to be pushed, and that is newer than all that is stored, to be known from the commit on.
    /// `findings` are what is to be told of it each time.
    pub fn note_page(
        &mut self,
        page: &PageVersion,
        digest: PageDigest,
        facts: PageFacts,
        findings: &[PageFinding],
    ) {
        let version = self.versions.number(page);
        self.pages.note(version, digest, facts, findings);
    }

    /// What was noted of a page that is known.
    pub fn page_findings(&self, digest: &PageDigest) -> Vec<PageFinding> {
        self.pages.findings(digest)
    }

    /// True where rows were pushed that may take the place of those of a known page: it is to be pushed after all, since it may be
    /// newer than they are.
    pub fn is_touched(&self, digest: &PageDigest) -> bool {
        self.pages.is_touched(digest, &self.all_touched())
    }

    /// The groups of all rows that were pushed for tables which store any.
    pub(crate) fn all_touched(&self) -> TouchedGroups {
        let mut touched = TouchedGroups::default();
        self.tables.iter().for_each(|table| touched.extend(&table.units.groups));
        touched
    }
}
