//! A raw object: one line of JSON, compressed. What is needed to order pages stands before the body, so that it
//! can be read without decoding the body.
//!
//! ```text
//! {"v":1,"run":..,"stream":..,"slice":..,"params":{..},"seq":1,"request":{"method":..,"url":..},"status":200,
//!  "headers":{..},"fetched_at":..,"listed":{..}?,"error":..?, "body":".." | "body_base64":".." | "same_as":"object#line"}
//! {"v":3,.., "body_parts":{..}}
//! {"v":4,.., "body_pages":{..}}
//! {"v":2,"run":..,"stream":..,"slice":..,"params":{..},"seq":1,"fetched_at":..,"gone":["id",..]}
//! ```
//!
//! The second and the third are pages of which parts have landed before ([`crate::raw::parts`]); `same_as` is how earlier releases said
//! that all of it has. The last is a tombstone: these records are gone. What came later has a version of its own, so that whoever does
//! not know it refuses the raw zone, instead of bringing back what was taken away, or leaving out what it cannot read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::error::DamageCause;
use crate::raw::base::Bases;
use crate::raw::listed::Listed;
use crate::raw::page::{PageRef, RawPage};
use crate::raw::parts::{BodyParts, REFERENCE_TO_REFERENCE};

/// The versions of the lines of a page, of a tombstone, of a page in parts, and of one that refers to whole pages.
const PAGE_VERSION: u32 = 1;
const TOMBSTONE_VERSION: u32 = 2;
const PARTS_VERSION: u32 = 3;
const WHOLE_PAGES_VERSION: u32 = 4;
/// The newest there is.
const VERSION: u32 = WHOLE_PAGES_VERSION;
const COMPRESSION_LEVEL: i32 = 3;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line<'a> {
    v: u32,
    run: Cow<'a, str>,
    stream: Cow<'a, str>,
    slice: Cow<'a, serde_json::Value>,
    params: Cow<'a, BTreeMap<String, String>>,
    seq: u32,
    /// With the two that follow, of pages only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Request<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    headers: Option<Cow<'a, BTreeMap<String, String>>>,
    fetched_at: jiff::Timestamp,
    #[serde(default, skip_serializing_if = "map_is_empty")]
    pub(crate) listed: Cow<'a, Listed>,
    /// Why the answer was no readable page; only among the failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
    #[serde(flatten)]
    pub(crate) body: Body<'a>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request<'a> {
    method: Cow<'a, str>,
    url: Cow<'a, str>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Body<'a> {
    #[serde(rename = "body")]
    Text(Cow<'a, str>),
    #[serde(rename = "body_base64")]
    Base64(Cow<'a, str>),
    #[serde(rename = "same_as")]
    SameAs(Cow<'a, str>),
    #[serde(rename = "body_parts")]
    Parts(BodyParts),
    #[serde(rename = "body_pages")]
    Pages(BodyParts),
    #[serde(rename = "gone")]
    Gone(Cow<'a, [String]>),
}

#[expect(clippy::ptr_arg, reason = "serde hands over the field itself")]
fn map_is_empty(map: &Cow<'_, BTreeMap<String, String>>) -> bool {
    map.is_empty()
}

impl<'a> Line<'a> {
    pub(crate) fn new(page: &'a RawPage, body: Body<'a>, error: Option<&'a str>) -> Self {
        let is_page = !matches!(body, Body::Gone(_));
        Self {
            v: body.version(),
            run: Cow::Borrowed(&page.run),
            stream: Cow::Borrowed(&page.stream),
            slice: Cow::Borrowed(&page.slice),
            params: Cow::Borrowed(&page.params),
            seq: page.seq,
            request: is_page.then(|| Request::of(page)),
            status: is_page.then_some(page.status),
            headers: is_page.then_some(Cow::Borrowed(&page.headers)),
            fetched_at: page.fetched_at,
            listed: Cow::Borrowed(&page.listed),
            error: error.map(Cow::Borrowed),
            body,
        }
    }

    /// With what is left to tell of what a list knew of its ids.
    pub(crate) fn with_listed(self, listed: &'a Listed) -> Self {
        Self { listed: Cow::Borrowed(listed), ..self }
    }

    pub(crate) fn encode(&self, object: &str) -> Result<Bytes, LoadError> {
        let mut json = serde_json::to_vec(self).map_err(|error| LoadError::damaged(object, error))?;
        json.push(b'\n');
        let bytes = zstd::bulk::compress(&json, COMPRESSION_LEVEL)
            .map_err(|error| LoadError::damaged(object, error))?;
        Ok(bytes.into())
    }

    /// The page, with what it refers to.
    pub(crate) async fn into_whole_page(
        mut self,
        pipeline: String,
        slice_id: String,
        object: &str,
        bases: &Bases,
    ) -> Result<RawPage, LoadError> {
        let body = match self.take_body() {
            Body::Pages(parts) => {
                let (body, listed) = parts.whole(object, bases).await?;
                self.listed.to_mut().extend(listed);
                body
            }
            body => body.flat(object, bases).await?,
        };
        Ok(self.into_page(pipeline, slice_id, body))
    }

    /// The line as a page, given the body a reference stands for.
    pub(crate) fn into_page(self, pipeline: String, slice_id: String, body: Bytes) -> RawPage {
        let request = self.request.unwrap_or_default();
        let gone = match self.body {
            Body::Gone(ids) => ids.into_owned(),
            Body::Text(_) | Body::Base64(_) | Body::SameAs(_) | Body::Parts(_) | Body::Pages(_) => Vec::new(),
        };
        RawPage {
            run: self.run.into_owned(),
            pipeline,
            stream: self.stream.into_owned(),
            slice_id,
            slice: self.slice.into_owned(),
            params: self.params.into_owned(),
            seq: self.seq,
            method: request.method.into_owned(),
            url: request.url.into_owned(),
            status: self.status.unwrap_or_default(),
            headers: self.headers.map(Cow::into_owned).unwrap_or_default(),
            fetched_at: self.fetched_at,
            body,
            listed: self.listed.into_owned(),
            gone,
        }
    }

    /// Takes the body out of a page's line; a tombstone has none, and keeps what it says.
    pub(crate) fn take_body(&mut self) -> Body<'a> {
        let nothing = || Body::Text(Cow::Borrowed(""));
        match self.body {
            Body::Gone(_) => nothing(),
            Body::Text(_) | Body::Base64(_) | Body::SameAs(_) | Body::Parts(_) | Body::Pages(_) => {
                std::mem::replace(&mut self.body, nothing())
            }
        }
    }

    /// A page came of a request; a tombstone tells of something.
    pub(crate) fn is_whole(&self) -> bool {
        match &self.body {
            Body::Gone(ids) => !ids.is_empty(),
            Body::Text(_) | Body::Base64(_) | Body::SameAs(_) | Body::Parts(_) | Body::Pages(_) => {
                self.request.is_some() && self.status.is_some() && self.headers.is_some()
            }
        }
    }
}

impl Line<'static> {
    pub(crate) fn decode(object: &str, json: &[u8]) -> Result<Self, LoadError> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        match serde_json::from_slice::<Self>(json) {
            Ok(line) if line.is_whole() => Ok(line),
            Ok(_) => {
                Err(LoadError::damaged(object, DamageCause::Content("it is neither a page nor a tombstone")))
            }
            Err(error) => match serde_json::from_slice(json) {
                Ok(Version { v: found }) if found > VERSION => {
                    Err(LoadError::Newer { object: object.to_owned(), found, known: VERSION })
                }
                _ => Err(LoadError::damaged(object, error)),
            },
        }
    }
}

impl<'a> Request<'a> {
    pub(crate) fn of(page: &'a RawPage) -> Self {
        Self { method: Cow::Borrowed(&page.method), url: Cow::Borrowed(&page.url) }
    }
}

impl<'a> Body<'a> {
    /// What a page's body, or the ids of a tombstone, is written as.
    pub(crate) fn of(page: &'a RawPage) -> Self {
        match page.gone.is_empty() {
            true => Self::of_bytes(&page.body),
            false => Self::Gone(Cow::Borrowed(&page.gone)),
        }
    }

    fn of_bytes(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(Cow::Borrowed(text)),
            Err(_) => Self::Base64(Cow::Owned(BASE64_STANDARD.encode(bytes))),
        }
    }

    const fn version(&self) -> u32 {
        match self {
            Self::Text(_) | Self::Base64(_) | Self::SameAs(_) => PAGE_VERSION,
            Self::Gone(_) => TOMBSTONE_VERSION,
            Self::Parts(_) => PARTS_VERSION,
            Self::Pages(_) => WHOLE_PAGES_VERSION,
        }
    }

    /// The bytes that stand in the line itself: of a body that has landed in parts, those that are new.
    pub(crate) fn own_bytes(self, object: &str) -> Result<Bytes, LoadError> {
        let damaged = |reason| LoadError::damaged(object, DamageCause::Content(reason));
        match self {
            Self::Text(text) => Ok(text.into_owned().into()),
            Self::Base64(text) => {
                let bytes = BASE64_STANDARD.decode(text.as_bytes());
                Ok(bytes.map_err(|_| damaged("its body_base64 is no base64"))?.into())
            }
            Self::Parts(parts) | Self::Pages(parts) => parts.own_bytes(object),
            Self::SameAs(_) => Err(damaged(REFERENCE_TO_REFERENCE)),
            Self::Gone(_) => Err(damaged("it is no page")),
        }
    }

    /// A body in parts.
    pub(crate) const fn of_parts(parts: BodyParts) -> Self {
        match parts.has_whole_pages() {
            true => Self::Pages(parts),
            false => Self::Parts(parts),
        }
    }

    /// The whole body of a page that refers to no page as a whole.
    pub(crate) async fn flat(self, object: &str, bases: &Bases) -> Result<Bytes, LoadError> {
        match self {
            Self::Parts(parts) | Self::Pages(parts) => parts.flat(object, bases).await,
            Self::SameAs(text) => {
                let at = PageRef::parse(&text).ok_or_else(|| {
                    LoadError::damaged(object, DamageCause::Content("its same_as is no object#line"))
                })?;
                Ok(bases.get(&at).await.map_err(LoadError::referred(object, &text))?.bytes())
            }
            own => own.own_bytes(object),
        }
    }
}
