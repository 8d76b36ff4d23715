//! A column of texts, read as bytes.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_buffer::{ArrowNativeType, NullBuffer};

/// A column of texts, whether Arrow knows it as texts or as bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'a> {
    offsets: &'a [i32],
    bytes: &'a [u8],
    nulls: Option<&'a NullBuffer>,
}

impl<'a> Texts<'a> {
    #[inline]
    pub(crate) fn of(array: &'a dyn Array) -> Option<Self> {
        let nulls = array.nulls();
        if let Some(texts) = array.as_string_opt::<i32>() {
            return Some(Self { offsets: texts.value_offsets(), bytes: texts.value_data(), nulls });
        }
        let texts = array.as_binary_opt::<i32>()?;
        Some(Self { offsets: texts.value_offsets(), bytes: texts.value_data(), nulls })
    }

    #[inline]
    pub(crate) fn has_nulls(&self) -> bool {
        self.nulls.is_some()
    }

    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.nulls.is_some_and(|nulls| nulls.is_null(row))
    }

    /// Where the bytes of some rows are among those of all.
    #[inline]
    pub(crate) fn extent(&self, rows: Range<usize>) -> Range<usize> {
        self.offsets[rows.start].as_usize()..self.offsets[rows.end].as_usize()
    }

    /// The bytes of some rows, one behind the other.
    #[inline]
    pub(crate) fn all(&self, rows: Range<usize>) -> &'a [u8] {
        &self.bytes[self.extent(rows)]
    }

    /// Where each of some rows begins, and the last one ends.
    #[inline]
    pub(crate) fn bounds(&self, rows: Range<usize>) -> &'a [i32] {
        &self.offsets[rows.start..=rows.end]
    }

    /// How many bytes each of some rows has.
    #[inline]
    pub(crate) fn lengths(&self, rows: Range<usize>) -> impl Iterator<Item = usize> + use<'a> {
        let bounds = self.bounds(rows);
        bounds[1..].iter().zip(bounds).map(|(end, begin)| (end - begin).as_usize())
    }

    /// True where some rows, none of them null, hold the same: all as long as the first, and the bytes of each those of the
    /// next.
    #[inline]
    pub(crate) fn are_alike(&self, rows: Range<usize>) -> bool {
        let bounds = self.bounds(rows.clone());
        let len = bounds[1] - bounds[0];
        // Without a way out, so that several are compared at once.
        let lengths = bounds[1..].iter().zip(bounds).map(|(end, begin)| end - begin);
        let differs = lengths.fold(0, |differs, other| differs | (other ^ len));
        let (all, len) = (self.all(rows), len.as_usize());
        differs == 0 && all[..all.len() - len] == all[len..]
    }

    /// True where two cells are null, or hold the same bytes.
    #[inline]
    pub(crate) fn equal(&self, row: usize, other: &Self, other_row: usize) -> bool {
        self.is_null(row) == other.is_null(other_row)
            && (self.is_null(row) || self.bytes(row) == other.bytes(other_row))
    }

    /// The bytes of a row's text; none where it is null.
    #[inline]
    pub(crate) fn bytes(&self, row: usize) -> &'a [u8] {
        &self.bytes[self.extent(row..row + 1)]
    }

    /// The bytes of a row's text, unless it is null.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<&'a [u8]> {
        (!self.is_null(row)).then(|| self.bytes(row))
    }

    /// A row's text.
    pub(crate) fn text(&self, row: usize) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes(row))
    }
}
