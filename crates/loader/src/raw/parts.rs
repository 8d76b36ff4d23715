//! A body of which parts have landed before: what is new of it in its own words, and references for the rest.
//!
//! ```text
//! "body_parts":{"sha256":..,"of":["object#line",..],"parts":["new text",{"of":0,"at":1200,"bytes":5000},..]}
//! "body_pages":{"sha256":..,"whole":1,"of":[..],"parts":[..],"listed":[{"of":0,"taken":"0ff3"},..]}
//! ```
//!
//! `of` counts into the list of that name, from 0; `at` and `bytes` are a place among the bytes that stand in that line itself
//! ([`crate::raw::base::Base`]). Of the second form the first `whole` lines are referred to as whole pages: there a place is one in the
//! whole body. `listed` tells which of the `listed` of a line are the page's too ([`crate::raw::listed`]). A page that is referred to as a
//! whole is never of the second form, so that no page is more than two steps from all its bytes. New bytes that are no UTF-8 stand
//! as `{"base64":".."}`. The hash is of the whole body, so that a page that is put together again is known to be the one that came.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::error::DamageCause;
use crate::raw::base::{Base, Bases, Extent, Referred};
use crate::raw::listed::{Listed, ListedOf};
use crate::raw::page::PageRef;
use crate::raw::runs::Run;
use crate::storage::digest::sha256;

/// A body in parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BodyParts {
    sha256: String,
    /// So many of the lines, from the first on, are referred to as whole pages.
    #[serde(default, skip_serializing_if = "is_zero")]
    whole: usize,
    of: Vec<String>,
    parts: Vec<Part>,
    /// What a list knew of the page's ids, as far as it stands in the lines that are referred to. Only where some are whole pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    listed: Vec<ListedOf>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Of { of: usize, at: usize, bytes: usize },
    Base64 { base64: String },
}

/// A body, and what the lines that it refers to tell of what a list knew of its ids.
type Whole = (Bytes, Listed);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over the field itself")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl BodyParts {
    /// A body in parts, where some of its runs stand in the bases, whole pages first; and what of it does not. Where it refers to whole
    /// pages, what the lines it refers to tell is taken out of `listed`.
    pub(crate) fn of(
        body: &[u8],
        runs: &[Run],
        bases: &[Referred],
        listed: &mut Listed,
    ) -> Option<(Self, Vec<u8>)> {
        let used: BTreeSet<usize> = runs.iter().filter_map(|run| Some(run.from?.0)).collect();
        let used: Vec<usize> = used.into_iter().collect();
        let (mut parts, mut new) = (Vec::new(), Vec::new());
        for run in runs {
            let content = body.get(run.begin..run.end)?;
            let Some((base, at)) = run.from else {
                new.extend_from_slice(content);
                parts.push(Part::new(content));
                continue;
            };
            parts.push(Part::Of { of: used.binary_search(&base).ok()?, at, bytes: content.len() });
        }
        let used: Vec<&Referred> = used.into_iter().filter_map(|nth| bases.get(nth)).collect();
        let whole = used.iter().take_while(|referred| referred.extent == Extent::Whole).count();
        // A page that others may refer to as a whole says all that was listed itself.
        let tell = used.iter().enumerate().filter(|_| whole > 0);
        let taken = tell.filter_map(|(nth, used)| ListedOf::take(nth, used.base.listed(), listed)).collect();
        let of: Vec<String> = used.iter().map(|referred| referred.at.to_string()).collect();
        (!of.is_empty()).then(|| (Self { sha256: sha256(body), whole, of, parts, listed: taken }, new))
    }

    /// A page that is equal to one that landed before, as `self`, by the hash of the whole. Of one that may be referred to as a whole
    /// this is one part; of another, what that one says itself is referred to, and what it refers to as it does. `lists` are what was
    /// listed by the lines of [`BodyParts::tell_listed`], and by the landed line itself under the number after all these.
    pub(crate) fn again(
        self,
        body: &[u8],
        landed: &PageRef,
        lists: &BTreeMap<usize, Listed>,
        listed: &mut Listed,
    ) -> Option<Self> {
        let Self { sha256: hash, whole, mut of, parts, listed: _ } = self;
        if sha256(body) != hash {
            return None;
        }
        let (own, mut begin) = (of.len(), 0);
        if whole == 0 {
            let taken = lists.get(&own).and_then(|its| ListedOf::take(0, its, listed));
            return Some(Self {
                sha256: hash,
                whole: 1,
                of: vec![landed.to_string()],
                parts: vec![Part::Of { of: 0, at: 0, bytes: body.len() }],
                listed: taken.into_iter().collect(),
            });
        }
        let refer = |part: Part| match part.n_own_bytes() {
            None => part,
            Some(bytes) => {
                let at = begin;
                begin += bytes;
                Part::Of { of: own, at, bytes }
            }
        };
        let parts: Vec<Part> = parts.into_iter().map(refer).collect();
        let taken = lists.iter().filter_map(|(nth, its)| ListedOf::take(*nth, its, listed));
        let taken: Vec<ListedOf> = taken.collect();
        if parts.iter().any(|part| matches!(part, Part::Of { of, .. } if *of == own))
            || taken.iter().any(|taken| taken.nth() == own)
        {
            of.push(landed.to_string());
        }
        Some(Self { sha256: hash, whole, of, parts, listed: taken })
    }

    /// The lines that tell some of what was listed, by their numbers among those it refers to.
    pub(crate) fn tell_listed(&self) -> impl Iterator<Item = (usize, PageRef)> + '_ {
        let of = self.listed.iter().map(ListedOf::nth);
        of.filter_map(|nth| Some((nth, PageRef::parse(self.of.get(nth)?)?)))
    }

    /// How many lines it refers to.
    pub(crate) const fn n_lines(&self) -> usize {
        self.of.len()
    }

    /// True where it refers to pages as a whole.
    pub(crate) const fn has_whole_pages(&self) -> bool {
        self.whole > 0
    }

    /// How many parts it is made of.
    pub(crate) const fn n_parts(&self) -> usize {
        self.parts.len()
    }

    /// The bytes that stand in the line itself.
    pub(crate) fn own_bytes(&self, object: &str) -> Result<Bytes, LoadError> {
        let own = self.parts.iter().filter_map(|part| part.own_bytes(object));
        Ok(own.collect::<Result<Vec<_>, _>>()?.concat().into())
    }

    /// The page that it refers to first.
    pub(crate) fn first(&self) -> Option<&str> {
        self.of.first().map(String::as_str)
    }

    /// The whole body, and what other lines tell of the ids. Each base is read once.
    pub(crate) async fn whole(&self, object: &str, bases: &Bases) -> Result<Whole, LoadError> {
        let mut body = Assembly::new(self, object)?;
        for (nth, name) in self.of.iter().enumerate().take(self.whole) {
            let no_reference = || LoadError::damaged(object, DamageCause::Content(NO_REFERENCE));
            let at = PageRef::parse(name).ok_or_else(no_reference)?;
            let page = bases.get_page(&at).await.map_err(LoadError::referred(object, name))?;
            body.fill(nth, &page)?;
        }
        self.fill_own(&mut body, bases).await?;
        body.finish()
    }

    /// The whole body of a page that refers to no page as a whole.
    pub(crate) async fn flat(&self, object: &str, bases: &Bases) -> Result<Bytes, LoadError> {
        if self.has_whole_pages() {
            return Err(LoadError::damaged(object, DamageCause::Content(REFERENCE_TO_REFERENCE)));
        }
        let mut body = Assembly::new(self, object)?;
        self.fill_own(&mut body, bases).await?;
        Ok(body.finish()?.0)
    }

    /// Fills in what stands in other lines themselves.
    async fn fill_own(&self, body: &mut Assembly<'_>, bases: &Bases) -> Result<(), LoadError> {
        for (nth, name) in self.of.iter().enumerate().skip(self.whole) {
            let no_reference = || LoadError::damaged(body.object, DamageCause::Content(NO_REFERENCE));
            let at = PageRef::parse(name).ok_or_else(no_reference)?;
            let base = bases.get(&at).await.map_err(LoadError::referred(body.object, name))?;
            body.fill(nth, &base)?;
        }
        Ok(())
    }
}

const NO_REFERENCE: &str = "it refers to what is no object#line";
pub(crate) const REFERENCE_TO_REFERENCE: &str = "it is a reference to a reference";

/// A body being put together.
struct Assembly<'a> {
    of: &'a BodyParts,
    object: &'a str,
    contents: Vec<Option<Vec<u8>>>,
    /// What other lines tell of its ids.
    listed: Listed,
}

impl<'a> Assembly<'a> {
    fn new(of: &'a BodyParts, object: &'a str) -> Result<Self, LoadError> {
        let own = of.parts.iter().map(|part| part.own_bytes(object).transpose());
        Ok(Self { of, object, contents: own.collect::<Result<_, _>>()?, listed: Listed::new() })
    }

    /// Fills in what refers to the `nth` line.
    fn fill(&mut self, nth: usize, base: &Base) -> Result<(), LoadError> {
        let damaged = |reason| LoadError::damaged(self.object, DamageCause::Content(reason));
        for (part, content) in self.of.parts.iter().zip(&mut self.contents) {
            if let Part::Of { of, at, bytes } = part
                && *of == nth
            {
                let beyond = "it refers beyond a page's end";
                *content = Some(base.bytes_at(*at, *bytes).ok_or_else(|| damaged(beyond))?.to_vec());
            }
        }
        for of in self.of.listed.iter().filter(|of| of.nth() == nth) {
            let given = of.give(base.listed(), &mut self.listed);
            given.ok_or_else(|| damaged("it refers beyond what was listed"))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Whole, LoadError> {
        let damaged = |reason| LoadError::damaged(self.object, DamageCause::Content(reason));
        let contents: Option<Vec<Vec<u8>>> = self.contents.into_iter().collect();
        let body = contents.ok_or_else(|| damaged("it refers to a page it does not name"))?.concat();
        match sha256(&body) == self.of.sha256 {
            true => Ok((body.into(), self.listed)),
            false => Err(damaged("what it refers to is not what it was")),
        }
    }
}

impl Part {
    fn new(content: &[u8]) -> Self {
        match std::str::from_utf8(content) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64 { base64: BASE64_STANDARD.encode(content) },
        }
    }

    /// The length of what is new.
    fn n_own_bytes(&self) -> Option<usize> {
        Some(self.own_bytes("")?.ok()?.len())
    }

    fn own_bytes(&self, object: &str) -> Option<Result<Vec<u8>, LoadError>> {
        match self {
            Self::Text(text) => Some(Ok(text.clone().into_bytes())),
            Self::Base64 { base64 } => Some(BASE64_STANDARD.decode(base64).map_err(|_| {
                LoadError::damaged(object, DamageCause::Content("a part of its body is no base64"))
            })),
            Self::Of { .. } => None,
        }
    }
}
