//! SQL, derived tables and checks on a lake.
use polars::prelude::*;
use polars::sql::SQLContext;

fn main() -> PolarsResult<()> {
    let mut context = SQLContext::new();
    let path = std::env::args().nth(1).unwrap_or_default();
    let frame = LazyFrame::scan_parquet(PlRefPath::new(&path), ScanArgsParquet::default())?;
    context.register("t", frame)?;
    let out = context.execute("SELECT count(*) AS n FROM t")?.collect_with_engine(Engine::Streaming)?;
    std::io::Write::write_all(&mut std::io::stdout(), format!("{out:?}").as_bytes()).ok();
    Ok(())
}
