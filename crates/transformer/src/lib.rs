//! Page bytes become Arrow batches: a schema compiled once drives a single pass over the bytes.
//!
//! ```text
//! StreamSchema --compile--> Plan: a trie over keys that says what to do at each place
//! page bytes   --repair---> valid UTF-8 without lone surrogates
//!              --walk-----> rows, gathered over pages; rejects and drift of each page
//!              --take-----> one batch per table
//! ```
//!
//! - **One pass, no tree.** The reader is pulled by the trie. Values that no column asks for are skipped, not decoded;
//!   JSON columns and `extra` are copied from the input. Values are borrowed until they reach a column.
//! - **Order never matters.** A row's own columns are appended when its element ends, an ancestor's when the
//!   ancestor ends, as often as it had rows; so it does not matter which comes first in the JSON.
//! - **Lossless.** `extra` holds every field without a column and every value whose column does not hold it
//!   losslessly: a mismatch, an explicit null in a typed column, a number sent as text, an unusual date spelling, a
//!   synonym. From the rows of a stream every record can be put together again, value for value.
//! - **Nothing in silence.** What cannot be a row is a [`Reject`]; one bad record never costs its neighbours.
//!   That holds for a record that is no JSON, too (`not_json`): it ends where its brackets are closed. A page whose brackets
//!   do not match, or that is no JSON outside of its records, cannot be read at all and is an [`UnreadablePage`].
//! - **Duplicate keys.** Where an object holds a key twice, the last value counts, as in most JSON readers, and the drift
//!   tells of it (`doubled_keys`); if the key leads to rows or to a block of columns, the record is rejected (`duplicate_key`), since its rows have left already.
//! - **Pure.** No I/O, no clock: the same bytes give the same batches.
//!
//! # Rooms
//!
//! From the base up; each names only rooms above it in this list.
//!
//! | room | holds | names |
//! | --- | --- | --- |
//! | `json` | text: repaired, read, scalars as values | - |
//! | `dates` | the spellings of instants and days | `json` |
//! | `columns` | cells, and the growing columns they are appended to | `json`, `dates` |
//! | `plan` | a compiled schema: nodes, levels, what fills a column | `json` |
//! | `compile` | a schema becomes a plan | `json`, `plan` |
//! | `report` | rejects and drift | `json`, `plan` |
//! | `page` | a page to flatten, and what it gives | `report` |
//! | `gather` | the rows of several pages, a table each | `columns`, `plan`, `page` |
//! | `walk` | one pass over a page, where rows are made | all but `compile` |
//! | `flattener` | the face: compile once, flatten pages, take batches | all but `dates`, `columns`, `report` |
//!
//! # The reader
//!
//! Written for this crate, because more is needed than parsing: the text of a value as it stands (for JSON columns and
//! `extra`), no limit of depth, the offset of a mistake, and no copy of the input. It is strict, and no slower than other readers.
//! Milliseconds for 25.3 MB of generated pages, the least of 20 rounds, on two busy cores (`cargo bench -p convolake-bench
//! --bench readers`); all are compiled with `opt-level = 3`, start from bytes and check that they are UTF-8 and JSON:
//!
//! | reader | skip all: export | messages | extract what makes rows: export | messages |
//! | --- | ---: | ---: | ---: | ---: |
//! | `json::Reader` | 28.5 | 26.6 | 28.9 | 33.6 |
//! | serde_json (`IgnoredAny`; structs with raw values) | 29.2 | 27.5 | 39.7 | 35.2 |
//! | simd-json (tape, of a copy; without raw texts) | 39.6 | 35.7 | 37.9 | 35.8 |
//! | sonic-rs (lazy value; iterators) | 43.9 | 38.8 | 97.4 | 64.3 |
//! | sonic-rs (`IgnoredAny`; structs) | 52.3 | 42.5 | 73.4 | 53.8 |
//! | jiter | 48.2 | 34.2 | 68.0 | 47.6 |
//!
//! `cargo bench -p convolake-bench --bench flattener` measures the flattener as a whole.

mod json;
mod dates;
mod columns;
mod plan;
mod compile;
mod report;
mod page;
mod gather;
mod walk;
mod flattener;

pub use compile::CompileError;
pub use convolake_batch::{ParentBatch, TableBatch};
pub use flattener::Flattener;
pub use gather::Gathered;
pub use json::{Repaired, repair};
pub use page::{FlatPage, PageInput, PageNotes, UnreadablePage};
pub use plan::ExpectedPlace;
pub use report::{Drift, JsonKind, Met, Place, Reject, RejectReason, Rejects};
