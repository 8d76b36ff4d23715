//! Derived tables: files that somebody else has made of a source's rows become the lake's, by the protocol of `publish`.
//!
//! They lie in `marts/NAME/source=SOURCE/month=..`, and have commits and a lease of their own below `_convolake/.marts/SOURCE/`: a build
//! neither keeps a run of the source waiting nor waits for one. No pipeline is called so, as no name begins with a dot. What the files
//! hold, and when they are to be made anew, is the caller's affair; it keeps what it knows in the commit's state.

mod builds;

pub use builds::{Added, DerivedTables, NewFile};
