//! The walk: the trie pulls the reader over a page, and rows leave as their elements end.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::Schema;
use arrow_select::filter::filter_record_batch;
use convolake_model::{Envelope, OnMismatch, StreamSchema, Table};
use indexmap::IndexMap;

use crate::columns::{Cell, Column};
use crate::compile::{CompileError, compile};
use crate::extra;
use crate::frame::{Extra, Frame};
use crate::page::{Drift, FieldDrift, FlatPage, FlatTable, PageInput, Parents, Reject, RejectReason, UnreadablePage};
use crate::plan::{Elements, Filled, Plan};
use crate::reader::{Kind, Reader, SyntaxError};
use crate::repair::repair;
use crate::scalar;
use crate::values::{self, Row};

/// A stream's schema, compiled. Shared by threads; each call of [`Flattener::flatten`] stands alone.
pub struct Flattener {
    plan: Plan,
    quarantine_mismatches: bool,
}

/// Deeper JSON than this is rejected: readers of JSON columns (serde_json among them) stop there.
const MAX_DEPTH: usize = 128;
/// A larger page could not be held by a batch's 32-bit offsets.
const MAX_PAGE_BYTES: usize = 1 << 30;

impl Flattener {
    /// Compiles a schema against its tables.
    ///
    /// # Errors
    /// A column that cannot be filled as it is mapped.
    pub fn compile(
        schema: &StreamSchema,
        tables: &IndexMap<String, Table>,
        envelope: &Envelope,
        on_mismatch: OnMismatch,
    ) -> Result<Self, CompileError> {
        let plan = compile(schema, tables, envelope)?;
        Ok(Self { plan, quarantine_mismatches: on_mismatch == OnMismatch::Quarantine })
    }

    /// Turns a page into rows.
    ///
    /// # Errors
    /// A page that cannot be read: none of its rows leave.
    pub fn flatten(&self, input: &PageInput<'_>) -> Result<FlatPage, UnreadablePage> {
        if input.body.len() > MAX_PAGE_BYTES {
            return Err(UnreadablePage::TooLarge { message: format!("{} bytes", input.body.len()) });
        }
        let repaired = repair(input.body);
        let mut walk = Walk::new(&self.plan, &repaired.text, input, self.quarantine_mismatches);
        walk.page()?;
        let mut flat = walk.finish(input)?;
        flat.drift.replaced_characters = repaired.replaced;
        Ok(flat)
    }
}

/// The rows of one level's table so far.
struct Rows {
    columns: Vec<Column>,
    count: usize,
    index_in_page: Vec<u32>,
    /// False for rows to drop; absent while none is.
    keep: Option<Vec<bool>>,
    parents: Vec<Column>,
    parents_index: Vec<u32>,
}

impl Rows {
    fn drop_from(&mut self, first: usize) {
        let keep = self.keep.get_or_insert_default();
        keep.resize(first.max(keep.len()), true);
        keep[first..].fill(false);
        keep.resize(self.count, false);
    }
}

struct Walk<'a> {
    plan: &'a Plan,
    reader: Reader<'a>,
    input: &'a PageInput<'a>,
    quarantine_mismatches: bool,
    frames: Vec<Frame<'a>>,
    /// The generation each node was last met in.
    present: Vec<u64>,
    generation: u64,
    rows: Vec<Rows>,
    records: u32,
    rejects: Vec<Reject>,
    new_fields: std::collections::HashMap<(usize, &'a str), (u64, u32)>,
    mismatches: BTreeMap<(usize, usize), (u64, u32)>,
    /// The first mismatch of the open record.
    record_mismatch: Option<(usize, usize)>,
    scratch: String,
    success: Option<bool>,
    message: Option<String>,
    found_records: bool,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan, text: &'a str, input: &'a PageInput<'a>, quarantine_mismatches: bool) -> Self {
        let rows = plan.levels.iter().map(|level| Rows {
            columns: level.table.types.iter().map(|column_type| Column::new(*column_type)).collect(),
            count: 0,
            index_in_page: Vec::new(),
            keep: None,
            parents: level.table.replace.iter().map(|filled| Column::new(filled.column_type)).collect(),
            parents_index: Vec::new(),
        });
        Self {
            plan,
            reader: Reader::new(text),
            input,
            quarantine_mismatches,
            frames: plan.levels.iter().map(Frame::new).collect(),
            present: vec![0; plan.nodes.len()],
            generation: 0,
            rows: rows.collect(),
            records: 0,
            rejects: Vec::new(),
            new_fields: std::collections::HashMap::new(),
            mismatches: BTreeMap::new(),
            record_mismatch: None,
            scratch: String::new(),
            success: None,
            message: None,
            found_records: false,
        }
    }

    /// The page's envelope.
    fn page(&mut self) -> Result<(), UnreadablePage> {
        let plan = self.plan;
        let read = self.envelope(0, &mut Vec::new()).and_then(|()| self.reader.end());
        read.map_err(|SyntaxError { expected, offset }| UnreadablePage::Syntax { expected, offset })?;
        if self.success == Some(false) {
            let message = self.message.take().unwrap_or_else(|| "without a word why".to_owned());
            return Err(UnreadablePage::Failed { message });
        }
        if !self.found_records {
            let at = plan.records.iter().map(|key| format!("/{key}")).collect();
            return Err(UnreadablePage::NoRecords { at });
        }
        Ok(())
    }

    fn envelope(&mut self, depth: usize, path: &mut Vec<String>) -> Result<(), SyntaxError> {
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
                path.push(scalar::unescape(key).into_owned());
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
            self.message = scalar::string(raw).map(|text| text.into_owned());
        }
        Ok(())
    }

    fn records(&mut self) -> Result<(), SyntaxError> {
        let mut has_more = self.reader.enter_array();
        while has_more {
            self.record()?;
            self.records = self.records.saturating_add(1);
            has_more = self.reader.next_element()?;
        }
        Ok(())
    }

    fn record(&mut self) -> Result<(), SyntaxError> {
        self.record_mismatch = None;
        self.reader.deepest = 0;
        self.reader.peek()?;
        let start = self.reader.offset();
        self.element(0, self.records)?;
        let text = self.reader.since(start);
        if let Some((reason, detail)) = self.record_fault(text) {
            for level in 0..self.plan.levels.len() {
                let first = match level {
                    0 => self.rows[0].count - 1,
                    below => self.frames[0].rows_before[position(&self.plan.levels[0].descendants, below)],
                };
                self.rows[level].drop_from(first);
            }
            let pointer = format!("{}/{}", pointer_of(&self.plan.records), self.records);
            let text = text.to_owned();
            self.rejects.push(Reject { reason, pointer, index_in_page: self.records, detail, text });
            return Ok(());
        }
        for level in 0..self.plan.levels.len() {
            for (index, filled) in self.plan.levels[level].table.replace.iter().enumerate() {
                let value = values::of(self.plan, &self.frames, &self.present, self.input, filled);
                self.rows[level].parents[index].push(&value.cell);
            }
            if !self.plan.levels[level].table.replace.is_empty() {
                self.rows[level].parents_index.push(self.records);
            }
        }
        Ok(())
    }

    /// Why the record that just ended cannot be kept.
    fn record_fault(&self, text: &str) -> Option<(RejectReason, String)> {
        let plan = self.plan;
        if self.frames[0].is_bare {
            let found = text.chars().next().map(|first| match first {
                '[' => "an array",
                '"' => "a text",
                'n' => "null",
                't' | 'f' => "a boolean",
                _ => "a number",
            });
            return Some((RejectReason::NotAnObject, found.unwrap_or_default().to_owned()));
        }
        if let Some(node) = self.frames[0].duplicate {
            return Some((RejectReason::DuplicateKey, plan.nodes[node].key.clone()));
        }
        if self.reader.deepest > MAX_DEPTH {
            return Some((RejectReason::TooDeep, format!("{} levels, {MAX_DEPTH} at most", self.reader.deepest)));
        }
        let missing = |filled: &&Filled| {
            filled.required
                && values::of(plan, &self.frames, &self.present, self.input, filled).cell == Cell::Null
        };
        let level = &plan.levels[0];
        let deferred = level.deferred.iter().map(|(_, filled)| filled);
        if let Some(filled) = level.own.iter().chain(deferred).find(missing) {
            return Some((RejectReason::MissingRequired, filled.name.clone()));
        }
        if let (true, Some((level, column))) = (self.quarantine_mismatches, self.record_mismatch) {
            let table = &plan.levels[level].table;
            let detail = format!("{}.{}", table.name, table.schema.field(column).name());
            return Some((RejectReason::Mismatch, detail));
        }
        None
    }

    /// An element of a level: its JSON, then its row.
    fn element(&mut self, level: usize, index: u32) -> Result<(), SyntaxError> {
        let plan = self.plan;
        self.generation += 1;
        let rows = &self.rows;
        let below = plan.levels[level].descendants.iter().map(|descendant| rows[*descendant].count);
        self.frames[level].begin(self.generation, index, below);
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        match (kind, plan.levels[level].bare) {
            (Kind::Object, _) => self.object(plan.levels[level].root)?,
            (_, Some(node)) => self.value(node, "")?,
            (_, None) => {
                self.reader.skip()?;
            }
        }
        self.frames[level].text = self.reader.since(start);
        self.frames[level].is_bare = kind != Kind::Object;
        self.row(level);
        Ok(())
    }

    fn object(&mut self, node: usize) -> Result<(), SyntaxError> {
        let plan = self.plan;
        let children = &plan.nodes[node].children;
        // Members come in the same order nearly always: the search begins behind the last one found.
        let mut expected = 0;
        let mut has_more = self.reader.enter_object();
        while has_more {
            let raw_key = self.reader.key()?;
            let found = match raw_key.contains('\\') {
                false => find(plan, children, expected, raw_key),
                true => find(plan, children, expected, &scalar::unescape(raw_key)),
            };
            match found {
                Some(at) => {
                    expected = at + 1;
                    self.value(children[at], raw_key)?;
                }
                None => {
                    let value = self.reader.skip()?;
                    if !plan.nodes[node].covered {
                        let field = Extra { object: node, key: raw_key, value, is_array: false };
                        self.frames[plan.nodes[node].level].extras.push(field);
                        self.new_fields.entry((node, raw_key)).or_insert((0, self.records)).0 += 1;
                    }
                }
            }
            has_more = self.reader.next_member()?;
        }
        Ok(())
    }

    /// The value at a node; `raw_key` is its key in the input.
    fn value(&mut self, index: usize, raw_key: &'a str) -> Result<(), SyntaxError> {
        let plan = self.plan;
        let node = &plan.nodes[index];
        let generation = self.frames[node.level].generation;
        let is_structure = !node.children.is_empty() || node.elements != Elements::Ignored;
        if self.present[index] == generation && is_structure && !node.joined {
            self.frames[0].duplicate = Some(index);
        }
        self.present[index] = generation;
        let kind = self.reader.peek()?;
        let start = self.reader.offset();
        let mut is_entered = false;
        match (kind, node.elements) {
            (Kind::Object, _) if !node.children.is_empty() => {
                self.object(index)?;
                is_entered = true;
            }
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
                self.reader.skip()?;
            }
        }
        let raw = self.reader.since(start);
        let frame = &mut self.frames[node.level];
        match node.slot {
            Some(slot) if node.joined => frame.joined[slot].push(raw),
            Some(slot) => frame.slots[slot] = Some(raw),
            // A block that is no object, or an empty one; an array of rows that gave none; a joined array.
            None if !node.covered && !(is_entered && raw != "{}" && !is_empty_object(raw)) => {
                if let Some(object) = node.parent {
                    let is_array = matches!(node.elements, Elements::Rows(_));
                    frame.extras.push(Extra { object, key: raw_key, value: raw, is_array });
                }
            }
            None => {}
        }
        Ok(())
    }

    fn array(&mut self, index: usize) -> Result<u32, SyntaxError> {
        let elements = self.plan.nodes[index].elements;
        let mut count = 0;
        let mut has_more = self.reader.enter_array();
        while has_more {
            match elements {
                Elements::Rows(level) => self.element(level, count)?,
                Elements::Joined(node) => self.value(node, "")?,
                Elements::Ignored => {
                    self.reader.skip()?;
                }
            }
            count += 1;
            has_more = self.reader.next_element()?;
        }
        Ok(count)
    }

    /// The element of `level` has ended: its row, and what rows below it were waiting for.
    fn row(&mut self, level: usize) {
        let plan = self.plan;
        let level_plan = &plan.levels[level];
        let mut kept = vec![false; level_plan.slots.len()];
        let mut forced = vec![false; level_plan.slots.len()];
        let mut is_missing = None;
        for filled in &level_plan.own {
            let value = values::of(plan, &self.frames, &self.present, self.input, filled);
            match value.row {
                Row::GivesBack(slot) => kept[slot] = true,
                Row::Mismatch(slot) => {
                    forced[slot] = true;
                    self.mismatches.entry((level, filled.column)).or_insert((0, self.records)).0 += 1;
                    self.record_mismatch.get_or_insert((level, filled.column));
                }
                Row::Nothing => {}
            }
            if filled.required && value.cell == Cell::Null {
                is_missing.get_or_insert(filled);
                self.rows[level].columns[filled.column].push_placeholder();
            } else {
                self.rows[level].columns[filled.column].push(&value.cell);
            }
            self.aggregate(level, filled.column, &value.cell);
        }
        for (slot, plan_slot) in level_plan.slots.iter().enumerate() {
            let node = &plan.nodes[plan_slot.node];
            if let (Some(value), Some(object)) = (self.frames[level].slots[slot], node.parent) {
                if !node.covered && (forced[slot] || !kept[slot]) {
                    let field = Extra { object, key: &node.key_json, value, is_array: false };
                    self.frames[level].extras.push(field);
                }
            }
        }
        let frame = &self.frames[level];
        let rows = &mut self.rows[level];
        let cell = match extra::write(plan, level_plan, frame, &mut self.scratch) {
            true => Cell::Text(self.scratch.as_str().into()),
            false => Cell::Null,
        };
        rows.columns[level_plan.table.extra].push(&cell);
        for column in &level_plan.table.empty {
            rows.columns[*column].push(&Cell::Null);
        }
        rows.count += 1;
        rows.index_in_page.push(self.records);
        for (below, filled) in &level_plan.deferred {
            let value = values::of(plan, &self.frames, &self.present, self.input, filled);
            let rows = &mut self.rows[*below];
            let before = self.frames[level].rows_before[position(&level_plan.descendants, *below)];
            for _ in before..rows.count {
                match filled.required && value.cell == Cell::Null {
                    true => rows.columns[filled.column].push_placeholder(),
                    false => rows.columns[filled.column].push(&value.cell),
                }
            }
        }
        if let (Some(filled), true) = (is_missing, level > 0) {
            self.reject_element(level, filled);
        }
    }

    /// An element below the record lacks what its row cannot be without: it and the rows below it are dropped.
    fn reject_element(&mut self, level: usize, missing: &Filled) {
        let own = self.rows[level].count - 1;
        self.rows[level].drop_from(own);
        for below in self.plan.levels[level].descendants.clone() {
            let first = self.frames[level].rows_before[position(&self.plan.levels[level].descendants, below)];
            self.rows[below].drop_from(first);
        }
        let mut pointer = String::new();
        let mut at = Some(level);
        while let Some(index) = at {
            let keys = self.plan.levels[index].array.map(|array| pointer_of(&self.plan.nodes[array].path));
            pointer = format!("{}/{}{pointer}", keys.unwrap_or_default(), self.frames[index].index);
            at = self.plan.levels[index].parent;
        }
        self.rejects.push(Reject {
            reason: RejectReason::MissingRequired,
            pointer: format!("{}{pointer}", pointer_of(&self.plan.records)),
            index_in_page: self.records,
            detail: missing.name.clone(),
            text: self.frames[level].text.to_owned(),
        });
    }

    fn aggregate(&mut self, level: usize, column: usize, cell: &Cell<'_>) {
        let Cell::Instant(instant) = cell else { return };
        let mut above = self.plan.levels[level].parent;
        while let Some(index) = above {
            for (slot, aggregate) in self.plan.levels[index].aggregates.iter().enumerate() {
                if aggregate.level == level && aggregate.column == column {
                    let known = &mut self.frames[index].aggregates[slot];
                    *known = Some(match (*known, aggregate.is_least) {
                        (None, _) => *instant,
                        (Some(known), true) => known.min(*instant),
                        (Some(known), false) => known.max(*instant),
                    });
                }
            }
            above = self.plan.levels[index].parent;
        }
    }

    fn finish(mut self, input: &PageInput<'_>) -> Result<FlatPage, UnreadablePage> {
        let mut tables = Vec::with_capacity(self.plan.levels.len());
        for (rows, level) in self.rows.iter_mut().zip(&self.plan.levels) {
            tables.push(finish_table(rows, level, input)?);
        }
        Ok(FlatPage { tables, records: self.records, drift: self.drift(), rejects: self.rejects })
    }

    fn drift(&mut self) -> Drift {
        let plan = self.plan;
        let page = self.input.page;
        let mut drift = Drift::default();
        for ((node, key), (count, record)) in std::mem::take(&mut self.new_fields) {
            let node = &plan.nodes[node];
            let array = |level: usize| plan.levels[level].array.map(|array| pointer_of(&plan.nodes[array].path));
            let mut pointer = format!("{}/{}", pointer_of(&node.path), scalar::unescape(key).replace('~', "~0").replace('/', "~1"));
            let mut level = Some(node.level);
            while let Some(index) = level {
                if let Some(array) = array(index) {
                    pointer = format!("{array}/*{pointer}");
                }
                level = plan.levels[index].parent;
            }
            let one = FieldDrift { count, first: format!("{page} record {record}") };
            drift.merge(Drift { new_fields: BTreeMap::from([(pointer, one)]), ..Drift::default() });
        }
        for ((level, column), (count, record)) in &self.mismatches {
            let table = &plan.levels[*level].table;
            let column = table.schema.field(*column).name().clone();
            let one = FieldDrift { count: *count, first: format!("{page} record {record}") };
            drift.mismatches.insert((table.name.clone(), column), one);
        }
        drift
    }
}

fn finish_table(
    rows: &mut Rows,
    level: &crate::plan::Level,
    input: &PageInput<'_>,
) -> Result<FlatTable, UnreadablePage> {
    let table = &level.table;
    let too_large = |error: arrow_schema::ArrowError| UnreadablePage::TooLarge { message: error.to_string() };
    let arrays: Vec<ArrayRef> = rows
        .columns
        .iter_mut()
        .enumerate()
        .map(|(index, column)| -> ArrayRef {
            if index == table.fetched_at {
                let instants = TimestampMicrosecondArray::from_value(input.fetched_at, rows.count);
                Arc::new(instants.with_timezone("UTC"))
            } else if index == table.page {
                Arc::new(StringArray::from_iter_values(std::iter::repeat_n(input.page, rows.count)))
            } else {
                column.finish()
            }
        })
        .collect();
    let mut batch = RecordBatch::try_new(Arc::clone(&table.schema), arrays).map_err(too_large)?;
    let mut index_in_page = std::mem::take(&mut rows.index_in_page);
    if let Some(mut keep) = rows.keep.take() {
        keep.resize(rows.count, true);
        let mut kept = keep.iter();
        index_in_page.retain(|_| kept.next().copied().unwrap_or(true));
        batch = filter_record_batch(&batch, &BooleanArray::from(keep)).map_err(too_large)?;
    }
    let parents = match table.replace.is_empty() {
        true => None,
        false => {
            let fields: Vec<_> =
                table.replace.iter().map(|filled| table.schema.field(filled.column).clone()).collect();
            let keys: Vec<ArrayRef> = rows.parents.iter_mut().map(Column::finish).collect();
            let keys = RecordBatch::try_new(Arc::new(Schema::new(fields)), keys).map_err(too_large)?;
            Some(Parents { keys, index_in_page: std::mem::take(&mut rows.parents_index) })
        }
    };
    Ok(FlatTable { table: table.name.clone(), batch, index_in_page, parents })
}

fn find(plan: &Plan, children: &[usize], expected: usize, key: &str) -> Option<usize> {
    let is_key = |at: &usize| plan.nodes[children[*at]].key == key;
    (expected..children.len()).find(is_key).or_else(|| (0..expected.min(children.len())).find(is_key))
}

fn is_empty_object(raw: &str) -> bool {
    raw.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(|inside| inside.trim().is_empty())
}

fn pointer_of(keys: &[String]) -> String {
    keys.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

fn position(descendants: &[usize], level: usize) -> usize {
    descendants.iter().position(|descendant| *descendant == level).unwrap_or_default()
}
