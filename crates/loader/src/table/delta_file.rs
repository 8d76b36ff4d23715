//! What a file of the Delta tree is called, and what its name tells.

use std::collections::BTreeMap;

use crate::paths;
use crate::table::partition::Partition;

/// Digits of the content's SHA-256 in a name.
const DIGITS: usize = 16;

/// A file below a table's folder, by what its name tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DeltaFile {
    pub(crate) source: String,
    pub(crate) partition: Partition,
    /// The first digits of the content's SHA-256.
    pub(crate) digits: String,
}

impl DeltaFile {
    pub(crate) fn new(source: &str, partition: Partition, sha256: &str) -> Self {
        let digits = sha256.get(..DIGITS).unwrap_or(sha256).to_owned();
        Self { source: source.to_owned(), partition, digits }
    }

    /// Its path below the table's folder, as the file that the commit of this number brings. All characters stand for themselves in a URL.
    pub(crate) fn path(&self, seq: u64) -> String {
        let file = self.partition.file();
        let stem = file.strip_suffix(".parquet").unwrap_or(&file);
        format!("source={}/{stem}-{seq:08}-{}.parquet", self.source, self.digits)
    }

    /// Reads such a path back, with the number of the commit; `None` for one that is none of ours.
    pub(crate) fn parse(path: &str) -> Option<(Self, u64)> {
        let (source, file) = path.strip_prefix("source=")?.split_once('/')?;
        paths::name("the pipeline", source).ok()?;
        let (rest, digits) = file.strip_suffix(".parquet")?.rsplit_once('-')?;
        let (stem, seq) = rest.rsplit_once('-')?;
        let partition = Partition::parse(&format!("{stem}.parquet"))?;
        let parsed = Self { source: source.to_owned(), partition, digits: digits.to_owned() };
        let seq = seq.parse().ok()?;
        (parsed.path(seq) == path && digits.len() == DIGITS).then_some((parsed, seq))
    }

    /// The values of the partition columns.
    pub(crate) fn partition_values(&self) -> BTreeMap<String, Option<String>> {
        let source = ("source".to_owned(), Some(self.source.clone()));
        let time = (self.partition.by.folder_column().to_owned(), self.partition.value());
        BTreeMap::from([source, time])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_back() {
        let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for plain in [
            "month=2025-04/part-0.parquet",
            "date=2025-04-15/part-13.parquet",
            "month=__HIVE_DEFAULT_PARTITION__/part-0.parquet",
        ] {
            let file = DeltaFile::new("agent-x.2", Partition::parse(plain).unwrap(), sha256);
            assert_eq!(DeltaFile::parse(&file.path(42)), Some((file, 42)));
        }
        for foreign in [
            "source=a/month=2025-04/part-00000-3b0c-c000.snappy.parquet",
            "source=a/month=2025-04/part-0.parquet",
            "source=a/month=2025-04/part-0-42-9f86d081884c7d65.parquet",
            "month=2025-04/part-0-00000042-9f86d081884c7d65.parquet",
            "source=../month=2025-04/part-0-00000042-9f86d081884c7d65.parquet",
            "",
        ] {
            assert_eq!(DeltaFile::parse(foreign), None, "{foreign}");
        }
    }
}
