use arrow_array::Array;

use super::cells::{Cells, hash_of};
use super::piece::Piece;
use super::shape::Shape;
use super::version::PageVersion;
use crate::partition::{Partition, day_of};

/// The columns of a piece that the fold looks at.
pub(crate) struct View<'a> {
    pub(crate) unit: Vec<Cells<'a>>,
    pub(crate) key: Vec<Cells<'a>>,
    conversation: Vec<Cells<'a>>,
    pub(crate) content: Vec<Cells<'a>>,
    date: Vec<Cells<'a>>,
    pub(crate) lineage: Vec<Cells<'a>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(shape: &Shape, piece: &'a Piece) -> Option<Self> {
        let columns = |columns: &[usize]| Cells::columns(&piece.batch, columns);
        Some(Self {
            unit: columns(&shape.unit)?,
            key: columns(&shape.key)?,
            conversation: columns(&shape.conversation)?,
            content: columns(&shape.content)?,
            date: columns(&shape.date)?,
            lineage: columns(&[shape.fetched_at, shape.page])?,
        })
    }

    fn day(&self, row: usize) -> Option<i32> {
        let instant = self.date.iter().find_map(|column| match column {
            Cells::Timestamp(instants) if instants.is_valid(row) => Some(instants.value(row)),
            _ => None,
        });
        instant.and_then(day_of)
    }

    /// The version of a stored row.
    pub(crate) fn version(&self, row: usize) -> PageVersion {
        match self.lineage[..] {
            [Cells::Timestamp(fetched_at), Cells::Text(page)] => {
                PageVersion::of_row(fetched_at.value(row), page.value(row))
            }
            _ => PageVersion { fetched_at_us: i64::MIN, object: String::new(), line: 0 },
        }
    }

    pub(crate) fn partition(&self, row: usize, buckets: u32) -> Partition {
        let bucket = if buckets == 1 { 0 } else { hash_of(&self.conversation, row, 0) % u64::from(buckets) };
        Partition { day: self.day(row), bucket: u32::try_from(bucket).unwrap_or_default() }
    }
}
