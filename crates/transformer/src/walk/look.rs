//! A look at what stands beside the records, before they are read: it may come behind them in the page.

use super::frame::Frame;
use super::state::Walk;
use super::way::Holder;
use crate::json::{self, Failed, Kind, Reader};
use crate::plan::Look;

impl<'a> Walk<'a> {
    /// Takes what columns want of the page or element that begins at `start`. What is no JSON is left to the walk to tell.
    pub(super) fn look(&mut self, look: usize, start: usize) {
        let look = &self.plan.envelope.looks[look];
        for slot in &look.slots {
            self.beside.slots[*slot] = None;
            self.beside.joined[*slot].clear();
        }
        let mut looking = Looking {
            look,
            beside: &mut self.beside,
            reader: self.reader.at(start),
            wanted: if look.is_single { look.slots.len() } else { usize::MAX },
        };
        let _torn = looking.value(0);
    }
}

struct Looking<'w, 'a> {
    look: &'w Look,
    beside: &'w mut Frame<'a>,
    reader: Reader<'a>,
    /// How many slots are still to be filled.
    wanted: usize,
}

impl Looking<'_, '_> {
    /// The value at a node of the look.
    fn value(&mut self, index: usize) -> Result<(), Failed> {
        let look = self.look;
        let node = &look.nodes[index];
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        let holder = match kind {
            Kind::Object => Some(Holder::Object),
            Kind::Array => Some(Holder::Array),
            _ => None,
        };
        match holder.filter(|_| !node.members.is_empty() || node.each.is_some()) {
            Some(holder) => self.parts(index, holder)?,
            None => self.reader.skip_kind(kind)?,
        }
        let raw = self.reader.raw(kind, start);
        match node.slot {
            Some((slot, true)) => self.beside.joined[slot].push(raw),
            Some((slot, false)) if self.beside.slots[slot].replace(raw).is_none() => self.wanted -= 1,
            _ => {}
        }
        Ok(())
    }

    fn parts(&mut self, index: usize, holder: Holder) -> Result<(), Failed> {
        let look = self.look;
        let node = &look.nodes[index];
        let mut place = 0;
        let mut has_more = holder.enter(&mut self.reader);
        while has_more {
            let found = match holder.key(&mut self.reader)? {
                Some(key) => {
                    let key = json::unescape(json::unquoted(key));
                    node.members.iter().find(|(name, _)| *name == key)
                }
                None => node.members.iter().find(|(name, _)| json::pointer::index(name) == Some(place)),
            };
            let named = found.map(|(_, node)| *node);
            // Both are asked for where elements and one of them are.
            let nodes = [named, node.each];
            let mut nodes = nodes.into_iter().flatten();
            match nodes.next() {
                None => self.reader.pass()?,
                Some(first) => {
                    self.reader.peek()?;
                    let start = self.reader.offset();
                    self.value(first)?;
                    for other in nodes {
                        let behind = self.reader.at(self.reader.offset());
                        self.reader = self.reader.at(start);
                        self.value(other)?;
                        self.reader = behind;
                    }
                }
            }
            if self.wanted == 0 {
                // What is left need not be looked at.
                return Err(Failed);
            }
            place += 1;
            has_more = holder.next(&mut self.reader)?;
        }
        Ok(())
    }
}
