//! What rows refer to is there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::examples::key_of_row;
use super::key_hashes::{Keys, Pass};
use super::outcome::{Example, Found};
use crate::failure::Failure;

/// How many keys are shown.
const SHOWN: usize = 3;
/// Keys that are held, of which the first are shown: which come first must not depend on the order of batches.
const HELD: usize = 1_000;

/// Finds rows whose columns hold no key of the other table.
pub(super) fn references(
    keys: &Keys<'_>,
    others: &Keys<'_>,
    table: &str,
    n_others: u64,
    memory_bytes: u64,
) -> Result<Found, Failure> {
    let (rows, n_null) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let missing: Arc<Mutex<(BTreeMap<String, u64>, u64)>> = Arc::default();
    for pass in Pass::all(n_others, memory_bytes) {
        let (there, _) = others.sorted(pass)?;
        let (rows, n_null, missing) = (Arc::clone(&rows), Arc::clone(&n_null), Arc::clone(&missing));
        let columns = keys.columns.clone();
        keys.each_batch(move |batch, hashes| {
            for (row, hash) in hashes.iter().enumerate() {
                match hash {
                    None if pass.number == 0 => drop(n_null.fetch_add(1, Ordering::Relaxed)),
                    Some(hash) if pass.has(*hash) => {
                        rows.fetch_add(1, Ordering::Relaxed);
                        if there.binary_search(hash).is_err() {
                            let mut missing = missing.lock().unwrap_or_else(PoisonError::into_inner);
                            missing.1 += 1;
                            *missing.0.entry(key_of_row(batch, &columns, row)).or_default() += 1;
                            if missing.0.len() > HELD {
                                missing.0.pop_last();
                            }
                        }
                    }
                    _ => {}
                }
            }
        })?;
    }
    let (rows, n_null) = (rows.load(Ordering::Relaxed), n_null.load(Ordering::Relaxed));
    let left_out = match n_null {
        0 => String::new(),
        count => format!("; {count} rows refer to none"),
    };
    if rows == 0 {
        return Ok(Found::not_judged(0, format!("no row refers to {table}{left_out}")));
    }
    let (missing, failing) = std::mem::take(&mut *missing.lock().unwrap_or_else(PoisonError::into_inner));
    if failing == 0 {
        return Ok(Found::passed(
            rows,
            format!("all of {rows} rows find what they refer to in {table}{left_out}"),
        ));
    }
    let examples = missing
        .into_iter()
        .take(SHOWN)
        .map(|(key, count)| Example { key, value: Some(format!("{count} rows")) });
    let words = format!("{failing} of {rows} rows refer to what is not in {table}{left_out}");
    Ok(Found { examples: examples.collect(), ..Found::failed(rows, failing, words) })
}
