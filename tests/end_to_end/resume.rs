//! A run that dies goes on where it was.

use convolake_simulator::Stream;

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;
use crate::source::{PIPELINES, SMALL_PAGE, Source};
use crate::until::until;

/// Pages a stream may ask for twice after a crash: those under way in its slices side by side.
const PAGES_AGAIN: u64 = 8;

#[test]
fn a_killed_run_goes_on_at_the_page_it_had_reached() {
    for (pipeline, streams) in PIPELINES {
        let source = Source::of_small_pages(150);
        let lake = Lake::new();
        let last = streams[1];
        let killed = Convolake::pull(pipeline, &source, &lake).start();
        until("twenty pages are served", || {
            source.requests(last).iter().filter(|request| request.records > 0).count() >= 20
        });
        killed.kill();

        Convolake::pull(pipeline, &source, &lake).ends(0);
        for stream in streams {
            lake.holds_all(&source, stream);
            let served = source.running.ledger().served(stream);
            let again = served.total - served.distinct;
            // The list's newest pages are looked at by every run, landed before or not.
            if stream == Stream::AgentxMessages {
                let most = PAGES_AGAIN * SMALL_PAGE as u64;
                assert!(again <= most, "{}: {again} records served twice", stream.name());
            }
        }
        python::rebuilds(&source, &streams, &lake);
    }
}
