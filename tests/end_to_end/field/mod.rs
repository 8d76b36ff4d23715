//! Situations out of public bug reports, played to the built binary. `docs/field.md` lists them: what was reported where,
//! what convolake does, and the test that shows it.

mod project;
mod script;

mod asked_by_the_source;
mod kept_by_replay;
mod one_key;
mod shrunk;
mod told_of_the_lake;
