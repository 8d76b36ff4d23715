//! One page of an endpoint, before it is put into bytes.

use std::sync::Arc;

use bytes::Bytes;

use crate::json_edit::RawObject;
use crate::record::Record;
use crate::stream::Stream;

/// A page: its records, and the fields of the envelope that stand before and behind them.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    /// Fields before `data`: names and raw JSON values.
    pub(crate) head: Vec<(String, String)>,
    /// Fields behind `data`, likewise.
    pub(crate) tail: Vec<(String, String)>,
    /// What the page says of where the next one stands.
    pub(crate) lead: Lead,
    /// Whether an empty `data` is written as `null` instead of `[]`.
    pub(crate) empty_as_null: bool,
}

/// Where a page stands among the pages of its query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lead {
    /// Whether it is the first page.
    pub(crate) is_first: bool,
    /// Whether no record stands behind it.
    pub(crate) is_last: bool,
    /// Name of the field with the cursor, and a cursor that goes on behind the page's last record, whether or not one follows.
    pub(crate) cursor: Option<(&'static str, String)>,
}

impl Page {
    pub(crate) fn new(
        stream: Stream,
        records: Vec<Record>,
        tail: Vec<(&'static str, String)>,
        lead: Lead,
    ) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            records,
            head: stream.envelope_fields().iter().map(owned).collect(),
            tail: tail.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            lead,
            empty_as_null: false,
        }
    }

    pub(crate) fn keys(&self) -> Vec<Arc<str>> {
        self.records.iter().map(|record| Arc::clone(&record.key)).collect()
    }

    /// Gives a field of the envelope this raw value: where it stands already, else behind `data`.
    pub(crate) fn set(&mut self, name: &str, raw_value: impl Into<String>) {
        let fields = self.head.iter_mut().chain(&mut self.tail);
        match fields.into_iter().find(|(known, _)| known == name) {
            Some((_, value)) => *value = raw_value.into(),
            None => self.tail.push((name.to_owned(), raw_value.into())),
        }
    }

    /// The cursor that the page gives out.
    pub(crate) fn given_cursor(&self) -> Option<&str> {
        let (name, _) = self.lead.cursor.as_ref()?;
        let (_, value) = self.tail.iter().find(|(known, _)| known == name)?;
        value.strip_prefix('"')?.strip_suffix('"')
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        if self.records.is_empty() && self.empty_as_null {
            return self.body_with_null_data();
        }
        let size: usize = self.records.iter().map(|record| record.text.len() + 1).sum();
        let mut body = Vec::with_capacity(size + 256);
        self.open(&mut body);
        body.push(b'[');
        for (index, record) in self.records.iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(&record.text);
        }
        body.push(b']');
        self.close(&mut body);
        body
    }

    pub(crate) fn body_with_null_data(&self) -> Vec<u8> {
        let mut body = Vec::new();
        self.open(&mut body);
        body.extend_from_slice(b"null");
        self.close(&mut body);
        body
    }

    /// The page with this field of each record set to a JSON value, or taken away.
    pub(crate) fn with_field(mut self, name: &str, value: Option<&str>) -> Self {
        for record in &mut self.records {
            let object = std::str::from_utf8(&record.text).ok().and_then(RawObject::parse);
            if let Some(mut object) = object {
                object.set(name, value);
                record.text = Bytes::from(object.to_text());
            }
        }
        self
    }

    fn open(&self, body: &mut Vec<u8>) {
        body.push(b'{');
        for (name, value) in &self.head {
            body.extend_from_slice(format!("\"{name}\":{value},").as_bytes());
        }
        body.extend_from_slice(b"\"data\":");
    }

    fn close(&self, body: &mut Vec<u8>) {
        for (name, value) in &self.tail {
            body.extend_from_slice(format!(",\"{name}\":{value}").as_bytes());
        }
        body.push(b'}');
    }
}
