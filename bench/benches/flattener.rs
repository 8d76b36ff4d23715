//! The flattener alone: the pages of each stream to Arrow batches, by the built-in schemas.
//!
//! Rows are gathered over pages and taken every few megabytes, as a run does. For instructions instead of time:
//! `valgrind --tool=callgrind BINARY --test convocore/export`.

#![expect(clippy::expect_used, reason = "without its pages a bench has nothing to go on with")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

use convolake_bench::{Pages, STREAMS};
use convolake_model::{ParamSet, Pipeline, StreamSchema, Table};
use convolake_transformer::{Flattener, PageInput};
use divan::Bencher;
use divan::counter::BytesCount;
use indexmap::IndexMap;

/// As the engine's workers do.
const GATHERED_BYTES: usize = 4 * 1024 * 1024;

fn main() {
    divan::main();
}

/// The flattener of a stream of the built-in pipelines.
fn flattener(stream: &str) -> Flattener {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let text = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file of the project");
    let (pipeline_name, stream_name) = stream.split_once('/').expect("PIPELINE/STREAM");
    let file = format!("pipelines/{pipeline_name}.yaml");
    let pipeline = Pipeline::parse(&file, &text(&file), &[]).expect("a pipeline");
    let tables: IndexMap<String, Table> = std::fs::read_dir(root.join("schemas/tables"))
        .expect("the tables")
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?.strip_suffix(".yaml")?.to_owned();
            let file = format!("schemas/tables/{name}.yaml");
            let table = Table::parse(&name, &file, &text(&file)).expect("a table");
            Some((name, table))
        })
        .collect();
    let stream = &pipeline.streams[stream_name];
    let file = format!("schemas/{}.yaml", stream.schema);
    let schema = StreamSchema::parse(&file, &text(&file), &tables).expect("a schema");
    Flattener::compile(&schema, &tables, &stream.envelope, pipeline.on_mismatch).expect("a flattener")
}

#[divan::bench(args = STREAMS.map(|(stream, _)| stream), sample_count = 10)]
fn flatten(bencher: Bencher<'_, '_>, stream: &str) {
    let pages = Pages::of(stream).expect("the page files of CONVOLAKE_EXPORTS");
    let flattener = flattener(stream);
    let params: ParamSet = [("agent_id", "a1"), ("bot_name", "b1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let listed = BTreeMap::new();
    bencher.counter(BytesCount::new(pages.n_bytes())).bench_local(|| {
        let mut gathered = flattener.gather();
        for body in &pages.bodies {
            let input = PageInput { body, page: "pages#1", position: 0, params: &params, listed: &listed };
            black_box(flattener.flatten_into(&input, &mut gathered).expect("pages are read"));
            if gathered.bytes() >= GATHERED_BYTES {
                black_box(flattener.take(&mut gathered).expect("rows make a batch"));
            }
        }
        black_box(flattener.take(&mut gathered).expect("rows make a batch"));
    });
}
