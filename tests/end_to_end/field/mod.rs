//! Situations out of public bug reports, played to the built binary. `docs/field.md` lists them: what was reported where,
//! what convolake does, and the test that shows it.

mod project;
mod refused_replay;
pub(crate) mod script;

mod asked_again;
mod asked_by_the_source;
mod asked_params;
mod asked_stretch;
mod batches;
mod broken_records;
mod dated_ahead;
mod encodings;
mod ends;
mod failures;
mod failures_and_ends;
mod habits;
mod ids_in_a_query;
mod ids_over_pages;
mod kept_by_replay;
mod keys;
mod names;
mod one_key;
mod operators;
mod output;
mod page_sizes;
mod pointers;
mod quarantined;
mod readme;
mod seams;
mod shapes;
mod shrunk;
mod tables_grow;
mod terminal;
mod told_of_the_lake;
mod totals;
mod values;
mod walks;
mod what_changed;
mod windows_of_days;
pub(crate) mod words;
mod written_wrong;
