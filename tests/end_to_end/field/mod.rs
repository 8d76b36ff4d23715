//! Situations out of public bug reports, played to the built binary. `docs/field.md` lists them: what was reported where,
//! what convolake does, and the test that shows it.

mod project;
mod script;

mod asked_by_the_source;
mod ends;
mod failures;
mod ids_in_a_query;
mod keys;
mod pointers;
mod shapes;
mod what_changed;
mod written_wrong;
