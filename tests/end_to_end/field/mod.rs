//! Situations out of public bug reports, played to the built binary. `docs/field.md` lists them: what was reported where,
//! what convolake does, and the test that shows it.

mod project;
mod script;

mod asked_by_the_source;
mod names;
mod quarantined;
mod tables_grow;
mod values;
mod windows_of_days;
