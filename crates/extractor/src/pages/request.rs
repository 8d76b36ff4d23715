//! The URLs of a slice's requests. Pure.

use convolake_model::{IdForm, ParamSet, Stream, TemplatePart, TimeFormat, WindowBounds};
use jiff::Timestamp;
use url::Url;

use super::pagination::PageRef;
use crate::error::ExtractError;
use crate::plan::{Slice, Window};

/// What all requests of a slice have in common.
#[derive(Debug, Clone)]
pub(super) struct RequestTemplate {
    /// The path, the stream's own query parameters and the slice's bounds.
    base: Url,
    cursor_param: Option<String>,
    number: Option<(String, u32)>,
    size_param: Option<String>,
    /// The parameter of the ids, and its values.
    ids: Option<(String, Vec<String>)>,
}

impl RequestTemplate {
    pub(super) fn new(stream: &Stream, params: &ParamSet, slice: &Slice) -> Result<Self, ExtractError> {
        let failed = |reason: String| ExtractError::Request { stream: stream.name.clone(), reason };
        let mut base = with_path(stream, params).map_err(failed)?;
        for (name, template) in &stream.query {
            // A param that has no value is an optional one.
            if let Some(value) = template.fill(|name| params.get(name).map(String::as_str)) {
                base.query_pairs_mut().append_pair(name, &value);
            }
        }
        let mut ids = None;
        let window = match slice {
            Slice::Window { from, until } => Some(Window { from: *from, until: *until }),
            Slice::Of { within, .. } => *within,
            Slice::Whole | Slice::Ids(_) => None,
        };
        if let Some(Window { from, until }) = window {
            let windows = stream.windows.as_ref().ok_or_else(|| failed("it knows no time windows".into()))?;
            let [from, until] = bounds(from, until, windows.format, windows.bounds);
            base.query_pairs_mut().append_pair(&windows.from, &from).append_pair(&windows.until, &until);
        }
        let values = |ids: &[String]| match &stream.answers.ids {
            IdForm::Joined(separator) => vec![ids.join(separator)],
            IdForm::Repeated => ids.to_vec(),
        };
        match (slice, &stream.changed, &stream.by_parent) {
            (Slice::Whole | Slice::Window { .. }, _, _) => {}
            (Slice::Ids(asked), Some(changed), _) => ids = Some((changed.param.clone(), values(asked))),
            (Slice::Of { parents, .. }, _, Some(by_parent)) => {
                ids = Some((by_parent.param.clone(), values(parents)));
            }
            (Slice::Ids(_), None, _) | (Slice::Of { .. }, _, None) => {
                return Err(failed("it cannot be asked for chosen ids".into()));
            }
        }
        let pages = &stream.pages;
        Ok(Self {
            base,
            cursor_param: pages.cursor.as_ref().map(|(_, param)| param.clone()),
            number: pages.numbered.as_ref().map(|numbered| (numbered.param.clone(), numbered.first)),
            size_param: pages.size.as_ref().map(|size| size.param.clone()),
            ids,
        })
    }

    /// True for the requests of a slice of chosen ids.
    pub(super) fn is_of_ids(&self) -> bool {
        self.ids.is_some()
    }

    /// The URL of one request; `size` is the number of records a page shall hold.
    pub(super) fn url(&self, place: &PageRef, size: Option<u32>) -> Url {
        let mut url = match place {
            PageRef::Link(link) => return link.clone(),
            _ => self.base.clone(),
        };
        let mut pairs: Vec<(&str, String)> = Vec::new();
        match (place, &self.number, &self.cursor_param) {
            (PageRef::Cursor(cursor), _, Some(param)) => pairs.push((param, cursor.clone())),
            (PageRef::Number(number), Some((param, _)), _) => pairs.push((param, number.to_string())),
            (PageRef::First, Some((param, first)), _) => pairs.push((param, first.to_string())),
            _ => {}
        }
        if let (Some(param), Some(size)) = (&self.size_param, size) {
            pairs.push((param, size.to_string()));
        }
        if let Some((param, values)) = &self.ids {
            pairs.extend(values.iter().map(|value| (param.as_str(), value.clone())));
        }
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        url
    }
}

/// Each value stays within its segment: what would change the path is escaped, what cannot be escaped refused.
fn with_path(stream: &Stream, params: &ParamSet) -> Result<Url, String> {
    let mut segments = vec![String::new()];
    for part in stream.path.parts() {
        let (text, is_value) = match part {
            TemplatePart::Text(text) => (text.as_str(), false),
            TemplatePart::Name(name) => {
                let value = params.get(name).ok_or_else(|| format!("its path needs the param `{name}`"))?;
                check_value(name, value)?;
                (value.as_str(), true)
            }
        };
        let mut pieces = if is_value { vec![text] } else { text.split('/').collect() }.into_iter();
        if let (Some(last), Some(first)) = (segments.last_mut(), pieces.next()) {
            last.push_str(first);
        }
        segments.extend(pieces.map(str::to_owned));
    }
    if let Some(dots) = segments.iter().find(|segment| matches!(segment.as_str(), "." | "..")) {
        return Err(format!("`{dots}` cannot be a part of its path"));
    }
    // The path stands below the base URL, with or without a leading slash.
    if segments.first().is_some_and(String::is_empty) {
        segments.remove(0);
    }
    let mut url = stream.base_url.clone();
    url.path_segments_mut()
        .map_err(|()| "its base URL can have no path".to_owned())?
        .pop_if_empty()
        .extend(&segments);
    Ok(url)
}

fn check_value(name: &str, value: &str) -> Result<(), String> {
    match value {
        "" => Err(format!("the param `{name}` is empty")),
        // URL parsers drop some of them in silence.
        _ if value.chars().any(char::is_control) => {
            Err(format!("the param `{name}` holds a control character"))
        }
        _ => Ok(()),
    }
}

/// The bounds of a window as its format spells them: both are cut down to the format's unit, so that windows that touch go
/// on touching, and an end that lies in the past stays there. A window within one unit is that unit. Where the source counts
/// neither bound in, the first is one unit earlier.
fn bounds(from: Timestamp, until: Timestamp, format: TimeFormat, bounds: WindowBounds) -> [String; 2] {
    let nanoseconds_per_unit = match format {
        TimeFormat::Rfc3339 | TimeFormat::UnixSeconds => 1_000_000_000,
        TimeFormat::UnixMilliseconds => 1_000_000,
        TimeFormat::Date => 86_400 * 1_000_000_000,
    };
    let unit_of = |at: Timestamp| at.as_nanosecond().div_euclid(nanoseconds_per_unit);
    let (first, end) = (unit_of(from), unit_of(until));
    let end = if first == end && from < until { end + 1 } else { end };
    let first = match bounds {
        WindowBounds::Inclusive => first,
        WindowBounds::Exclusive => first - 1,
    };
    [first, end].map(|unit| match format {
        TimeFormat::UnixSeconds | TimeFormat::UnixMilliseconds => unit.to_string(),
        TimeFormat::Rfc3339 | TimeFormat::Date => {
            let text = Timestamp::from_nanosecond(unit * nanoseconds_per_unit).unwrap_or(until).to_string();
            match format {
                TimeFormat::Date => text.split('T').next().unwrap_or_default().to_owned(),
                _ => text,
            }
        }
    })
}

#[cfg(test)]
mod tests;
