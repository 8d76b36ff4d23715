//! Where the file of a partition lies: the one owner of that, in both directions.

use serde::{Deserialize, Serialize};

use crate::paths;
use crate::table::delta_file::DeltaFile;
use crate::table::partition::Partition;

/// In which tree a table file lies. Written as the number of the commit, which files of the plain tree have none of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Option<u64>", into = "Option<u64>")]
pub(crate) enum Place {
    /// In the plain tree, under the name of its partition. Its successor takes its place.
    #[default]
    Plain,
    /// In the Delta tree alone, under a name that it has as the file of the commit of this number. It is never replaced, and removed by
    /// a vacuum alone.
    Delta { seq: u64 },
}

impl Place {
    /// The name within the lake of the file of this content.
    pub(crate) fn name(self, table: &str, pipeline: &str, partition: Partition, sha256: &str) -> String {
        match self {
            Self::Plain => plain_name(table, pipeline, partition),
            Self::Delta { seq } => {
                let path = DeltaFile::new(pipeline, partition, sha256).path(seq);
                format!("{}/{path}", paths::delta_table(table))
            }
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

impl From<Option<u64>> for Place {
    fn from(seq: Option<u64>) -> Self {
        seq.map_or(Self::Plain, |seq| Self::Delta { seq })
    }
}

impl From<Place> for Option<u64> {
    fn from(place: Place) -> Self {
        match place {
            Place::Plain => None,
            Place::Delta { seq } => Some(seq),
        }
    }
}

/// The name within the lake of a partition's file in the plain tree.
pub(crate) fn plain_name(table: &str, pipeline: &str, partition: Partition) -> String {
    format!("{}/{}", paths::table(table, pipeline), partition.file())
}

/// What the file of a partition is told apart by, wherever it lies: its name in the plain tree. A name that is of no table file stands for
/// itself.
pub(crate) fn partition_name(name: &str) -> String {
    let plain = || {
        let (table, path) = name.strip_prefix(paths::DELTA)?.strip_prefix('/')?.split_once('/')?;
        let (DeltaFile { source, partition, .. }, _) = DeltaFile::parse(path)?;
        Some(plain_name(table, &source, partition))
    };
    plain().unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_partition_in_both_trees() {
        let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let partition = Partition::parse("month=2025-04/part-3.parquet").unwrap();
        let name = |place: Place| place.name("messages", "agentx", partition, sha256);
        let plain = "messages/source=agentx/month=2025-04/part-3.parquet";
        assert_eq!(name(Place::Plain), plain);
        let of_delta = "delta/messages/source=agentx/month=2025-04/part-3-00000042-9f86d081884c7d65.parquet";
        assert_eq!(name(Place::Delta { seq: 42 }), of_delta);
        assert_eq!([plain, of_delta].map(partition_name), [plain, plain]);
        assert_eq!(partition_name("delta/messages/x.parquet"), "delta/messages/x.parquet");
    }

    /// Files of the plain tree are written as they were before there were others.
    #[test]
    fn a_place_is_the_number_of_a_commit() {
        assert_eq!(serde_json::to_string(&Place::Delta { seq: 7 }).unwrap(), "7");
        assert_eq!(serde_json::from_str::<Place>("7").unwrap(), Place::Delta { seq: 7 });
    }
}
