//! SQL, derived tables and checks on a lake.
#![allow(dead_code, unused_imports)]
mod derive;

fn main() {}
