//! Lines of a raw zone that were taken out of their objects: what files of pages may hold.

use crate::raw::line::{Body, Line};
use crate::raw::page::RawPage;

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
            Body::Parts(parts) | Body::Pages(parts) => {
                Self::Refers(parts.first().unwrap_or_default().to_owned())
            }
            body => match body.own_bytes("") {
                Ok(body) => Self::Page(Box::new(line.into_page(String::new(), String::new(), body))),
                Err(_) => Self::Other,
            },
        }
    }
}
