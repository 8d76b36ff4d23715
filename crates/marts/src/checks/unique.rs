//! No two rows have the same values in some columns.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::examples::key_of_row;
use super::key_hashes::{Keys, Pass};
use super::outcome::{Example, Found};
use crate::failure::Failure;

/// As many hashes that come twice are looked at row by row: two keys may share one.
const MAX_LOOKED_AT: usize = 10_000;
/// How many keys are shown.
const SHOWN: usize = 3;

/// Finds keys that several rows have.
pub(super) fn unique(keys: &Keys<'_>, n_rows: u64, memory_bytes: u64) -> Result<Found, Failure> {
    let names = keys.columns.join(", ");
    let (mut n_hashes, mut n_null, mut n_twice) = (0_u64, 0, 0_u64);
    let mut twice: Vec<u64> = Vec::new();
    for pass in Pass::all(n_rows, memory_bytes) {
        let (hashes, nulls) = keys.sorted(pass)?;
        n_hashes += hashes.len() as u64;
        n_null = nulls;
        for group in hashes.chunk_by(|one, other| one == other).filter(|group| group.len() > 1) {
            n_twice += group.len() as u64;
            if twice.len() <= MAX_LOOKED_AT {
                twice.extend(group.first());
            }
        }
    }
    let left_out = match n_null {
        0 => String::new(),
        count => format!("; {count} rows with null in one of them equal no other"),
    };
    if n_hashes + n_null == 0 {
        return Ok(Found::not_judged(0, "there are no rows"));
    }
    if n_hashes == 0 {
        return Ok(Found::not_judged(0, format!("all of {n_null} rows have null in one of {names}")));
    }
    let passed = format!("no two of {n_hashes} rows share {names}{left_out}");
    if twice.is_empty() {
        return Ok(Found::passed(n_hashes, passed));
    }
    let is_all = twice.len() <= MAX_LOOKED_AT;
    let mut doubled = rows_by_key(keys, twice)?;
    doubled.retain(|_, count| *count > 1);
    let failing = if is_all { doubled.values().sum() } else { n_twice };
    if failing == 0 {
        return Ok(Found::passed(n_hashes, passed));
    }
    let words = format!("{failing} of {n_hashes} rows share {names} with another{left_out}");
    let examples = doubled
        .into_iter()
        .take(SHOWN)
        .map(|(key, count)| Example { key, value: Some(format!("{count} rows")) });
    Ok(Found { examples: examples.collect(), ..Found::failed(n_hashes, failing, words) })
}

/// How many rows have each key, of those with one of these hashes.
fn rows_by_key(keys: &Keys<'_>, hashes: Vec<u64>) -> Result<BTreeMap<String, u64>, Failure> {
    let wanted: HashSet<u64> = hashes.into_iter().collect();
    let counts: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
    let (into, columns) = (Arc::clone(&counts), keys.columns.clone());
    keys.each_batch(move |batch, hashes| {
        let is_wanted = |hash: &Option<u64>| hash.is_some_and(|hash| wanted.contains(&hash));
        for (row, _) in hashes.iter().enumerate().filter(|(_, hash)| is_wanted(hash)) {
            let key = key_of_row(batch, &columns, row);
            *into.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        }
    })?;
    Ok(std::mem::take(&mut *counts.lock().unwrap_or_else(PoisonError::into_inner)))
}
