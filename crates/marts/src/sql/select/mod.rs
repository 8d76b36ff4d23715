//! A query as steps over frames. Joins, groups, windows and orders are steps of our own; an expression within one step, over columns
//! whose names are unique, is Polars' SQL.
//!
//! Polars' SQL gives wrong rows for many a `SELECT` that does several of these at once: conditions in `ON` (polars#28875, polars#18654),
//! aggregates beside keys, aggregates in `ORDER BY`, windows over aggregates, common table expressions named like a table
//! (polars#19323), running averages (polars#26065), aggregated literals (polars#27054), a sort key that stands twice (polars#25072).

mod planner;
mod scope;
mod resolve;
mod subquery;
mod source;
mod join_on;
mod join;
mod join_rows;
mod items;
mod group;
mod group_keys;
mod frame;
mod window;
mod running;
mod order;
mod rows;
mod query;

pub(super) use planner::Planner;
