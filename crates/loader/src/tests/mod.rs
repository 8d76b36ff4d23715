//! What several rooms do together: loads held against a model that folds plain values, crashes at every step, races.

mod commit_race;
mod crashes;
mod delta;
mod delta_alone;
mod delta_races;
mod delta_upkeep;
mod derived;
mod exchange;
mod field_ids;
mod history;
mod snapshots;
mod keeping;
mod left_behind;
mod merging;
mod partitions;
mod model;
mod refusals;
mod refused_removals;
mod raw_zone;
mod repeats;
mod removing;
mod upkeep;
mod verified;
mod zombies;
