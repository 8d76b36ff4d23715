//! The readers of JSON there are, at the two jobs a page asks for: to step over all of it, checking it, and to take
//! from each record what makes rows, as text of the page.
//!
//! Every reader begins with bytes and ends knowing that they are UTF-8 and JSON (what it does not check by itself is
//! checked before, with `simdutf8`); readers that write over their input get a copy of it, which counts.

#![expect(clippy::expect_used, reason = "without its pages a bench has nothing to go on with")]
#![expect(clippy::print_stdout, reason = "it says what it goes over")]

mod agentx;
mod convocore;
mod jiter_walk;
mod own_walk;
mod taken;
#[path = "../../../crates/transformer/src/json/reader/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the flattener uses more of it")]
mod reader;

use std::hint::black_box;

use convolake_bench::Pages;
use divan::Bencher;
use divan::counter::BytesCount;
use serde::de::IgnoredAny;

use crate::reader::Reader;
use crate::taken::Taken;

const STREAMS: [&str; 2] = ["convocore/export", "agentx/messages"];

fn main() {
    same_answers();
    divan::main();
}

fn pages(stream: &str) -> Pages {
    let mut pages = Pages::of(stream).expect("the page files of CONVOLAKE_EXPORTS");
    // What has odd values on purpose is not read by structs; all readers go without.
    pages.bodies.retain(|body| serde_walk(stream, body).is_some());
    pages
}

/// Before anything is measured: all readers take the same.
fn same_answers() {
    for stream in STREAMS {
        let pages = pages(stream);
        println!("{stream}: {} pages, {} bytes", pages.bodies.len(), pages.n_bytes());
        for body in &pages.bodies {
            let expected = serde_walk(stream, body);
            assert_eq!(own_walk::walk(stream, body), expected, "own reader, {stream}");
            assert_eq!(jiter_walk::walk(stream, body), expected, "jiter, {stream}");
            assert_eq!(sonic_struct_walk(stream, body), expected, "sonic-rs structs, {stream}");
            assert_eq!(sonic_lazy_walk(stream, body), expected, "sonic-rs iterators, {stream}");
            let expected = expected.map(|taken| Taken { raw_bytes: 0, ..taken });
            let mut copy = body.clone();
            assert_eq!(simd_walk(stream, &mut copy), expected, "simd-json, {stream}");
        }
    }
}

fn text(body: &[u8]) -> &str {
    simdutf8::basic::from_utf8(body).expect("pages are UTF-8")
}

fn over_all(bencher: Bencher<'_, '_>, stream: &str, mut each: impl FnMut(&[u8])) {
    let pages = pages(stream);
    bencher.counter(BytesCount::new(pages.n_bytes())).bench_local(|| {
        for body in &pages.bodies {
            each(black_box(body));
        }
    });
}

/// Job 1: a page stepped over and checked.
#[divan::bench_group(sample_count = 20)]
mod skip {
    use super::*;

    #[divan::bench(args = STREAMS)]
    fn utf8_alone(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(text(body));
        });
    }

    #[divan::bench(args = STREAMS)]
    fn own_reader(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            let mut reader = Reader::new(text(body));
            reader.skip().expect("pages are JSON");
            reader.end().expect("pages are JSON");
        });
    }

    #[divan::bench(args = STREAMS)]
    fn serde_json(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(serde_json::from_str::<IgnoredAny>(text(body)).expect("pages are JSON"));
        });
    }

    #[divan::bench(args = STREAMS)]
    fn sonic_rs(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(sonic_rs::from_slice::<sonic_rs::LazyValue<'_>>(body).expect("pages are JSON"));
        });
    }

    /// Finds where values end and takes it on trust that they are values.
    #[divan::bench(args = STREAMS)]
    fn sonic_rs_ignored(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(sonic_rs::from_slice::<IgnoredAny>(body).expect("pages are JSON"));
        });
    }

    #[divan::bench(args = STREAMS)]
    fn simd_json_tape(bencher: Bencher<'_, '_>, stream: &str) {
        let mut buffers = simd_json::Buffers::default();
        let mut copy = Vec::new();
        over_all(bencher, stream, |body| {
            copy.clear();
            copy.extend_from_slice(body);
            black_box(simd_json::to_tape_with_buffers(&mut copy, &mut buffers).expect("pages are JSON"));
        });
    }

    #[divan::bench(args = STREAMS)]
    fn jiter(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            let mut jiter = jiter::Jiter::new(text(body).as_bytes());
            jiter.next_skip().expect("pages are JSON");
            jiter.finish().expect("pages are JSON");
        });
    }

    #[divan::bench(args = STREAMS)]
    fn jiter_value(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(jiter::JsonValue::parse(body, false).expect("pages are JSON"));
        });
    }
}

fn serde_walk(stream: &str, body: &[u8]) -> Option<Taken> {
    match stream {
        "convocore/export" => convocore::serde_json(text(body)),
        _ => agentx::serde_json(text(body)),
    }
}

fn sonic_struct_walk(stream: &str, body: &[u8]) -> Option<Taken> {
    match stream {
        "convocore/export" => convocore::sonic_structs(body),
        _ => agentx::sonic_structs(body),
    }
}

fn sonic_lazy_walk(stream: &str, body: &[u8]) -> Option<Taken> {
    match stream {
        "convocore/export" => convocore::sonic_iterators(body),
        _ => agentx::sonic_iterators(body),
    }
}

fn simd_walk(stream: &str, body: &mut [u8]) -> Option<Taken> {
    let tape = simd_json::to_tape(body).ok()?;
    match stream {
        "convocore/export" => convocore::simd_json(&tape),
        _ => agentx::simd_json(&tape),
    }
}

/// Job 2: what makes rows is taken from each record.
#[divan::bench_group(sample_count = 20)]
mod extract {
    use super::*;

    #[divan::bench(args = STREAMS)]
    fn own_reader(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(own_walk::walk(stream, body));
        });
    }

    #[divan::bench(args = STREAMS)]
    fn serde_json(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(serde_walk(stream, body));
        });
    }

    #[divan::bench(args = STREAMS)]
    fn sonic_rs_iterators(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(sonic_lazy_walk(stream, body));
        });
    }

    #[divan::bench(args = STREAMS)]
    fn sonic_rs_structs(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(sonic_struct_walk(stream, body));
        });
    }

    /// Without the raw texts of payloads, which a tape does not know.
    #[divan::bench(args = STREAMS)]
    fn simd_json_tape(bencher: Bencher<'_, '_>, stream: &str) {
        let mut copy = Vec::new();
        over_all(bencher, stream, |body| {
            copy.clear();
            copy.extend_from_slice(body);
            black_box(simd_walk(stream, &mut copy));
        });
    }

    #[divan::bench(args = STREAMS)]
    fn jiter(bencher: Bencher<'_, '_>, stream: &str) {
        over_all(bencher, stream, |body| {
            black_box(jiter_walk::walk(stream, body));
        });
    }
}
