//! What habits make of a page, in the order in which they work on it.

use super::InForce;
use super::refused::Refused;
use crate::page::Page;
use crate::record::Record;

impl InForce {
    /// Changes a page as it is given out at `wall_s` for this query; the habits that did.
    pub(crate) fn reshape(
        &mut self,
        page: &mut Page,
        query: &str,
        wall_s: f64,
    ) -> Result<Vec<&'static str>, Refused> {
        self.answers += 1;
        let mut used = Vec::new();
        for record in &mut page.records {
            used.extend(self.with_lasting_values(record));
            used.extend(self.with_passing_values(record, wall_s));
        }
        used.sort_unstable();
        used.dedup();
        if let Some(end) = &self.habits.end {
            end.apply(page)?;
            if page.lead.is_last {
                used.push("end");
            }
        }
        if let Some(failure) = &self.habits.failure
            && failure.hits(&mut self.failures, query)
        {
            failure.apply(page);
            used.push("failure");
        }
        if let Some(envelope) = &self.habits.envelope {
            envelope.apply(page);
            used.push("envelope");
        }
        if self.habits.page_size.is_some_and(|size| size.cap.is_some()) {
            used.push("page_size");
        }
        if self.habits.content_encoding.is_some() {
            used.push("content_encoding");
        }
        Ok(used)
    }

    /// Values that are the same in every answer.
    pub(super) fn with_lasting_values(&self, record: &mut Record) -> Vec<&'static str> {
        let mut used = Vec::new();
        if let Some(odd) = &self.habits.odd_values
            && self.chosen.odd.contains(&record.conversation)
        {
            odd.apply(self.stream, record);
            used.push("odd_values");
        }
        if let Some(heavy) = &self.habits.heavy
            && self.chosen.heavy.contains(&record.key)
        {
            heavy.apply(self.stream, record);
            used.push("heavy");
        }
        used
    }

    /// Values that differ from answer to answer, or that are none.
    fn with_passing_values(&self, record: &mut Record, wall_s: f64) -> Vec<&'static str> {
        let mut used = Vec::new();
        if let Some(signed) = &self.habits.signed_urls {
            signed.sign(self.stream, record, self.answers, wall_s);
            used.push("signed_urls");
        }
        if let Some(order) = self.habits.key_order {
            order.reorder(record, self.answers);
            used.push("key_order");
        }
        if let Some(poison) = &self.habits.poison
            && self.chosen.poisoned.contains(&record.key)
        {
            poison.apply(self.stream, record);
            used.push("poison");
        }
        used
    }
}
