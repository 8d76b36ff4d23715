//! A raw object: one line of JSON, compressed. What is needed to order pages stands before the body, so that it
//! can be read without decoding the body.
//!
//! ```text
//! {"v":1,"run":..,"stream":..,"slice":..,"params":{..},"seq":1,"request":{"method":..,"url":..},"status":200,
//!  "headers":{..},"fetched_at":..,"listed":{..}?,"error":..?, "body":".." | "body_base64":".." | "same_as":"object#line"}
//! {"v":3,.., "body_parts":{..}}
//! {"v":2,"run":..,"stream":..,"slice":..,"params":{..},"seq":1,"fetched_at":..,"gone":["id",..]}
//! ```
//!
//! The second is a page of which parts have landed before ([`crate::raw::parts`]); `same_as` is how earlier releases said that all
//! of it has. The third is a tombstone: these records are gone. What came later has a version of its own, so that whoever does
//! not know it refuses the raw zone, instead of bringing back what was taken away, or leaving out what it cannot read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::LoadError;
use crate::error::DamageCause;
use crate::raw::base::Bases;
use crate::raw::page::{PageRef, RawPage};
use crate::raw::parts::BodyParts;

/// The versions of the lines of a page, of a tombstone, and of a page in parts.
const PAGE_VERSION: u32 = 1;
const TOMBSTONE_VERSION: u32 = 2;
const PARTS_VERSION: u32 = 3;
/// The newest there is.
const VERSION: u32 = PARTS_VERSION;
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
    listed: Cow<'a, BTreeMap<String, String>>,
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

    pub(crate) fn encode(&self, object: &str) -> Result<Bytes, LoadError> {
        let mut json = serde_json::to_vec(self).map_err(|error| LoadError::damaged(object, error))?;
        json.push(b'\n');
        let bytes = zstd::bulk::compress(&json, COMPRESSION_LEVEL)
            .map_err(|error| LoadError::damaged(object, error))?;
        Ok(bytes.into())
    }

    /// The line as a page, given the body a reference stands for.
    pub(crate) fn into_page(self, pipeline: String, slice_id: String, body: Bytes) -> RawPage {
        let request = self.request.unwrap_or_default();
        let gone = match self.body {
            Body::Gone(ids) => ids.into_owned(),
            Body::Text(_) | Body::Base64(_) | Body::SameAs(_) | Body::Parts(_) => Vec::new(),
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
            Body::Text(_) | Body::Base64(_) | Body::SameAs(_) | Body::Parts(_) => {
                std::mem::replace(&mut self.body, nothing())
            }
        }
    }

    /// A page came of a request; a tombstone tells of something.
    fn is_whole(&self) -> bool {
        match &self.body {
            Body::Gone(ids) => !ids.is_empty(),
            Body::Text(_) | Body::Base64(_) | Body::SameAs(_) | Body::Parts(_) => {
                self.request.is_some() && self.status.is_some() && self.headers.is_some()
            }
        }
    }
}

impl Line<'static> {
    pub(crate) fn decode(object: &str, compressed: &[u8]) -> Result<Self, LoadError> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let json = zstd::decode_all(compressed).map_err(|error| LoadError::damaged(object, error))?;
        match serde_json::from_slice::<Self>(&json) {
            Ok(line) if line.is_whole() => Ok(line),
            Ok(_) => {
                Err(LoadError::damaged(object, DamageCause::Content("it is neither a page nor a tombstone")))
            }
            Err(error) => match serde_json::from_slice(&json) {
                Ok(Version { v: found }) if found > VERSION => {
                    Err(LoadError::Newer { object: object.to_owned(), found, known: VERSION })
                }
                _ => Err(LoadError::damaged(object, error)),
            },
        }
    }
}

/// What a line of a file of pages is.
#[derive(Debug, Clone, PartialEq)]
pub enum RawLine {
    /// A line of a raw zone, whole. What stands in its object's name only (pipeline, slice id) is empty.
    Page(Box<RawPage>),
    /// A line of a raw zone that refers to this page of its lake, and is nothing without it.
    Refers(String),
    /// Any other text.
    Other,
}

impl RawLine {
    /// Reads a line that was taken out of its raw object.
    pub fn parse(json: &[u8]) -> Self {
        // Every raw line begins so, and a page body is not read twice to find out that it is none.
        if !json.starts_with(b"{\"v\":") {
            return Self::Other;
        }
        let Ok(mut line) = serde_json::from_slice::<Line<'static>>(json) else { return Self::Other };
        let is_whole = line.is_whole();
        match line.take_body() {
            _ if !is_whole => Self::Other,
            Body::SameAs(of) => Self::Refers(of.into_owned()),
            Body::Parts(parts) => Self::Refers(parts.first().unwrap_or_default().to_owned()),
            body => match body.own_bytes("") {
                Ok(body) => Self::Page(Box::new(line.into_page(String::new(), String::new(), body))),
                Err(_) => Self::Other,
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
            Self::Parts(parts) => parts.own_bytes(object),
            Self::SameAs(_) => Err(damaged("it is a reference to a reference")),
            Self::Gone(_) => Err(damaged("it is no page")),
        }
    }

    /// The whole body, with what it refers to.
    pub(crate) async fn whole(self, object: &str, bases: &Bases) -> Result<Bytes, LoadError> {
        match self {
            Self::Parts(parts) => parts.whole(object, bases).await,
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

/// When a page was fetched, read from the beginning of its object; `None` where the beginning does not reach.
pub(crate) fn fetched_at(compressed: &[u8]) -> Option<jiff::Timestamp> {
    let mut found = None;
    let reader = zstd::Decoder::new(compressed).ok()?.take(1 << 20);
    // Stops at the field by giving up, hence an error that says nothing.
    let _ = serde_json::Deserializer::from_reader(std::io::BufReader::new(reader))
        .deserialize_map(UpTo(&mut found));
    found
}

struct UpTo<'a>(&'a mut Option<jiff::Timestamp>);

impl<'de> Visitor<'de> for UpTo<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a raw line")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "fetched_at" {
                *self.0 = Some(map.next_value()?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
