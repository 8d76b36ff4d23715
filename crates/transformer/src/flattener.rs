//! The face of this crate: a schema compiled once, and pages made rows by it.

use arrow_schema::ArrowError;
use convolake_batch::TableBatch;
use convolake_model::{Envelope, OnMismatch, Pointer, StreamSchema, Table};
use indexmap::IndexMap;

use crate::compile::{CompileError, compile};
use crate::gather::Gathered;
use crate::json::{original, repair};
use crate::page::{FlatPage, PageInput, PageNotes, UnreadablePage};
use crate::plan::{ExpectedPlace, Plan};
use crate::report::Place;
use crate::walk::Walk;

/// A stream's schema, compiled. Shared by threads; each call of [`Flattener::flatten`] stands alone.
pub struct Flattener {
    plan: Plan,
    quarantine_mismatches: bool,
}

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

    /// Places of a page that are read by others, such as the cursor: fields beside the records that none of these holds are told of.
    #[must_use]
    pub fn knowing<'p>(mut self, places: impl IntoIterator<Item = &'p Pointer>) -> Self {
        places.into_iter().for_each(|place| self.plan.envelope.know(place));
        self
    }

    /// What the schema expects to stand in records.
    pub fn expected(&self) -> Vec<ExpectedPlace> {
        self.plan.expected()
    }

    /// Where rows of pages are gathered. Empty.
    pub fn gather(&self) -> Gathered {
        Gathered::new(&self.plan)
    }

    /// Turns a page into rows and puts them behind those that are gathered. What is gathered must come from
    /// [`Flattener::gather`] of this flattener, and should be taken before it has grown to many megabytes.
    ///
    /// # Errors
    /// A page that cannot be read: none of its rows stay.
    pub fn flatten_into(
        &self,
        input: &PageInput<'_>,
        gathered: &mut Gathered,
    ) -> Result<PageNotes, UnreadablePage> {
        let too_large = |bytes: usize| UnreadablePage::TooLarge { message: format!("{bytes} bytes") };
        if input.body.len() > MAX_PAGE_BYTES {
            return Err(too_large(input.body.len()));
        }
        let repaired = repair(input.body);
        if repaired.text.len() > MAX_PAGE_BYTES || !gathered.begin_page(repaired.text.len()) {
            return Err(too_large(repaired.text.len()));
        }
        let original = original(input.body, &repaired);
        let mut walk =
            Walk::new(&self.plan, &repaired.text, (input, original), self.quarantine_mismatches, gathered);
        let read = walk.page();
        let mut notes = walk.into_notes();
        let ended = read.and_then(|()| match gathered.end_page(&self.plan, input) {
            true => Ok(()),
            false => Err(too_large(repaired.text.len())),
        });
        if let Err(error) = ended {
            gathered.abandon_page(&self.plan);
            return Err(error);
        }
        notes.drift.replaced_characters = repaired.replaced;
        notes.drift.first_replaced = (repaired.replaced > 0).then(|| Place::new(&input.page.into(), 0));
        Ok(notes)
    }

    /// Takes what is gathered: a batch for each table, in the order of the stream's schema.
    ///
    /// # Errors
    /// Columns that make no batch, which would be a mistake of ours.
    pub fn take(&self, gathered: &mut Gathered) -> Result<Vec<TableBatch>, ArrowError> {
        gathered.take(&self.plan)
    }

    /// Turns one page into rows.
    ///
    /// # Errors
    /// A page that cannot be read: none of its rows leave.
    pub fn flatten(&self, input: &PageInput<'_>) -> Result<FlatPage, UnreadablePage> {
        let mut gathered = self.gather();
        let PageNotes { records, rejects, drift } = self.flatten_into(input, &mut gathered)?;
        let tables = self
            .take(&mut gathered)
            .map_err(|error| UnreadablePage::TooLarge { message: error.to_string() })?;
        Ok(FlatPage { tables, records, rejects, drift })
    }
}
