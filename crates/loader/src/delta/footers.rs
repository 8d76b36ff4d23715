//! Statistics that a commit does not tell, taken from the footers of the files.

use std::collections::BTreeSet;

use crate::delta::next_version::{Wanted, WantedFile};
use crate::delta::state::TableState;
use crate::delta::stats::{InstantStats, tells_nulls};
use crate::delta::table_schema::instants;
use crate::snapshot::FileSummary;
use crate::table::delta_file::DeltaFile;
use crate::table::file::{TableFileReader, fetch_footers};

impl Wanted<'_> {
    /// Reads the footers of the files of which neither the commit nor the log tells how many instants are null.
    pub(crate) fn read_footers(&mut self, state: Option<&TableState>) {
        let columns = instants(&self.schema_string);
        let of_log = state.into_iter().flat_map(|state| &state.files);
        let told: BTreeSet<DeltaFile> = of_log
            .filter(|(_, add)| tells_nulls(add.stats.as_deref(), &columns))
            .filter_map(|(path, _)| Some(DeltaFile::parse(path)?.0))
            .collect();
        let files = self.parts.values_mut().flat_map(|part| &mut part.files);
        let is_untold = |(file, wanted): &(&DeltaFile, &mut WantedFile)| {
            !wanted.stats.is_whole() && !told.contains(*file)
        };
        let untold: Vec<&mut WantedFile> = files.filter(is_untold).map(|(_, wanted)| wanted).collect();
        fetch_footers(untold.iter().map(|wanted| &wanted.committed_file));
        for wanted in untold {
            // Whoever needs a file that does not read tells of it; its log goes without.
            if let Ok(reader) = TableFileReader::open(&wanted.committed_file) {
                let summary = FileSummary::default().with_instants_of(&reader);
                wanted.stats = InstantStats::new(reader.n_rows(), summary);
            }
        }
    }
}
