//! The state of a walk over a page.

use super::column_value::OpenElements;
use super::frame::Frame;
use super::member_order::MemberOrder;
use super::way::Step;
use crate::columns::Cell;
use crate::dates::LastDay;
use crate::gather::{Gathered, TableRows, params};
use crate::json::Reader;
use crate::page::{PageInput, PageNotes};
use crate::plan::{ColumnPlan, Plan};
use crate::report::{JsonKind, PageCounts, Rejects};

/// One pass over a page. The plan pulls the reader, the frames hold the open elements, the rows are what becomes of them.
pub(crate) struct Walk<'a> {
    pub(super) plan: &'a Plan,
    pub(super) input: &'a PageInput<'a>,
    /// The page as it came, where each place of its text has the same offset in it as in the text that is read.
    pub(super) original: Option<&'a str>,
    pub(super) quarantine_mismatches: bool,
    pub(super) reader: Reader<'a>,
    /// The order in which members of objects are expected.
    pub(super) order: MemberOrder,
    /// The open element of each level.
    pub(super) frames: Vec<Frame<'a>>,
    /// The generation of the element each node was last met in: a node is present in an element of the same generation.
    pub(super) present: Vec<u64>,
    /// The number of elements opened so far: the newest one's generation.
    pub(super) generation: u64,
    /// The generation of the open element of a joined array, which nodes below it bear in place of their level's.
    pub(super) joined_element: u64,
    /// For each level the generation of the record in which the array of its elements was last met.
    pub(super) told: Vec<u64>,
    /// The rows of each level's table, with those of earlier pages.
    pub(super) rows: &'a mut [TableRows],
    /// For each level the required column that is to hold a param the page has not.
    pub(super) without_param: Vec<Option<&'a ColumnPlan>>,
    /// How many records have ended: the index of the open one.
    pub(super) records: u32,
    /// The first mismatch of the open record, as level and column.
    pub(super) record_mismatch: Option<(usize, usize)>,
    /// The level and column of the open record's rows whose text is more than a page may make.
    pub(super) too_large: Option<(usize, usize)>,
    pub(super) rejects: Rejects,
    pub(super) counts: PageCounts<'a>,
    /// For texts that have to be made: unescaped, joined, from templates.
    pub(super) scratch: String,
    pub(super) last_day: LastDay,
    /// The envelope's flag, as far as it has been read.
    pub(super) success: Option<bool>,
    /// The source's own words about a failure.
    pub(super) message: Option<String>,
    /// How often something stood where records should, `null` and what is empty included.
    pub(super) hits: usize,
    /// What else stood there.
    pub(super) misplaced: Option<JsonKind>,
    /// The way through the page as far as it has been walked.
    pub(super) way: Vec<Step<'a>>,
    /// True while the index of a record on the page is its index in the array where the stream's records stand.
    pub(super) is_counted_by_index: bool,
    /// What columns take from beside the records.
    pub(super) beside: Frame<'a>,
}

impl<'a> Walk<'a> {
    /// A walk over `text` whose rows go behind those gathered so far.
    pub(crate) fn new(
        plan: &'a Plan,
        text: &'a str,
        (input, original): (&'a PageInput<'a>, Option<&'a str>),
        quarantine_mismatches: bool,
        gathered: &'a mut Gathered,
    ) -> Self {
        let without_param = plan.levels.iter().map(|level| {
            let is_missing =
                |column: &&ColumnPlan| column.required && params::cell(input, &column.value) == Cell::Null;
            level.table.params.iter().find(is_missing)
        });
        Self {
            plan,
            input,
            original,
            quarantine_mismatches,
            reader: Reader::new(text),
            order: MemberOrder::of(plan),
            frames: plan.levels.iter().map(Frame::new).collect(),
            present: vec![0; plan.nodes.len()],
            generation: 0,
            joined_element: 0,
            told: vec![0; plan.levels.len()],
            rows: &mut gathered.tables,
            without_param: without_param.collect(),
            records: 0,
            record_mismatch: None,
            too_large: None,
            rejects: Rejects::new(plan.envelope.records.clone()),
            counts: PageCounts::new(plan),
            scratch: String::new(),
            last_day: LastDay::default(),
            success: None,
            message: None,
            hits: 0,
            misplaced: None,
            way: Vec::new(),
            is_counted_by_index: true,
            beside: Frame::of_page(plan.envelope.slots),
        }
    }

    /// What columns are looked up in.
    pub(super) fn open(&self) -> OpenElements<'_, 'a> {
        OpenElements { frames: &self.frames, beside: &self.beside, present: &self.present, input: self.input }
    }

    /// What the page gave besides rows.
    pub(crate) fn into_notes(self) -> PageNotes {
        let drift = self.counts.into_drift(self.plan, self.input.page);
        PageNotes { records: self.records, rejects: self.rejects, drift }
    }
}
