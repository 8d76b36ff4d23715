//! The files of a table that stand there before others are made, one looked at only when it is asked for.

use convolake_model::Tree;

use crate::LoadError;
use crate::load::present_files::{NamedFile, named_files};
use crate::publish::commit::Commit;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::expected_file::OnNewer;
use crate::table::file::TableFile;
use crate::table::partition::Partition;
use crate::table::place::plain_name;

/// The files that stand of one pipeline's part of a table.
#[derive(Debug)]
pub(super) struct StandingFiles<'a> {
    lake: &'a LakeStorage,
    pipeline: &'a str,
    table: &'a str,
    /// In the Delta tree alone, by what the newest commit names; `None` in the plain tree, where a file lies under the name of its partition.
    in_delta: Option<Vec<NamedFile>>,
}

impl<'a> StandingFiles<'a> {
    /// Those of a table, as of the newest commit.
    pub(super) fn of(
        lake: &'a LakeStorage,
        pipeline: &'a str,
        head: Option<&Commit>,
        table: &'a str,
    ) -> Result<Self, LoadError> {
        let is_in_delta =
            |head: &&Commit| head.tables.get(table).is_some_and(|known| known.files_in == Tree::Delta);
        let snapshot =
            head.filter(is_in_delta).and_then(|head| head.snapshot(lake, pipeline, table, OnNewer::Refuse));
        let in_delta = snapshot.map(|snapshot| named_files(&snapshot)).transpose()?;
        Ok(Self { lake, pipeline, table, in_delta })
    }

    /// True where a successor takes the name of the file that stands there, and with it what readers see.
    pub(super) fn are_plain(&self) -> bool {
        self.in_delta.is_none()
    }

    /// The file of a partition, if there is one.
    pub(super) fn find(&self, partition: Partition) -> Result<Option<TableFile>, LoadError> {
        if let Some(files) = &self.in_delta {
            let named = files.iter().find(|named| named.file.partition == partition);
            return Ok(named.map(|named| named.if_there(self.lake)).transpose()?.flatten());
        }
        let name = plain_name(self.table, self.pipeline, partition);
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let listed = block_on(self.lake.list(folder))?.into_iter().find(|listed| listed.name == name);
        let file = |listed| Ok(TableFile::listed(partition, block_on(self.lake.file(listed))?));
        listed.map(file).transpose()
    }
}
