//! Loads held against a model that folds plain values.

mod crashes;
mod history;
mod indexed;
mod merging;
mod model;
mod refusals;
mod removing;
mod verified;
mod zombies;
