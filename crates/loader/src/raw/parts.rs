//! A body of which parts have landed before: what is new of it in its own words, and references for the rest.
//!
//! ```text
//! "body_parts":{"sha256":..,"of":["object#line",..],"parts":["new text",{"of":0,"at":1200,"bytes":5000},..]}
//! ```
//!
//! `of` counts into the list of that name, from 0; `at` and `bytes` are a place among the bytes that stand in that line itself
//! ([`crate::raw::base::Base`]). New bytes that are no UTF-8 stand as `{"base64":".."}`. The hash is of the whole body, so
//! that a page that is put together again is known to be the one that came.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::error::DamageCause;
use crate::raw::base::{Base, Bases};
use crate::raw::cut::Chunk;
use crate::raw::page::PageRef;
use crate::storage::digest::sha256;

/// What has landed before is written again where it is shorter: a reference takes about as much.
const MIN_REFERRED_BYTES: usize = 96;

/// A body in parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BodyParts {
    sha256: String,
    of: Vec<String>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Of { of: usize, at: usize, bytes: usize },
    Base64 { base64: String },
}

/// Bytes of a body one behind the other that are all new, or stand one behind the other in one base.
#[derive(Debug)]
struct Run {
    begin: usize,
    end: usize,
    /// The base and the place in it.
    from: Option<(usize, usize)>,
}

impl BodyParts {
    /// A body in parts, where some of its chunks stand in the bases; and what of it does not.
    pub(crate) fn of(
        body: &[u8],
        chunks: &[Chunk],
        bases: &[(PageRef, Arc<Base>)],
    ) -> Option<(Self, Vec<u8>)> {
        let runs = runs(body, chunks, bases);
        let (mut parts, mut of, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for run in &runs {
            let content = body.get(run.begin..run.end)?;
            let Some((base, at)) = run.from else {
                new.extend_from_slice(content);
                parts.push(Part::new(content));
                continue;
            };
            let name = bases.get(base)?.0.to_string();
            let nth = of.iter().position(|known| *known == name).unwrap_or_else(|| {
                of.push(name);
                of.len() - 1
            });
            parts.push(Part::Of { of: nth, at, bytes: content.len() });
        }
        (!of.is_empty()).then(|| (Self { sha256: sha256(body), of, parts }, new))
    }

    /// The same for a page that is equal to one that landed before, by the hash of the whole: what that one says itself is
    /// referred to, and what it refers to as it does.
    pub(crate) fn again(self, body: &[u8], landed: &PageRef) -> Option<Self> {
        let Self { sha256: hash, mut of, parts } = self;
        if sha256(body) != hash {
            return None;
        }
        let (own, mut begin) = (of.len(), 0);
        let refer = |part: Part| match part.n_own_bytes() {
            None => part,
            Some(bytes) => {
                let at = begin;
                begin += bytes;
                Part::Of { of: own, at, bytes }
            }
        };
        let parts: Vec<Part> = parts.into_iter().map(refer).collect();
        if parts.iter().any(|part| matches!(part, Part::Of { of, .. } if *of == own)) {
            of.push(landed.to_string());
        }
        Some(Self { sha256: hash, of, parts })
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

    /// The whole body. Each base is read once.
    pub(crate) async fn whole(&self, object: &str, bases: &Bases) -> Result<Bytes, LoadError> {
        let damaged = |reason| LoadError::damaged(object, DamageCause::Content(reason));
        let mut contents = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            contents.push(part.own_bytes(object).transpose()?);
        }
        for (nth, name) in self.of.iter().enumerate() {
            let at = PageRef::parse(name).ok_or_else(|| damaged("it refers to what is no object#line"))?;
            let base = bases.get(&at).await.map_err(LoadError::referred(object, name))?;
            for (part, content) in self.parts.iter().zip(&mut contents) {
                if let Part::Of { of, at, bytes } = part
                    && *of == nth
                {
                    let found = base.bytes_at(*at, *bytes);
                    *content = Some(found.ok_or_else(|| damaged("it refers beyond a page's end"))?.to_vec());
                }
            }
        }
        let contents: Option<Vec<Vec<u8>>> = contents.into_iter().collect();
        let body = contents.ok_or_else(|| damaged("it refers to a page it does not name"))?.concat();
        match sha256(&body) == self.sha256 {
            true => Ok(body.into()),
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

/// A body as runs of chunks; what follows in the base that the run before it stands in goes on with that run.
fn runs(body: &[u8], chunks: &[Chunk], bases: &[(PageRef, Arc<Base>)]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for Chunk { range, hash } in chunks {
        let content = body.get(range.clone()).unwrap_or_default();
        let anywhere = || {
            let found =
                |(nth, (_, base)): (usize, &(PageRef, Arc<Base>))| Some((nth, base.find(*hash, content)?));
            bases.iter().enumerate().find_map(found)
        };
        let goes_on = runs.last().and_then(|run| {
            let (nth, at) = run.from?;
            let next = at + (run.end - run.begin);
            (bases.get(nth)?.1.bytes_at(next, content.len())? == content).then_some((nth, next))
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
