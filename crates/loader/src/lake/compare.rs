//! Holding a verified lake against one that was rebuilt from its landed pages.

use std::collections::BTreeMap;

use convolake_model::Table;

use crate::verify::{Findings, Verification};
use crate::{Lake, LoadError};

impl Verification {
    /// Holds a table's rows against those of `rebuilt`, a lake in which the files of this one's landed pages are staged,
    /// as [`crate::Load::stage_only`] gives them.
    ///
    /// # Errors
    /// A file that does not read.
    pub fn compare(
        &self,
        rebuilt: &Lake,
        staged: &BTreeMap<String, String>,
        table: &Table,
    ) -> Result<Findings, LoadError> {
        self.compare_rows(&rebuilt.storage, staged, table)
    }

    /// The records that `rebuilt` set aside and this lake's quarantine does not have.
    ///
    /// # Errors
    /// A file of `rebuilt` that does not read.
    pub fn compare_quarantine(&self, rebuilt: &Lake) -> Result<Findings, LoadError> {
        self.records_lost(&rebuilt.storage)
    }
}
