//! The groups of a file's rows and of a load's, as short hashes.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::LoadError;
use crate::rows::cells::{Cells, HashedBuilder, hash_of, rows_alike};
use crate::storage::stored_file::StoredFile;
use crate::table::file::{TableFileReader, in_file_order};
use crate::table::layout::TableLayout;

/// A load that touches more opens all files: it is large anyway.
const MAX_TOUCHED: usize = if cfg!(test) { 3 } else { 1 << 18 };

type ShortHashes = HashSet<u32, HashedBuilder>;

/// Half of a group's hash: of a million touched groups two are mistaken for one in a file of a thousand others, which is
/// then opened in vain.
fn short(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// The groups a load touches, while they are few.
#[derive(Debug, Default)]
pub(crate) struct TouchedGroups {
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

    /// `None` where they are not few.
    pub(crate) fn few(&self) -> Option<&ShortHashes> {
        (!self.are_many).then_some(&self.hashes)
    }
}

/// The groups of a file's rows: their short hashes, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupHashes(Vec<u32>);

/// Collects the groups of rows.
pub(crate) struct GroupHasher {
    columns: Vec<usize>,
    /// `None` once a batch came whose columns no hash is made of.
    hashes: Option<ShortHashes>,
}

impl GroupHasher {
    /// Of rows of this table.
    pub(crate) fn of(layout: &TableLayout) -> Self {
        Self { columns: layout.index_columns(), hashes: Some(ShortHashes::default()) }
    }

    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        let (Some(cells), Some(hashes)) = (Cells::columns(batch, &self.columns), &mut self.hashes) else {
            self.hashes = None;
            return;
        };
        let mut rows = 0..batch.num_rows();
        while !rows.is_empty() {
            hashes.insert(short(hash_of(&cells, rows.start, 0)));
            // Rows of a group are adjacent.
            rows.start += rows_alike(&cells, rows.clone());
        }
    }

    pub(crate) fn finish(self) -> Option<GroupHashes> {
        let mut hashes: Vec<u32> = self.hashes?.into_iter().collect();
        hashes.sort_unstable();
        Some(GroupHashes(hashes))
    }
}

impl GroupHashes {
    /// Reads the groups of a file's rows; `None` where the file is of another schema of the table.
    pub(crate) fn of(layout: &TableLayout, file: &StoredFile) -> Result<Option<Self>, LoadError> {
        let reader = TableFileReader::open_stored(file)?;
        let Some(reader) = reader.of_table(layout) else { return Ok(None) };
        let (columns, places) = in_file_order(&layout.index_columns());
        let mut groups = GroupHasher { columns: places, hashes: Some(ShortHashes::default()) };
        for batch in reader.read(Some(&columns), None, None)? {
            groups.add(&batch?);
        }
        Ok(groups.finish())
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
