use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::conversations::Conversations;
use crate::load::shape::Shape;
use crate::{Lake, LoadError, layout, seal};

/// The format this program writes; another one is as good as none.
const VERSION: u32 = 1;

/// What is known of a table's files of one month.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Month {
    version: u32,
    /// The hash of the table's schema, and the columns that were hashed: of another table nothing counts.
    schema: String,
    columns: Vec<String>,
    /// By their names within the table's folder.
    files: BTreeMap<String, IndexedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IndexedFile {
    /// Tells the file that was read from all others under its name.
    pub(super) stamp: String,
    pub(super) conversations: Conversations,
}

/// A month as it stands, blank where nothing that counts does.
pub(super) struct ReadMonth {
    pub(super) index: Month,
    /// The version of the object, where there is one.
    pub(super) replaces: Option<String>,
}

impl Month {
    fn blank(shape: &Shape) -> Self {
        let name = |at: &usize| shape.schema.field(shape.unit[*at]).name().clone();
        Self {
            version: VERSION,
            schema: shape.hash.clone(),
            columns: shape.indexed.iter().map(name).collect(),
            files: BTreeMap::new(),
        }
    }

    pub(super) async fn read(
        lake: &Lake,
        pipeline: &str,
        shape: &Shape,
        month: &str,
    ) -> Result<ReadMonth, LoadError> {
        let object = layout::index(pipeline, &shape.name, month);
        let blank = Self::blank(shape);
        let Some((bytes, version)) = lake.objects.get_version(&object).await? else {
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

    pub(super) async fn write(
        &self,
        lake: &Lake,
        pipeline: &str,
        shape: &Shape,
        month: &str,
        replaces: Option<String>,
    ) -> Result<(), LoadError> {
        let object = layout::index(pipeline, &shape.name, month);
        let bytes = Bytes::from(seal::seal(&object, self)?);
        lake.objects.write_over(&object, bytes, replaces).await
    }

    /// The conversations of a file, if it is the one that was read.
    pub(super) fn file(&self, name: &str, stamp: Option<&str>) -> Option<&Conversations> {
        let file = self.files.get(name)?;
        (Some(file.stamp.as_str()) == stamp).then_some(&file.conversations)
    }

    /// Takes these files for all there are.
    pub(super) fn set(&mut self, files: BTreeMap<String, IndexedFile>) {
        self.files = files;
    }
}
