//! A plan is run by the streaming engine, of one state of the lake.

use std::sync::{Mutex, PoisonError};

use polars::prelude::{DataFrame, LazyFrame, PlanCallback, PolarsError, PolarsResult};
use polars_plan::plans::IRPlan;

use crate::catalog::{Catalog, Changed, Scanned};
use crate::failure::{Failure, of_polars, words};

/// Runs a plan to its end, and gives all its rows.
///
/// # Errors
/// A file that does not read, or that a run has replaced meanwhile.
pub(crate) fn collect(frame: LazyFrame, catalog: &Catalog) -> Result<(DataFrame, Scanned), Changed> {
    let (mut plan, scanned) = optimised(frame, catalog)?;
    plan.ensure_root_node_is_sink();
    let result = polars_stream::run_query(plan.lp_top, &mut plan.lp_arena, &mut plan.expr_arena);
    // Whatever failed: where a file was replaced, that is why.
    scanned.check_unchanged(catalog)?;
    Ok((result.map_err(|error| running(&error))?.unwrap_single(), scanned))
}

/// Runs a plan to its end, and hands its rows over batch by batch, in order.
///
/// # Errors
/// As [`collect`]; what `each` fails with.
pub(crate) fn each_batch(
    frame: LazyFrame,
    catalog: &Catalog,
    each: impl FnMut(&DataFrame) -> PolarsResult<()> + Send + 'static,
) -> Result<Scanned, Changed> {
    let each = Mutex::new(each);
    let callback = PlanCallback::new(move |rows: DataFrame| {
        let mut each = each.lock().unwrap_or_else(PoisonError::into_inner);
        each(&rows).map(|()| false)
    });
    let frame = frame.sink_batches(callback, true, None).map_err(|error| running(&error))?;
    let (mut plan, scanned) = optimised(frame, catalog)?;
    let result = polars_stream::run_query(plan.lp_top, &mut plan.lp_arena, &mut plan.expr_arena);
    scanned.check_unchanged(catalog)?;
    result.map_err(|error| running(&error))?;
    Ok(scanned)
}

/// The plan as it is run, and the files it reads.
fn optimised(frame: LazyFrame, catalog: &Catalog) -> Result<(IRPlan, Scanned), Changed> {
    let plan = frame.with_streaming(true).to_alp_optimized();
    let plan = plan.map_err(|error| running(&error))?;
    let scanned = Scanned::of(&plan, catalog).map_err(Changed::Unknown)?;
    Ok((plan, scanned))
}

/// What failed while rows were made: a mistake in the SQL, as a text that is no number, or what it was read from.
fn running(error: &PolarsError) -> Changed {
    Changed::Unknown(match is_mistake(error) {
        true => Failure::misuse(format!("the query cannot be answered: {}", words(error)), None),
        false => of_polars("the query", error),
    })
}

fn is_mistake(error: &PolarsError) -> bool {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => is_mistake(error),
        PolarsError::InvalidOperation(_)
        | PolarsError::SchemaMismatch(_)
        | PolarsError::ColumnNotFound(_)
        | PolarsError::SchemaFieldNotFound(_)
        | PolarsError::Duplicate(_)
        | PolarsError::SQLInterface(_)
        | PolarsError::SQLSyntax(_) => true,
        // What a function makes of its values; of files other kinds tell.
        PolarsError::ComputeError(text) => {
            let text = text.to_ascii_lowercase();
            !["parquet", "file", "decod", "page", "memory"].iter().any(|word| text.contains(word))
        }
        _ => false,
    }
}
