//! `convolake-marts report`, the built binary: the page as text, and as Chromium shows it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod lake;
mod page;
mod looked_at;
