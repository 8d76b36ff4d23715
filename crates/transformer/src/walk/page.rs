//! The walk: the trie pulls the reader over a page.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::columns::Cell;
use crate::dates::LastDay;
use crate::gather::gathered::Gathered;
use crate::gather::table_rows::TableRows;
use crate::json::{self, pointer};
use crate::json::{Failed, Kind, Raw, Reader, SyntaxError};
use crate::page::{PageInput, PageNotes, UnreadablePage};
use crate::plan::{ColumnPlan, Elements, Plan};
use crate::report::drift::{JsonKind, KindCounts};
use crate::report::rejects::Rejects;
use crate::walk::frame::{Extra, Frame};
use crate::walk::member_order::MemberOrder;
use crate::walk::values::{self, Open};

pub(crate) struct Walk<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) reader: Reader<'a>,
    pub(crate) input: &'a PageInput<'a>,
    pub(crate) quarantine_mismatches: bool,
    pub(crate) frames: Vec<Frame<'a>>,
    /// In which order the members of objects come.
    order: MemberOrder,
    /// The generation each node was last met in.
    pub(crate) present: Vec<u64>,
    pub(crate) generation: u64,
    /// Which element of a joined array is open: what nodes below it bear in place of the generation.
    joined_element: u64,
    pub(crate) rows: &'a mut [TableRows],
    /// For each level the required column that is to hold a param the page has not.
    pub(crate) without_param: Vec<Option<&'a ColumnPlan>>,
    pub(crate) records: u32,
    pub(crate) rejects: Rejects,
    /// What stood at each node.
    pub(crate) kinds: Vec<KindCounts>,
    /// Fields without a column, by the node of their object.
    pub(crate) new_fields: HashMap<(usize, Cow<'a, str>), KindCounts>,
    pub(crate) mismatches: BTreeMap<(usize, usize), (u64, u32)>,
    /// Words that are none of a column's known ones, by level and column.
    pub(crate) unknown_words: BTreeMap<(usize, usize, String), (u64, u32)>,
    /// The first mismatch of the open record.
    pub(crate) record_mismatch: Option<(usize, usize)>,
    /// The column of the open record's rows that could not take its text.
    pub(crate) too_large: Option<(usize, usize)>,
    pub(crate) scratch: String,
    pub(crate) last_day: LastDay,
    pub(crate) success: Option<bool>,
    pub(crate) message: Option<String>,
    pub(crate) found_records: bool,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        text: &'a str,
        input: &'a PageInput<'a>,
        quarantine_mismatches: bool,
        gathered: &'a mut Gathered,
    ) -> Self {
        let without_param = plan.levels.iter().map(|level| {
            let is_missing =
                |filled: &&ColumnPlan| filled.required && values::param(input, &filled.value) == Cell::Null;
            level.table.params.iter().find(is_missing)
        });
        Self {
            plan,
            reader: Reader::new(text),
            input,
            quarantine_mismatches,
            frames: plan.levels.iter().map(Frame::new).collect(),
            order: MemberOrder::of(plan),
            present: vec![0; plan.nodes.len()],
            generation: 0,
            joined_element: 0,
            rows: &mut gathered.tables,
            without_param: without_param.collect(),
            records: 0,
            rejects: Rejects::new(pointer::of_keys(&plan.records)),
            kinds: vec![KindCounts::default(); plan.nodes.len()],
            new_fields: HashMap::new(),
            mismatches: BTreeMap::new(),
            unknown_words: BTreeMap::new(),
            record_mismatch: None,
            too_large: None,
            scratch: String::new(),
            last_day: LastDay::default(),
            success: None,
            message: None,
            found_records: false,
        }
    }

    /// The page's envelope.
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
        if plan.success.as_ref() == Some(path) {
            self.success = match raw {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            };
        }
        if plan.message.as_ref() == Some(path) {
            self.message = json::string(raw).map(|text| text.into_owned());
        }
        Ok(())
    }

    fn records(&mut self) -> Result<(), Failed> {
        let mut has_more = self.reader.enter_array();
        while has_more {
            self.record()?;
            self.records = self.records.saturating_add(1);
            has_more = self.reader.next_element()?;
        }
        Ok(())
    }

    fn record(&mut self) -> Result<(), Failed> {
        self.record_mismatch = None;
        self.too_large = None;
        self.reader.deepest = 0;
        self.reader.peek()?;
        let start = self.reader.offset();
        self.open_element(0, self.records)?;
        let text = self.reader.since(start);
        let first = self.rows[0].count;
        // A record that cannot be kept leaves no row of its own, as one page may hold millions of them.
        let fault = match self.fault_before_row(text) {
            Some(fault) => {
                self.no_row(0);
                Some(fault)
            }
            None => {
                self.row(0);
                self.fault_of_row()
            }
        };
        if let Some((reason, detail)) = fault {
            for level in 0..self.plan.levels.len() {
                let first = match level {
                    0 => first,
                    below => self.frames[0].rows_before[position(&self.plan.levels[0].descendants, below)],
                };
                self.rows[level].drop_from(first);
            }
            self.rejects.push(reason, self.records, "", detail, text);
            return Ok(());
        }
        for level in 0..self.plan.levels.len() {
            for (index, filled) in self.plan.levels[level].table.replace.iter().enumerate() {
                let open = Open { frames: &self.frames, present: &self.present, input: self.input };
                let value = values::of(open, filled, &mut self.scratch);
                self.rows[level].push_parent_key(index, &value.cell);
            }
            if !self.plan.levels[level].table.replace.is_empty() {
                self.rows[level].push_parent(self.records);
            }
        }
        Ok(())
    }

    /// An element of a level: its JSON, then its row.
    fn element(&mut self, level: usize, index: u32) -> Result<(), Failed> {
        self.open_element(level, index)?;
        self.row(level);
        Ok(())
    }

    /// Reads an element's JSON; its row is still to be made.
    fn open_element(&mut self, level: usize, index: u32) -> Result<(), Failed> {
        let plan = self.plan;
        self.generation += 1;
        let rows = &self.rows;
        let below = plan.levels[level].descendants.iter().map(|descendant| rows[*descendant].count);
        self.frames[level].begin(self.generation, index, below);
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        match (kind, plan.levels[level].bare_element) {
            (Kind::Object, _) => {
                self.object(plan.levels[level].root)?;
            }
            (_, Some(node)) => self.value(node, None)?,
            (_, None) => {
                self.reader.skip()?;
            }
        }
        let text = self.reader.since(start);
        self.frames[level].text = text;
        // A column at `""` takes the element itself.
        if let Some(slot) = plan.nodes[plan.levels[level].root].slot {
            self.frames[level].slots[slot] = Some(Raw { text, is_plain: false });
        }
        self.frames[level].is_bare = kind != Kind::Object;
        self.aggregate(level);
        Ok(())
    }

    /// The members of an object; true if there is one.
    fn object(&mut self, node: usize) -> Result<bool, Failed> {
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
                    let name = json::unescape(raw_key);
                    (Some(raw_key), children.iter().position(|child| plan.nodes[*child].key.name == name))
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
                        let field = Extra { object: node, key: raw_key, value, is_array: false };
                        self.frames[plan.nodes[node].level].extras.push(field);
                        self.new_field(node, raw_key, value);
                    }
                }
            }
            has_more = self.reader.next_member()?;
        }
        Ok(has_any)
    }

    /// A value of which nothing is asked but to stand in its slot.
    #[inline(always)]
    fn leaf(&mut self, index: usize, slot: usize, goes_to_extra: bool) -> Result<(), Failed> {
        let (kind, start) = self.reader.step()?;
        let raw = self.reader.raw(kind, start);
        self.kinds[index].add(JsonKind::seen(kind, raw.text), self.records);
        let frame = &mut self.frames[self.plan.nodes[index].level];
        self.present[index] = frame.generation;
        frame.fill(slot, goes_to_extra, raw);
        Ok(())
    }

    /// The value at a node; `raw_key` is its key in the input, where that is not as the schema has it.
    fn value(&mut self, index: usize, raw_key: Option<&'a str>) -> Result<(), Failed> {
        let plan = self.plan;
        let node = &plan.nodes[index];
        if let Some((slot, goes_to_extra)) = node.leaf {
            return self.leaf(index, slot, goes_to_extra);
        }
        let bearer = if node.joined { self.joined_element } else { self.frames[node.level].generation };
        let is_structure = !node.children.is_empty() || node.elements != Elements::Ignored;
        let is_repeated = self.present[index] == bearer;
        if is_repeated && is_structure {
            self.frames[0].duplicate = Some(index);
        }
        self.present[index] = bearer;
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        let mut is_entered = false;
        if let Some(slot) = node.count {
            self.frames[node.level].counts[slot] = None;
        }
        match (kind, node.elements) {
            (Kind::Object, _) if !node.children.is_empty() => is_entered = self.object(index)?,
            (Kind::Array, Elements::Ignored) if node.count.is_none() => {
                self.reader.skip()?;
            }
            (Kind::Array, _) => {
                let count = self.array(index)?;
                if let Some(slot) = node.count {
                    self.frames[node.level].counts[slot] = Some(i64::from(count));
                }
                is_entered = count > 0 && matches!(node.elements, Elements::Rows(_));
            }
            _ => {
                self.reader.skip_kind(kind)?;
            }
        }
        let raw = self.reader.raw(kind, start);
        self.kinds[index].add(JsonKind::seen(kind, raw.text), self.records);
        let frame = &mut self.frames[node.level];
        match node.slot {
            Some(slot) if node.joined => {
                if is_repeated {
                    frame.joined[slot].pop();
                }
                frame.joined[slot].push(raw.text);
            }
            Some(slot) => frame.fill(slot, plan.levels[node.level].slots[slot].goes_to_extra, raw),
            // A block that is no object, or an empty one; an array of rows that gave none; a joined array.
            None if is_entered => {}
            None => {
                if let (Some(object), false) = (node.parent, node.covered) {
                    let is_array = matches!(node.elements, Elements::Rows(_));
                    let key = raw_key.unwrap_or(node.key.json());
                    frame.extras.push(Extra { object, key, value: raw.text, is_array });
                }
            }
        }
        Ok(())
    }

    fn array(&mut self, index: usize) -> Result<u32, Failed> {
        let elements = self.plan.nodes[index].elements;
        let outer = self.joined_element;
        let mut count = 0;
        let mut has_more = self.reader.enter_array();
        while has_more {
            match elements {
                Elements::Rows(level) => self.element(level, count)?,
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
            has_more = self.reader.next_element()?;
        }
        self.joined_element = outer;
        Ok(count)
    }

    /// What the page gave besides rows.
    pub(crate) fn notes(&mut self) -> PageNotes {
        let drift = self.drift();
        PageNotes { records: self.records, rejects: std::mem::take(&mut self.rejects), drift }
    }
}

/// Where a level stands among another's descendants.
pub(crate) fn position(descendants: &[usize], level: usize) -> usize {
    descendants.iter().position(|descendant| *descendant == level).unwrap_or_default()
}
