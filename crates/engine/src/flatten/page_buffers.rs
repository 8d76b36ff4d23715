//! Buffers that pages are read into, used again once their page is done with: memory that is new costs more than reading into it.

use std::sync::Arc;

use crate::lock::Lock;

/// Buffers that are free. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct PageBuffers(Arc<Lock<Vec<Vec<u8>>>>);

/// No more are kept: as many pages are under way at once, about.
const MAX_FREE: usize = 4;
/// A larger one is not kept: it was for a page such as does not come again soon.
const MAX_KEPT_BYTES: usize = 8 << 20;

impl PageBuffers {
    /// An empty buffer.
    pub(crate) fn take(&self) -> PageBuffer {
        PageBuffer { room: self.0.hold().pop().unwrap_or_default(), n_bytes: 0, free: self.clone() }
    }
}

/// The bytes of a page; the memory goes back to where it was taken from.
pub(crate) struct PageBuffer {
    /// All of it was written once, so that it can be read into as it is.
    room: Vec<u8>,
    /// How many of its bytes are the page's.
    pub(crate) n_bytes: usize,
    free: PageBuffers,
}

impl PageBuffer {
    /// Room for so many bytes behind those there are.
    pub(crate) fn room(&mut self, n_bytes: usize) -> &mut [u8] {
        let end = self.n_bytes + n_bytes;
        if self.room.len() < end {
            self.room.resize(end.max(self.room.len() / 4 * 5), 0);
        }
        &mut self.room[self.n_bytes..end]
    }

    /// Puts bytes behind those there are.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
        self.n_bytes += bytes.len();
    }
}

impl AsRef<[u8]> for PageBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.room[..self.n_bytes]
    }
}

impl Drop for PageBuffer {
    fn drop(&mut self) {
        let room = std::mem::take(&mut self.room);
        let mut free = self.free.0.hold();
        if free.len() < MAX_FREE && room.len() <= MAX_KEPT_BYTES {
            free.push(room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_and_nothing_of_the_page_before_shows() {
        let buffers = PageBuffers::default();
        let mut first = buffers.take();
        first.append(b"a long page");
        assert_eq!(first.as_ref(), b"a long page");
        let memory = first.as_ref().as_ptr();
        drop(first);
        let mut second = buffers.take();
        assert_eq!(second.as_ref(), b"");
        second.append(b"short");
        assert_eq!((second.as_ref(), second.as_ref().as_ptr()), (&b"short"[..], memory));
        let third = buffers.take();
        assert_ne!(third.room.as_ptr(), memory);
    }

    #[test]
    fn few_are_kept_and_none_that_is_very_large() {
        let buffers = PageBuffers::default();
        let taken: Vec<PageBuffer> = (0..9).map(|_| buffers.take()).collect();
        drop(taken);
        buffers.take().room(MAX_KEPT_BYTES + 1);
        let free = buffers.0.hold();
        assert_eq!(free.len(), MAX_FREE - 1);
        assert!(free.iter().all(|room| room.len() <= MAX_KEPT_BYTES));
    }
}
