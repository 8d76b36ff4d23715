//! The values in an element: members are matched to the trie's nodes, and each value goes where its node says.

use std::collections::HashSet;

use super::frame::ExtraField;
use super::state::Walk;
use super::way::Holder;
use crate::json::{self, Failed, Kind};
use crate::plan::Elements;
use crate::report::JsonKind;

impl<'a> Walk<'a> {
    /// The members of an object; true if there is one.
    pub(super) fn object(&mut self, node: usize) -> Result<bool, Failed> {
        let plan = self.plan;
        let children = plan.nodes[node].children.as_slice();
        let mut last = None;
        let has_any = self.reader.enter_object();
        let mut has_more = has_any;
        while has_more {
            self.reader.seek_key();
            let text = self.reader.rest();
            let begins = |at: usize| plan.nodes[*children.get(at)?].key.begins(text).map(|bytes| (at, bytes));
            let expected = self.order.after(node, last);
            let known = begins(expected).or_else(|| (0..children.len()).find_map(begins));
            let (raw_key, found) = match known {
                Some((at, bytes)) => {
                    self.reader.take(bytes);
                    (None, Some(at))
                }
                // A field without a column, or a key that is written otherwise.
                None => {
                    let raw_key = self.reader.key()?;
                    (Some(raw_key), self.written_otherwise(raw_key, children))
                }
            };
            match found {
                Some(at) => {
                    if at != expected {
                        self.order.learn(node, last, at);
                    }
                    let child = children[at];
                    last = Some(child);
                    match plan.nodes[child].leaf {
                        Some((slot, goes_to_extra)) => self.leaf(child, slot, goes_to_extra)?,
                        None => self.value(child, raw_key)?,
                    }
                }
                None => {
                    let value = self.reader.skip()?;
                    if let (false, Some(raw_key)) = (plan.nodes[node].covered, raw_key) {
                        let field = ExtraField { object: node, key: raw_key, value, is_array: false };
                        self.frames[plan.nodes[node].level].extras.push(field);
                        self.counts.add_new_field(node, raw_key, value, self.records);
                    }
                }
            }
            has_more = self.reader.next_member()?;
        }
        Ok(has_any)
    }

    /// The index of the child whose key has just been read, and does not stand there with its colon as JSON writes it.
    #[inline(always)]
    fn written_otherwise(&self, raw_key: &str, children: &[usize]) -> Option<usize> {
        if !self.reader.is_key_odd() {
            return None;
        }
        let name = json::unescape(raw_key);
        children.iter().position(|child| self.plan.nodes[*child].key.name == name)
    }

    /// A value that only fills its slot.
    #[inline(always)]
    fn leaf(&mut self, index: usize, slot: usize, goes_to_extra: bool) -> Result<(), Failed> {
        let (kind, start) = self.reader.step()?;
        let raw = self.reader.raw(kind, start);
        self.counts.add_value(index, JsonKind::of_kind(kind, raw.text), self.records);
        let frame = &mut self.frames[self.plan.nodes[index].level];
        if std::mem::replace(&mut self.present[index], frame.generation) == frame.generation {
            self.counts.add_doubled_key(&self.plan.nodes[index].pointer, self.records);
        }
        frame.fill(slot, goes_to_extra, raw);
        Ok(())
    }

    /// The value at a node; `raw_key` is its key in the input, where that is not as the schema has it.
    pub(super) fn value(&mut self, index: usize, raw_key: Option<&'a str>) -> Result<(), Failed> {
        let plan = self.plan;
        let node = &plan.nodes[index];
        if let Some((slot, goes_to_extra)) = node.leaf {
            return self.leaf(index, slot, goes_to_extra);
        }
        let bearer = if node.joined { self.joined_element } else { self.frames[node.level].generation };
        let is_structure = !node.children.is_empty() || node.elements != Elements::Ignored;
        let is_repeated = self.present[index] == bearer;
        match is_structure {
            true if is_repeated => self.frames[0].duplicate = Some(index),
            false if is_repeated => self.counts.add_doubled_key(&node.pointer, self.records),
            _ => {}
        }
        self.present[index] = bearer;
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        let mut is_entered = false;
        if let Some(slot) = node.count {
            self.frames[node.level].counts[slot] = None;
        }
        match (kind, node.elements) {
            (Kind::Object, Elements::Ignored) if !node.children.is_empty() => {
                is_entered = self.object(index)?;
                if let Some(slot) = node.count {
                    self.frames[node.level].counts[slot] = Some(json::count(self.reader.since(start)));
                }
            }
            (Kind::Object | Kind::Array, elements)
                if elements != Elements::Ignored || node.count.is_some() =>
            {
                let count = self.each(index, kind)?;
                if let Some(slot) = node.count {
                    self.frames[node.level].counts[slot] = Some(i64::from(count));
                }
                is_entered = count > 0 && matches!(elements, Elements::Rows(_));
            }
            _ => {
                self.reader.skip_kind(kind)?;
            }
        }
        let has_parts = match kind {
            Kind::Array => !node.children.is_empty(),
            _ => kind == Kind::Object && node.elements != Elements::Ignored && !node.children.is_empty(),
        };
        if has_parts {
            self.named_parts(index, kind, start)?;
        }
        let raw = self.reader.raw(kind, start);
        self.counts.add_value(index, JsonKind::of_kind(kind, raw.text), self.records);
        let frame = &mut self.frames[node.level];
        match node.slot {
            Some(slot) if node.joined => {
                if is_repeated {
                    frame.joined[slot].pop();
                }
                frame.joined[slot].push(raw);
            }
            Some(slot) => frame.fill(slot, plan.levels[node.level].slots[slot].goes_to_extra, raw),
            // A block that is no object, or an empty one; an array of rows that gave none; a joined array.
            None if is_entered => {}
            None => {
                if let (Some(object), false) = (node.parent, node.covered) {
                    let is_array = matches!(node.elements, Elements::Rows(_));
                    let key = raw_key.unwrap_or(node.key.json());
                    frame.extras.push(ExtraField { object, key, value: raw.text, is_array });
                }
            }
        }
        Ok(())
    }

    /// The elements of an array, or the members of an object as elements; how many there are.
    fn each(&mut self, index: usize, kind: Kind) -> Result<u32, Failed> {
        let elements = self.plan.nodes[index].elements;
        let holder = if kind == Kind::Object { Holder::Object } else { Holder::Array };
        if let Elements::Rows(level) = elements {
            self.told[level] = self.frames[0].generation;
        }
        let outer = self.joined_element;
        let mut count = 0;
        let mut keys = HashSet::new();
        let mut has_more = holder.enter(&mut self.reader);
        while has_more {
            let key = holder.key(&mut self.reader)?;
            match elements {
                Elements::Rows(level) => {
                    if let Some(key) = key
                        && !keys.insert(json::unescape(json::unquoted(key)))
                    {
                        self.frames[0].duplicate = Some(index);
                    }
                    self.element(level, count, key)?;
                }
                Elements::Joined(node) => {
                    self.generation += 1;
                    self.joined_element = self.generation;
                    self.value(node, None)?;
                }
                Elements::Ignored => {
                    self.reader.skip()?;
                }
            }
            count += 1;
            has_more = holder.next(&mut self.reader)?;
        }
        self.joined_element = outer;
        Ok(count)
    }

    /// What columns take from elements of an array by their index, or from an object whose members are elements by key: the
    /// value that began at `start` is read once more. It stays whole in rows or in `extra`, since an array cannot stand there in
    /// parts.
    #[cold]
    fn named_parts(&mut self, index: usize, kind: Kind, start: usize) -> Result<(), Failed> {
        let plan = self.plan;
        let node = &plan.nodes[index];
        let again = self.reader.at(start);
        let behind = std::mem::replace(&mut self.reader, again);
        let holder = if kind == Kind::Object { Holder::Object } else { Holder::Array };
        self.reader.peek()?;
        let mut place = 0;
        let mut has_more = holder.enter(&mut self.reader);
        while has_more {
            let key = holder.key(&mut self.reader)?;
            let name = key.map(|key| json::unescape(json::unquoted(key)));
            let is_meant = |child: &&usize| match &name {
                Some(name) => plan.nodes[**child].key.name == *name,
                None => json::pointer::index(&plan.nodes[**child].key.name) == Some(place),
            };
            match node.children.iter().find(is_meant) {
                Some(child) => self.value(*child, None)?,
                None => drop(self.reader.skip()?),
            }
            place += 1;
            has_more = holder.next(&mut self.reader)?;
        }
        self.reader = behind;
        self.frames[node.level].wholes.push(index);
        Ok(())
    }
}
