//! The groups of a file's rows and of a load's, as short hashes.

use std::collections::HashSet;
use std::ops::Range;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::rows::cells::{Cells, HashedBuilder, hash_of, rows_alike};

/// A load that touches more opens all files: it is large anyway.
const MAX_TOUCHED: usize = if cfg!(test) { 3 } else { 1 << 18 };

pub(crate) type ShortHashes = HashSet<u32, HashedBuilder>;

/// Half of a group's hash: of a million touched groups two are mistaken for one in a file of a thousand others, which is
/// then opened in vain.
fn short(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// The groups a load touches, while they are few: conversations, where the tables are built in.
#[derive(Debug, Clone, Default)]
pub struct TouchedGroups {
    hashes: ShortHashes,
    last: Option<u64>,
    are_many: bool,
}

impl TouchedGroups {
    pub(crate) fn add(&mut self, hash: u64) {
        if self.last.replace(hash) != Some(hash) && !self.are_many {
            self.hashes.insert(short(hash));
            if self.hashes.len() > MAX_TOUCHED {
                (self.hashes, self.are_many) = (ShortHashes::default(), true);
            }
        }
    }

    /// Those of another load or table as well.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.are_many |= other.are_many;
        self.hashes.extend(&other.hashes);
        if self.are_many || self.hashes.len() > MAX_TOUCHED {
            (self.hashes, self.are_many) = (ShortHashes::default(), true);
        }
    }

    /// How many are touched; 0 where they are not few.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// True where none is touched.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty() && !self.are_many
    }

    /// `None` where they are not few.
    pub(crate) fn few(&self) -> Option<&ShortHashes> {
        (!self.are_many).then_some(&self.hashes)
    }
}

/// The groups of a file's rows: their short hashes, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GroupHashes(Vec<u32>);

/// The hash of each group whose columns hold these texts; a text a column, row by row. `None` where they are not few.
pub(crate) fn hashes_of_texts(columns: &[StringArray]) -> Option<ShortHashes> {
    let n_rows = columns.first().map_or(0, arrow_array::Array::len);
    let cells: Option<Vec<Cells<'_>>> = columns.iter().map(|column| Cells::of(column)).collect();
    let cells = cells.filter(|_| n_rows <= MAX_TOUCHED)?;
    Some((0..n_rows).map(|row| short(hash_of(&cells, row, 0))).collect())
}

/// For each row whether it is of one of these groups, by the group's columns.
pub(crate) fn rows_of_groups(columns: &[ArrayRef], touched: &ShortHashes) -> Option<Vec<bool>> {
    let n_rows = columns.first().map_or(0, |column| column.len());
    let cells: Option<Vec<Cells<'_>>> = columns.iter().map(|column| Cells::of(column.as_ref())).collect();
    let cells = cells?;
    Some((0..n_rows).map(|row| touched.contains(&short(hash_of(&cells, row, 0)))).collect())
}

/// The groups of some adjacent rows, whose group's columns are `cells`.
pub(crate) fn groups_of(cells: &[Cells<'_>], mut rows: Range<usize>, mut each: impl FnMut(u32)) {
    while !rows.is_empty() {
        each(short(hash_of(cells, rows.start, 0)));
        // Rows of a group are adjacent.
        rows.start += rows_alike(cells, rows.clone());
    }
}

/// Collects the groups of rows.
#[derive(Debug)]
pub(crate) struct GroupHasher {
    columns: Vec<usize>,
    /// `None` once a batch came whose columns no hash is made of.
    hashes: Option<ShortHashes>,
}

impl GroupHasher {
    /// Of batches that have the group's columns at these places.
    pub(crate) fn new(columns: Vec<usize>) -> Self {
        Self { columns, hashes: Some(ShortHashes::default()) }
    }

    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        let (Some(cells), Some(hashes)) = (Cells::columns(batch, &self.columns), &mut self.hashes) else {
            self.hashes = None;
            return;
        };
        groups_of(&cells, 0..batch.num_rows(), |hash| {
            hashes.insert(hash);
        });
    }

    pub(crate) fn finish(self) -> Option<GroupHashes> {
        let mut hashes: Vec<u32> = self.hashes?.into_iter().collect();
        hashes.sort_unstable();
        Some(GroupHashes(hashes))
    }
}

impl GroupHashes {
    pub(crate) fn of(hashes: impl IntoIterator<Item = u32>) -> Self {
        let mut hashes: Vec<u32> = hashes.into_iter().collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// These and others.
    pub(crate) fn union(&self, others: &ShortHashes) -> Self {
        Self::of(self.0.iter().chain(others).copied())
    }

    /// True where one of some groups, which are few, is among these.
    pub(crate) fn meet_any(&self, groups: &[u32]) -> bool {
        !self.0.is_empty() && groups.iter().any(|hash| self.0.binary_search(hash).is_ok())
    }

    /// True where one of these groups is touched.
    pub(crate) fn meet(&self, touched: &ShortHashes) -> bool {
        match touched.len() < self.0.len() {
            true => touched.iter().any(|hash| self.0.binary_search(hash).is_ok()),
            false => self.0.iter().any(|hash| touched.contains(hash)),
        }
    }
}

impl Serialize for GroupHashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for GroupHashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(text).map_err(de::Error::custom)?;
        let (hashes, rest) = bytes.as_chunks::<4>();
        match rest {
            [] => Ok(Self(hashes.iter().map(|hash| u32::from_le_bytes(*hash)).collect())),
            _ => Err(de::Error::custom("the hashes are cut off")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_are_written_and_met(
            of_file in proptest::collection::btree_set(any::<u32>(), 0..20),
            others in proptest::collection::vec(any::<u32>(), 0..20),
            shared in any::<prop::sample::Index>(),
        ) {
            let of_file: Vec<u32> = of_file.into_iter().collect();
            let groups = GroupHashes(of_file.clone());
            let text = serde_json::to_string(&groups).unwrap();
            prop_assert_eq!(&serde_json::from_str::<GroupHashes>(&text).unwrap(), &groups);
            let mut touched: ShortHashes = others.into_iter().filter(|hash| !of_file.contains(hash)).collect();
            prop_assert!(!groups.meet(&touched));
            if !of_file.is_empty() {
                touched.insert(of_file[shared.index(of_file.len())]);
                prop_assert!(groups.meet(&touched));
            }
        }
    }
}
