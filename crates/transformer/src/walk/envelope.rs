//! A page from its first byte to its last: the envelope, and in it the records.

use super::state::Walk;
use super::way::{Holder, Step};
use crate::json::{self, Failed, Kind, SyntaxError};
use crate::page::UnreadablePage;
use crate::plan::EnvelopeNode;
use crate::report::{JsonKind, RejectReason};

impl<'a> Walk<'a> {
    /// Walks the whole page.
    pub(crate) fn page(&mut self) -> Result<(), UnreadablePage> {
        let read = self.envelope(0).and_then(|()| self.reader.end());
        if read.is_err() {
            let SyntaxError { expected, offset } = self.reader.error;
            return Err(UnreadablePage::Syntax { expected, offset });
        }
        if self.success == Some(false) {
            let message = self.message.take().unwrap_or_else(|| "without a word why".to_owned());
            return Err(UnreadablePage::Failed { message });
        }
        if self.hits == 0 && self.records == 0 {
            let at = self.plan.envelope.records.clone();
            let found = self.misplaced.map(JsonKind::name);
            return Err(UnreadablePage::NoRecords { at, found });
        }
        Ok(())
    }

    /// A value of the envelope.
    fn envelope(&mut self, index: usize) -> Result<(), Failed> {
        let node = &self.plan.envelope.nodes[index];
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        if let Some(look) = node.look {
            self.look(look, start);
        }
        let leads_on = !node.members.is_empty() || node.each.is_some();
        match kind {
            Kind::Array if node.is_records => self.records()?,
            Kind::Object if node.is_records => self.lone_record(node, start)?,
            Kind::Object | Kind::Array if leads_on => self.parts(index, kind)?,
            _ => self.reader.skip_kind(kind)?,
        }
        let raw = self.reader.since(start);
        if node.is_records || node.each.is_some() {
            match kind {
                Kind::Object | Kind::Array if node.is_records => {}
                // What holds the elements may be empty.
                Kind::Object | Kind::Array => self.hits += 1,
                // A page without records; whether it may be one is for whoever asked for it to say.
                _ if raw == "null" => self.hits += 1,
                _ => self.misplaced = Some(JsonKind::of(raw)),
            }
        }
        if node.is_success {
            self.success = Some(raw == "true");
        }
        if node.is_message {
            self.message = json::string(raw).map(|text| text.into_owned());
        }
        Ok(())
    }

    /// The members or elements of a value that leads on to what is asked for.
    fn parts(&mut self, index: usize, kind: Kind) -> Result<(), Failed> {
        let node = &self.plan.envelope.nodes[index];
        let holder = if kind == Kind::Object { Holder::Object } else { Holder::Array };
        let mut place = 0;
        let mut has_more = holder.enter(&mut self.reader);
        while has_more {
            let key = holder.key(&mut self.reader)?;
            let named = node.named(key, place);
            self.way.push(key.map_or(Step::Index(place), Step::Key));
            has_more = match named.or(node.each) {
                Some(child) if named.is_none() && self.plan.envelope.nodes[child].is_records => {
                    self.record_in(child, holder, key)?
                }
                Some(child) => {
                    match named {
                        Some(_) => self.envelope(child)?,
                        None => self.element_around(child)?,
                    }
                    holder.next(&mut self.reader)?
                }
                None => {
                    self.reader.skip()?;
                    if let Some(key) = key {
                        self.counts.add_beside(index, json::unquoted(key), self.records);
                    }
                    holder.next(&mut self.reader)?
                }
            };
            self.way.pop();
            place += 1;
        }
        Ok(())
    }

    /// An element that leads on to records; one that has none, not even in a way that says so, is rejected.
    fn element_around(&mut self, child: usize) -> Result<(), Failed> {
        let (hits, records) = (self.hits, self.records);
        self.reader.peek()?;
        let start = self.reader.offset();
        self.envelope(child)?;
        if (self.hits, self.records) == (hits, records) {
            let text = self.reader.since(start);
            let detail = format!("nothing at {}", self.plan.envelope.records);
            self.is_counted_by_index = false;
            self.reject(RejectReason::NoRecord, "", detail, text);
            self.records = self.records.saturating_add(1);
        }
        Ok(())
    }

    /// An array of records.
    fn records(&mut self) -> Result<(), Failed> {
        self.is_counted_by_index = self.plan.envelope.is_one_array;
        self.hits += 1;
        let mut place = 0;
        let mut has_more = self.reader.enter_array();
        while has_more {
            if !self.is_counted_by_index {
                self.way.push(Step::Index(place));
            }
            has_more = self.record(Holder::Array, None)?;
            self.records = self.records.saturating_add(1);
            if !self.is_counted_by_index {
                self.way.pop();
            }
            place += 1;
        }
        Ok(())
    }

    /// What a `*` at the end of the way to the records hits: an array of records, or one. True if another follows.
    fn record_in(&mut self, child: usize, holder: Holder, key: Option<&'a str>) -> Result<bool, Failed> {
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        if let Some(look) = self.plan.envelope.nodes[child].look {
            self.look(look, start);
        }
        if kind == Kind::Array {
            self.records()?;
            return holder.next(&mut self.reader);
        }
        self.is_counted_by_index = false;
        self.hits += 1;
        let has_more = self.record(holder, key)?;
        self.records = self.records.saturating_add(1);
        Ok(has_more)
    }

    /// An object in place of an array of records: the only one, or none where it is empty.
    fn lone_record(&mut self, node: &EnvelopeNode, start: usize) -> Result<(), Failed> {
        self.hits += 1;
        self.is_counted_by_index = false;
        if self.reader.is_at_empty() {
            return self.reader.skip().map(drop);
        }
        self.record(Holder::Place, None)?;
        self.records = self.records.saturating_add(1);
        // Where the page itself is the record, what the source says of a failure stands in it.
        let raw = self.reader.since(start);
        for (key, child) in &node.members {
            let child = &self.plan.envelope.nodes[*child];
            if let Some(value) = json::member(raw, key).filter(|_| child.is_success || child.is_message) {
                if child.is_success {
                    self.success = Some(value == "true");
                } else {
                    self.message = json::string(value).map(|text| text.into_owned());
                }
            }
        }
        Ok(())
    }
}

impl EnvelopeNode {
    /// The node of the member under this key (with its quotes), or of the element at `place` of an array.
    fn named(&self, key: Option<&str>, place: u32) -> Option<usize> {
        if self.members.is_empty() {
            return None;
        }
        let found = match key {
            Some(key) => {
                let key = json::unescape(json::unquoted(key));
                self.members.iter().find(|(name, _)| *name == key)
            }
            None => self.members.iter().find(|(name, _)| json::pointer::index(name) == Some(place)),
        };
        found.map(|(_, node)| *node)
    }
}
