//! What is found wrong, and what helps.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is wrong, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A commit's number is left out.
    CommitMissing,
    /// A commit or an intent does not read, or is not what was sealed.
    CommitDamaged,
    /// A commit does not name the one before it as its parent.
    CommitOutOfLine,
    /// An archive of landed pages, commits or reports that the newest commit names is not there, or is another.
    ArchiveDamaged,
    /// A manifest that the newest commit names is not there, does not read, or names other files than the commits wrote.
    ManifestDamaged,
    /// What a manifest says of the rows of a file, so that merges and reads pass it over, is not so.
    SummaryWrong,
    /// An interrupted run has begun to publish, and nobody has brought it to its end yet.
    IntentOpen,
    /// A table file that a commit knows is not there.
    FileMissing,
    /// A table file that no commit knows.
    FileUnknown,
    /// A file in a table's folder that is no table file.
    FileForeign,
    /// A table file does not open, or does not read to its end.
    FileUnreadable,
    /// A table file is another than the newest commit that names it wrote.
    FileChanged,
    /// A table file, or what the commits say of a table, has other columns than the table.
    SchemaChanged,
    /// A key is there more than once.
    KeyDoubled,
    /// A row lies in the partition of another date.
    PartitionWrong,
    /// A row lies in another bucket than its conversation.
    BucketWrong,
    /// The rows of a file are not in the table's order.
    OrderWrong,
    /// A row refers to a row of another table that is not there.
    ParentMissing,
    /// A row names a landed page that is not there.
    PageMissing,
    /// A landed page does not read.
    PageUnreadable,
    /// A landed page gives a row that the table lacks.
    RowMissing,
    /// The table has a row that no landed page gives.
    RowUnaccounted,
    /// A row is another than the landed pages give.
    RowDiffers,
    /// A landed record that makes no row is not in quarantine.
    RecordLost,
    /// A quarantine file does not read.
    QuarantineUnreadable,
    /// The log of a Delta table does not read.
    DeltaUnreadable,
    /// Somebody else has changed a Delta table.
    DeltaForeign,
    /// A Delta table does not show what the newest commit names, or shows a later commit than the lake has.
    DeltaBehind,
    /// Two files of a Delta table are of one partition.
    DeltaDoubled,
    /// What runs keep of the counts that records declare is not what a count of all rows gives.
    CountsWrong,
}

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The tables are rebuilt from the raw zone.
    Replay,
    /// The file is moved out of the lake, and the tables are rebuilt from the raw zone.
    MoveAwayAndReplay,
    /// The file is moved out of the lake.
    MoveAway,
    /// The next run brings it to its end.
    Run,
    /// The derived tables of the source are built anew.
    Derive,
    /// It is moved out of the lake, and the derived tables of the source are built anew.
    MoveAwayAndDerive,
    /// The Delta tables are brought to the newest commit.
    Publish,
    /// The Delta tables are made what the lake holds, whatever stands there.
    PublishAnew,
    /// The Delta table's folder is moved out of the lake, and written anew.
    MoveAwayAndPublish,
    /// Nothing can stand in for it but a copy.
    Restore,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The file, object or folder, by its name within the lake.
    pub place: String,
    /// What exactly.
    pub detail: String,
    /// What helps.
    pub remedy: Remedy,
}

/// Findings, as many of each kind as anybody reads, and how many there are of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// The first of each kind.
    pub first: Vec<Finding>,
    /// How many of each kind there are.
    pub counts: BTreeMap<FindingKind, u64>,
}

impl Findings {
    /// So many of a kind are kept.
    pub const MAX_OF_A_KIND: u64 = 20;

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.push_times(finding, 1);
    }

    /// Adds a finding that stands for `times` of its kind.
    pub fn push_times(&mut self, finding: Finding, times: u64) {
        let count = self.counts.entry(finding.kind).or_default();
        if *count < Self::MAX_OF_A_KIND {
            self.first.push(finding);
        }
        *count += times;
    }

    /// Adds all of another.
    pub fn append(&mut self, other: Self) {
        for finding in other.first {
            if self.counts.get(&finding.kind).is_none_or(|count| *count < Self::MAX_OF_A_KIND) {
                self.first.push(finding);
            }
        }
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
    }

    /// Takes all of a kind out, and gives their number.
    pub fn take(&mut self, kind: FindingKind) -> u64 {
        self.first.retain(|finding| finding.kind != kind);
        self.counts.remove(&kind).unwrap_or_default()
    }

    /// True where nothing was found.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    pub(crate) fn add(
        &mut self,
        kind: FindingKind,
        place: impl Into<String>,
        detail: impl Into<String>,
        remedy: Remedy,
    ) {
        self.push(Finding { kind, place: place.into(), detail: detail.into(), remedy });
    }
}
