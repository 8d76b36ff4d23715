//! A page from its first byte to its last: the envelope, and in it the array of records.

use super::state::Walk;
use crate::json::{self, Failed, Kind, SyntaxError, pointer};
use crate::page::UnreadablePage;

impl Walk<'_> {
    /// Walks the whole page.
    pub(crate) fn page(&mut self) -> Result<(), UnreadablePage> {
        let plan = self.plan;
        let read = self.envelope(0, &mut Vec::new()).and_then(|()| self.reader.end());
        if read.is_err() {
            let SyntaxError { expected, offset } = self.reader.error;
            return Err(UnreadablePage::Syntax { expected, offset });
        }
        if self.success == Some(false) {
            let message = self.message.take().unwrap_or_else(|| "without a word why".to_owned());
            return Err(UnreadablePage::Failed { message });
        }
        if !self.found_records {
            let at = pointer::of_keys(&plan.records);
            return Err(UnreadablePage::NoRecords { at });
        }
        Ok(())
    }

    /// A value of the envelope, which stands at `path`.
    fn envelope(&mut self, depth: usize, path: &mut Vec<String>) -> Result<(), Failed> {
        let plan = self.plan;
        let kind = self.reader.peek()?;
        if *path == plan.records && kind == Kind::Array {
            self.found_records = true;
            return self.records();
        }
        let leads_on = |keys: &[String]| keys.len() > depth && keys.starts_with(path);
        let ways = [Some(&plan.records), plan.success.as_ref(), plan.message.as_ref()];
        if kind == Kind::Object && ways.into_iter().flatten().any(|keys| leads_on(keys)) {
            let mut has_more = self.reader.enter_object();
            while has_more {
                let key = self.reader.key()?;
                path.push(json::unescape(key).into_owned());
                self.envelope(depth + 1, path)?;
                path.pop();
                has_more = self.reader.next_member()?;
            }
            return Ok(());
        }
        let raw = self.reader.skip()?;
        if *path == plan.records && raw == "null" {
            // A page without records; whether it may be one is for whoever asked for it to say.
            self.found_records = true;
        }
        if plan.success.as_ref() == Some(path) {
            self.success = Some(raw == "true");
        }
        if plan.message.as_ref() == Some(path) {
            self.message = json::string(raw).map(|text| text.into_owned());
        }
        Ok(())
    }

    /// The array of records.
    fn records(&mut self) -> Result<(), Failed> {
        let mut has_more = self.reader.enter_array();
        while has_more {
            has_more = self.record()?;
            self.records = self.records.saturating_add(1);
        }
        Ok(())
    }
}
