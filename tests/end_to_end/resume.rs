//! A run that dies costs nothing but its time.

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;
use crate::source::{PIPELINES, Source};
use crate::until::until;

#[test]
fn a_killed_run_loses_and_doubles_nothing() {
    for (pipeline, streams) in PIPELINES {
        let source = Source::of_small_pages(150);
        let lake = Lake::new();
        let last = streams[1];
        let killed = Convolake::pull(pipeline, &source, &lake).start();
        until("five pages are served", || {
            source.requests(last).iter().filter(|request| request.records > 0).count() >= 5
        });
        killed.kill();

        Convolake::pull(pipeline, &source, &lake).ends(0);
        for stream in streams {
            lake.holds_all(&source, stream);
        }
        python::rebuilds(&source, &streams, &lake);
    }
}
