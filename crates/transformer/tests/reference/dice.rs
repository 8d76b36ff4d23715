//! Choices drawn from bytes: what shrinks the bytes shrinks what was chosen. When they run out, every choice is the
//! first one, so the first should be the simplest.

pub(crate) struct Dice<'a> {
    bytes: &'a [u8],
}

impl<'a> Dice<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn byte(&mut self) -> usize {
        self.bytes.split_off_first().copied().unwrap_or(0).into()
    }

    /// A number below `n`, which is 256 at most.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if n < 2 { 0 } else { self.byte() % n }
    }

    /// True in so many of a hundred cases.
    pub(crate) fn rarely(&mut self, percent: usize) -> bool {
        self.byte() * 100 / 256 + percent >= 100
    }

    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    pub(crate) fn number(&mut self) -> u64 {
        (0..4).fold(0, |number, _| number << 8 | self.byte() as u64)
    }
}
