//! The memory allocator of the binaries, and how long it keeps what was freed. The one place of the workspace that calls C by itself.
//!
//! The system's allocator keeps much of what is freed: with it a merge of 2 GB of pages takes 275 MiB, with mimalloc 199. Version 3 of mimalloc,
//! which keeps freed memory for a second, lets a `run` with `--memory 160MB` grow to 390 MiB, so version 2 is taken. Huge pages are
//! left to the system (`no_thp`): with them memory that is free counts as used.

use std::ffi::c_int;
use std::time::Duration;

pub use mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc 2.1 to 2.3 (`mi_option_t` in its `mimalloc.h`).
const PURGE_DELAY: c_int = 15;

/// Has freed memory kept for so long before it goes back to the system; else it is 10 ms. For a command whose rows take the same
/// memory again and again: memory that comes back from the system is cleared, page by page.
pub fn keep_freed_memory(delay: Duration) {
    let milliseconds = delay.as_millis().try_into().unwrap_or(i32::MAX);
    #[expect(
        unsafe_code,
        reason = "it sets a number that the allocator reads, and may be called at any time"
    )]
    // SAFETY: the option is one of those that the allocator has, and options are set and read atomically.
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, milliseconds.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_that_is_set_is_the_delay() {
        #[expect(unsafe_code, reason = "it reads a number")]
        // SAFETY: the option is one of those that the allocator has.
        let delay = || unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) };
        assert_eq!(delay(), 10, "the delay that mimalloc begins with");
        keep_freed_memory(Duration::from_millis(250));
        assert_eq!(delay(), 250);
    }
}
