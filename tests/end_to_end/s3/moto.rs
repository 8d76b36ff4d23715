//! The same against a server that is nobody's of ours, as a second opinion on what S3 is.

use convolake_simulator::{ChangeRequest, Stream};

use crate::convolake::Convolake;
use crate::lake::TABLES;
use crate::python::{self, Moto};
use crate::source::{PIPELINES, Source, lately};

#[test]
fn a_lake_in_motos_bucket_is_read_back_and_rerun() {
    let Some(moto) = Moto::start("lakes") else { return };
    let lake = moto.lake("s3://lakes/a/lake");
    let source = Source::tidy(20);
    let pull = || {
        PIPELINES.map(|(pipeline, _)| {
            Convolake::pull(pipeline, &source, &lake).set("publish=[plain, delta]").ends(0)
        })
    };
    pull();
    for ended in pull() {
        assert_eq!(ended.total("files_written"), 0, "{ended}");
    }
    drop(source.running.change(ChangeRequest { percent: 20.0, seed: 1, at: lately() }));
    pull();
    let rows = python::rows_in_bucket(&lake, &moto.url, &TABLES).unwrap();
    let served = |stream| source.ids(stream).len() as u64;
    assert_eq!(
        rows["conversations"],
        served(Stream::AgentxConversations) + served(Stream::ConvocoreExport),
        "{rows:?}"
    );
    assert_eq!(rows["leads"], served(Stream::ConvocoreList), "{rows:?}");
    python::delta_agrees_over_s3(&lake);
    println!("figure moto_rows {}", rows.values().sum::<u64>());
}
