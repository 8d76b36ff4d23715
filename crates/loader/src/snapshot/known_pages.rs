//! Pages whose rows stand in the tables as they gave them: who meets one of them again, byte for byte, has nothing to do.
//!
//! A page is known by a digest of its body and of all that decides what rows it gives. Of each is kept which groups its rows are of;
//! it is known for as long as no other page touches one of these. What is kept is an object that a commit names, together with the
//! groups that were touched since it was written, so that a run which touches few writes little.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::DamageCause;
use crate::snapshot::group_hashes::{GroupHashes, TouchedGroups};
use crate::snapshot::page_findings::{FindingNames, MAX_NAMES, PackedFindings, PageFinding};
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::digest::sha256;
use crate::{LoadError, paths};

const ZSTD_LEVEL: i32 = 3;
/// What known pages begin with. Earlier releases wrote them without, and without findings: these are as good as absent.
const MAGIC: &[u8] = b"known pages 2\n";
/// With more groups touched since, the pages are written anew or forgotten: a commit is to stay small.
const MAX_TOUCHED_SINCE: usize = if cfg!(test) { 3 } else { 2048 };
/// Groups of all pages together, 4 bytes each; beyond, only the pages of the load itself are kept.
const MAX_GROUPS: usize = if cfg!(test) { 64 } else { 1 << 24 };

/// Tells a page from any that is not byte for byte the same, or would give other rows: 128 bits of BLAKE3, which every page that is
/// flattened can afford (SHA-256 took a sixteenth of the time of a `flatten`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageDigest([u8; 16]);

impl PageDigest {
    /// Of a page's body, and of `scope`: the digest of all else that decides which rows it gives.
    pub fn of(scope: &[u8], body: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(scope).update(body);
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        Self(digest)
    }

    /// The digest, as the scope of another.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What a page gave, for who does not look at it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageFacts {
    /// Its records; none of them was set aside.
    pub records: u32,
    /// Their rows in all tables.
    pub rows: u32,
}

/// A page, and the short hashes of the groups its rows are of, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownPage {
    pub(crate) facts: PageFacts,
    pub(crate) groups: Vec<u32>,
    pub(crate) findings: PackedFindings,
}

/// Known pages by their digests, and what their findings are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KnownPages {
    pub(crate) pages: BTreeMap<PageDigest, KnownPage>,
    pub(crate) names: FindingNames,
}

/// Known pages as a commit names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPagesRef {
    /// The object: the number of the commit it was written for, and the SHA-256 of its bytes.
    pub(crate) name: String,
    /// The groups that were touched since.
    pub(crate) touched: GroupHashes,
}

impl KnownPagesRef {
    /// The object's name within the lake.
    pub(crate) fn object(&self, pipeline: &str) -> String {
        paths::known_pages(pipeline, &self.name)
    }

    /// After these groups were touched as well; `None` where they are too many to be told with it.
    pub(crate) fn touched_by(&self, touched: &TouchedGroups) -> Option<Self> {
        let touched = self.touched.union(touched.few()?);
        (touched.len() <= MAX_TOUCHED_SINCE).then(|| Self { name: self.name.clone(), touched })
    }
}

impl KnownPages {
    /// The page of this digest, unless one of its groups was touched.
    pub(crate) fn get(&self, digest: &PageDigest, touched: &GroupHashes) -> Option<PageFacts> {
        let page = self.pages.get(digest)?;
        (!touched.meet_any(&page.groups)).then_some(page.facts)
    }

    /// What was found on a page.
    pub(crate) fn findings(&self, digest: &PageDigest) -> Vec<PageFinding> {
        let page = self.pages.get(digest);
        page.and_then(|page| self.names.unpack(&page.findings)).unwrap_or_default()
    }

    /// These pages without those of which a group was touched, and with others.
    pub(crate) fn after(mut self, touched: Option<&GroupHashes>, others: Self) -> Self {
        match touched {
            Some(touched) => self.pages.retain(|_, page| !touched.meet_any(&page.groups)),
            None => self.pages.clear(),
        }
        let is_little = |n_groups: usize, n_names: usize| n_groups <= MAX_GROUPS && n_names <= MAX_NAMES;
        let n_groups = |pages: &Self| pages.pages.values().map(|page| page.groups.len()).sum::<usize>();
        let (of_others, n_names) = (n_groups(&others), others.names.len());
        if self.pages.is_empty() || !is_little(n_groups(&self) + of_others, self.names.len() + n_names) {
            return if is_little(of_others, n_names) { others } else { Self::default() };
        }
        for (digest, mut page) in others.pages {
            let findings = others.names.unpack(&page.findings);
            if let Some(findings) = findings.and_then(|findings| self.names.pack(&findings)) {
                page.findings = findings;
                self.pages.insert(digest, page);
            }
        }
        self
    }

    /// Reads what a commit names.
    pub(crate) fn read(lake: &LakeStorage, pipeline: &str, named: &KnownPagesRef) -> Result<Self, LoadError> {
        let object = named.object(pipeline);
        let damaged = |reason| LoadError::damaged(&object, DamageCause::Content(reason));
        let bytes = block_on(lake.get(&object))?.ok_or_else(|| damaged("it is missing"))?;
        if named.name.rsplit('-').next() != Some(sha256(&bytes).as_str()) {
            return Err(damaged("it has another content"));
        }
        let plain = zstd::decode_all(bytes.as_ref()).map_err(|error| LoadError::damaged(&object, error))?;
        Self::parse(&plain).ok_or_else(|| damaged("it is cut off"))
    }

    /// Writes them for the commit of this number; they count for nothing until that names them.
    pub(crate) fn write(
        &self,
        lake: &LakeStorage,
        pipeline: &str,
        seq: u64,
    ) -> Result<KnownPagesRef, LoadError> {
        let failed = |error| LoadError::damaged("(known pages)", DamageCause::Compression(error));
        let bytes = zstd::encode_all(self.to_bytes().as_slice(), ZSTD_LEVEL).map_err(failed)?;
        let name = format!("{seq:08}-{}", sha256(&bytes));
        lake.step("write known pages")?;
        block_on(lake.create_own(&paths::known_pages(pipeline, &name), Bytes::from(bytes)))?;
        Ok(KnownPagesRef { name, touched: GroupHashes::default() })
    }

    /// The names of findings, and page by page: digest, records, rows, number of groups, groups, findings; these numbers are
    /// little-endian.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        self.names.write(&mut bytes);
        for (PageDigest(digest), KnownPage { facts, groups, findings }) in &self.pages {
            bytes.extend_from_slice(digest);
            let n_groups = u32::try_from(groups.len()).unwrap_or(u32::MAX);
            for number in [facts.records, facts.rows, n_groups].iter().chain(groups) {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            findings.write(&mut bytes);
        }
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let Some(mut bytes) = bytes.strip_prefix(MAGIC) else { return Some(Self::default()) };
        let names = FindingNames::read(&mut bytes)?;
        let mut pages = BTreeMap::new();
        while let Some((digest, rest)) = bytes.split_first_chunk::<16>() {
            bytes = rest;
            let mut number = || {
                let (number, rest) = bytes.split_first_chunk::<4>()?;
                bytes = rest;
                Some(u32::from_le_bytes(*number))
            };
            let facts = PageFacts { records: number()?, rows: number()? };
            let n_groups = number()?;
            let groups = (0..n_groups).map(|_| number()).collect::<Option<Vec<u32>>>()?;
            let findings = PackedFindings::read(&mut bytes)?;
            pages.insert(PageDigest(*digest), KnownPage { facts, groups, findings });
        }
        bytes.is_empty().then_some(Self { pages, names })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::page_findings::tests::findings;

    fn pages() -> impl Strategy<Value = KnownPages> {
        let groups = proptest::collection::btree_set(0_u32..40, 0..6);
        let page = (any::<[u8; 16]>(), any::<(u32, u32)>(), groups, findings());
        proptest::collection::vec(page, 0..6).prop_map(|pages| {
            let mut known = KnownPages::default();
            for (digest, (records, rows), groups, findings) in pages {
                let (facts, groups) = (PageFacts { records, rows }, groups.into_iter().collect());
                let findings = known.names.pack(&findings).unwrap();
                known.pages.insert(PageDigest(digest), KnownPage { facts, groups, findings });
            }
            known
        })
    }

    proptest! {
        #[test]
        fn pages_are_written_and_read_back(pages in pages(), cut in any::<prop::sample::Index>()) {
            let bytes = pages.to_bytes();
            prop_assert_eq!(KnownPages::parse(&bytes), Some(pages.clone()));
            let cut = KnownPages::parse(&bytes[..cut.index(bytes.len())]);
            prop_assert!(cut.is_none_or(|cut| pages.pages.is_empty() || cut.pages.len() < pages.pages.len()));
        }

        #[test]
        fn a_page_is_known_while_none_of_its_groups_is_touched(
            pages in pages(),
            others in pages(),
            touched in proptest::collection::btree_set(0_u32..40, 0..10),
        ) {
            let hashes = GroupHashes::of(touched.iter().copied());
            for (digest, page) in &pages.pages {
                let is_touched = page.groups.iter().any(|group| touched.contains(group));
                prop_assert_eq!(pages.get(digest, &hashes), (!is_touched).then_some(page.facts));
            }
            let after = pages.clone().after(Some(&hashes), others.clone());
            for (digest, page) in &pages.pages {
                let stays = !page.groups.iter().any(|group| touched.contains(group));
                prop_assert_eq!(after.pages.contains_key(digest), stays || others.pages.contains_key(digest));
            }
            for digest in after.pages.keys() {
                let of = if others.pages.contains_key(digest) { &others } else { &pages };
                prop_assert_eq!(after.findings(digest), of.findings(digest));
            }
            prop_assert!(others.pages.keys().all(|digest| after.pages.contains_key(digest)));
            prop_assert_eq!(pages.after(None, others.clone()), others);
        }
    }

    #[test]
    fn what_earlier_releases_wrote_is_as_good_as_absent() {
        let page = [&[7; 16][..], &[1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(KnownPages::parse(&page), Some(KnownPages::default()));
    }

    #[test]
    fn with_many_groups_touched_since_all_pages_are_forgotten() {
        let mut few = TouchedGroups::default();
        (1..=2_u64).for_each(|hash| few.add(hash << 32));
        let named = KnownPagesRef { name: "n".to_owned(), touched: GroupHashes::of([7, 8]) };
        assert_eq!(named.touched_by(&TouchedGroups::default()), Some(named.clone()));
        assert_eq!(named.touched_by(&few), None);
        let named = KnownPagesRef { touched: GroupHashes::of([1]), ..named };
        assert_eq!(named.touched_by(&few).map(|named| named.touched), Some(GroupHashes::of([1, 2])));
    }

    #[test]
    fn a_page_is_another_with_another_body_or_scope() {
        let digest = PageDigest::of(b"s", b"body");
        assert_eq!(digest, PageDigest::of(b"s", b"body"));
        assert_ne!(digest, PageDigest::of(b"s", b"Body"));
        assert_ne!(digest, PageDigest::of(b"t", b"body"));
    }
}
