//! Records that may still change: the lake knows when they last did.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use convolake_loader::Lake;
use convolake_loader::LoadError;
use convolake_model::Mapping;
use convolake_model::ParamSet;
use convolake_model::Stream;
use convolake_model::StreamSchema;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::reads::known_versions::param_columns;

/// The most that are looked at again; the newest of more.
const OPEN_MAX: usize = 10_000;

/// When the records of these params were filed that had changed within the stream's quiet time before `watermark`.
pub(crate) fn open_records(
    lake: &Lake,
    pipeline: &str,
    stream: &Stream,
    schema: &StreamSchema,
    params: &ParamSet,
    watermark: Timestamp,
) -> Result<Vec<Timestamp>, LoadError> {
    let mut found = Vec::new();
    let Some(open) = stream.windows.as_ref().and_then(|windows| windows.open.as_ref()) else {
        return Ok(found);
    };
    let has_both = |mapping: &&Mapping| {
        [&open.began, &open.changed].iter().all(|name| mapping.columns.contains_key(*name))
    };
    let Some(mapping) = schema.mappings.iter().find(has_both) else { return Ok(found) };
    let quiet = SignedDuration::from_secs(open.quiet.as_seconds());
    let since = watermark.checked_sub(quiet).unwrap_or(Timestamp::MIN).as_microsecond();
    let params = param_columns(mapping, params);
    let columns: Vec<&str> =
        [&*open.began, &*open.changed].into_iter().chain(params.iter().map(|(name, _)| *name)).collect();
    for batch in lake.lookup(&mapping.table, pipeline, &[], &columns)? {
        let batch = batch?;
        let instants =
            |name: &str| batch.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>();
        let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
        let (Some(began), Some(changed)) = (instants(&open.began), instants(&open.changed)) else { continue };
        for row in (0..batch.num_rows()).filter(|row| began.is_valid(*row) && changed.is_valid(*row)) {
            let is_ours = params.iter().all(|(name, value)| {
                text(name).is_some_and(|array| array.is_valid(row) && array.value(row) == *value)
            });
            if is_ours && changed.value(row) >= since {
                found.extend(Timestamp::from_microsecond(began.value(row)).ok());
            }
        }
        if found.len() > 2 * OPEN_MAX {
            keep_newest(&mut found);
        }
    }
    keep_newest(&mut found);
    Ok(found)
}

fn keep_newest(found: &mut Vec<Timestamp>) {
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(OPEN_MAX);
}
