//! The metrics of `docs/metrics.md`, by the SQL that stands there.

use crate::python;

#[test]
fn the_sql_of_the_docs_gives_the_metrics() {
    python::metrics_hold();
}
