//! A growing column of numbers, days or instants.

use arrow_array::{ArrowPrimitiveType, PrimitiveArray};

use super::nulls::Nulls;

/// Values of one primitive type, with what stands for them where there is none.
pub(crate) struct NumberColumn<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    nulls: Nulls,
}

impl<T: ArrowPrimitiveType> NumberColumn<T> {
    pub(crate) fn with_room(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows), nulls: Nulls::default() }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Makes `value` the one at `row`, those before that have none being null.
    #[inline(always)]
    pub(crate) fn put(&mut self, row: usize, value: T::Native) {
        let missing = row.saturating_sub(self.values.len());
        if missing > 0 {
            self.append_nulls(missing);
        }
        self.values.push(value);
    }

    pub(crate) fn append_n(&mut self, value: T::Native, n: usize) {
        self.values.resize(self.values.len() + n, value);
    }

    pub(crate) fn append_nulls(&mut self, n: usize) {
        self.nulls.add(self.values.len(), n);
        self.append_n(T::Native::default(), n);
    }

    /// The value at `row`, if there is one.
    pub(crate) fn value(&self, row: usize) -> Option<T::Native> {
        self.values.get(row).copied().filter(|_| !self.nulls.contains(row))
    }

    /// The values from the one at `row` on; `None` where one of them is null.
    pub(crate) fn values_from(&self, row: usize) -> Option<&[T::Native]> {
        if self.nulls.has_any_from(row) { None } else { self.values.get(row..) }
    }

    /// The column so far; it is empty afterwards.
    pub(crate) fn take(&mut self) -> PrimitiveArray<T> {
        let nulls = self.nulls.take(self.values.len());
        PrimitiveArray::new(std::mem::take(&mut self.values).into(), nulls)
    }
}
