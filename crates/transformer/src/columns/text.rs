//! A growing column of texts.

use arrow_array::BinaryArray;
use arrow_buffer::OffsetBufferBuilder;
use arrow_schema::ArrowError;

use super::nulls::Nulls;

/// A growing column of texts, which are UTF-8. All of them together must fit Arrow's 32-bit offsets.
pub(crate) struct TextColumn {
    bytes: Vec<u8>,
    offsets: OffsetBufferBuilder<i32>,
    nulls: Nulls,
}

impl TextColumn {
    pub(crate) fn with_room(rows: usize, bytes: usize) -> Self {
        let offsets = OffsetBufferBuilder::new(rows);
        Self { bytes: Vec::with_capacity(bytes), offsets, nulls: Nulls::default() }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    #[inline]
    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    #[inline(always)]
    pub(crate) fn append(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.offsets.push_length(text.len());
    }

    pub(crate) fn append_n(&mut self, text: &str, n: usize) {
        self.bytes.reserve(text.len() * n);
        self.offsets.reserve(n);
        (0..n).for_each(|_| self.append(text.as_bytes()));
    }

    pub(crate) fn append_nulls(&mut self, n: usize) {
        self.nulls.add(self.len(), n);
        self.offsets.reserve(n);
        (0..n).for_each(|_| self.offsets.push_length(0));
    }

    /// The column so far, texts as bytes; it is empty afterwards.
    pub(crate) fn take(&mut self) -> Result<BinaryArray, ArrowError> {
        let nulls = self.nulls.take(self.len());
        let Self { bytes, offsets, .. } = std::mem::replace(self, Self::with_room(0, 0));
        let offsets = offsets.try_finish().map_err(|_| ArrowError::OffsetOverflowError(bytes.len()))?;
        BinaryArray::try_new(offsets, bytes.into(), nulls)
    }
}
