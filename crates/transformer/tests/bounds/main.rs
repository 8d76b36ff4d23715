//! Pages of unreasonable size or depth end in rows, in rejects or in an error: never in a crash, and in memory that is
//! proportional to the page.
//!
//! Each case runs in a process of its own, since only there its peak of memory can be told. Smaller sizes stand in
//! for what would take too long each time; `CONVOLAKE_FULL_BOUNDS=1` runs all of them in full.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "a process tells the one that started it what it took")]

mod apart;
#[path = "../rebuild/schemas.rs"]
mod schemas;
mod tiny;

mod deep;
mod long;
mod many;
mod wide;
