//! The index of one month, as an object of the store.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::index::group_hashes::GroupHashes;
use crate::storage::{Expected, LakeStorage, ObjectVersion, seal};
use crate::table::layout::TableLayout;
use crate::{LoadError, paths};

/// The format this program writes; another one is as good as none.
const VERSION: u32 = 1;

/// What is known of a table's files of one month.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Month {
    version: u32,
    /// The hash of the table's schema, and the columns that were hashed: of another table nothing counts.
    schema: String,
    columns: Vec<String>,
    /// By their names within the table's folder.
    files: BTreeMap<String, IndexedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IndexedFile {
    /// Tells the file that was read from all others under its name.
    pub(crate) stamp: ObjectVersion,
    /// Named for what groups were before tables could say them.
    #[serde(rename = "conversations")]
    pub(crate) groups: GroupHashes,
}

/// The index of a month as it is stored; blank where there is none that counts.
pub(crate) struct ReadMonth {
    pub(crate) index: Month,
    /// The version of the object, where there is one.
    pub(crate) replaces: Option<ObjectVersion>,
}

impl Month {
    fn blank(layout: &TableLayout) -> Self {
        let name = |column: &usize| layout.schema.field(*column).name().clone();
        Self {
            version: VERSION,
            schema: layout.hash.clone(),
            columns: layout.index_columns().iter().map(name).collect(),
            files: BTreeMap::new(),
        }
    }

    pub(crate) async fn read(
        lake: &LakeStorage,
        pipeline: &str,
        layout: &TableLayout,
        month: &str,
    ) -> Result<ReadMonth, LoadError> {
        let object = paths::index(pipeline, &layout.name, month);
        let blank = Self::blank(layout);
        let Some((bytes, version)) = lake.get_with_version(&object).await? else {
            return Ok(ReadMonth { index: blank, replaces: None });
        };
        let index = match seal::open::<Self>(&object, &bytes, VERSION) {
            Ok(read) if (&read.schema, &read.columns) == (&blank.schema, &blank.columns) => read,
            Ok(_) => blank,
            Err(error) => {
                tracing::debug!(%error, "an index that does not read is made anew");
                blank
            }
        };
        Ok(ReadMonth { index, replaces: Some(version) })
    }

    pub(crate) async fn write(
        &self,
        lake: &LakeStorage,
        pipeline: &str,
        layout: &TableLayout,
        month: &str,
        replaces: Option<ObjectVersion>,
    ) -> Result<(), LoadError> {
        let object = paths::index(pipeline, &layout.name, month);
        let bytes = Bytes::from(seal::seal(&object, self)?);
        // Where another one stands there meanwhile, that stays: its writer has told the truth as well.
        let expected = replaces.map_or(Expected::Absent, Expected::Version);
        lake.replace(&object, bytes, &expected).await.map(drop)
    }

    /// The groups of a file's rows, if it is the file that was read.
    pub(crate) fn file(&self, name: &str, stamp: &ObjectVersion) -> Option<&GroupHashes> {
        let file = self.files.get(name)?;
        (file.stamp == *stamp).then_some(&file.groups)
    }

    /// Replaces the files of the month.
    pub(crate) fn set(&mut self, files: BTreeMap<String, IndexedFile>) {
        self.files = files;
    }
}
