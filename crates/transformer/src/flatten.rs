use convolake_model::{Envelope, OnMismatch, StreamSchema, Table};
use indexmap::IndexMap;

use crate::compile::{CompileError, compile};
use crate::page::{FlatPage, PageInput, UnreadablePage};
use crate::plan::Plan;
use crate::repair::repair;
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
