//! Memory stays within what it is given, however much there is.

use std::path::PathBuf;

use convolake_simulator::{Corpus, Generator, write_pages};
use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::{PIPELINES, Source, tidy, unlimited};

/// The memory given, the least that is taken, and what the pages come to at the least.
const MEMORY_MB: u64 = 160;
const PAGES_MB: u64 = 256;
/// As many conversations of long answers as come to about 45 MB.
const CONVERSATIONS: u64 = 5_000;

/// The pages are larger than the memory, and their rows, which come out of order, take more than they do.
#[test]
fn a_flatten_of_more_than_fits_stays_within_its_memory() {
    let mut n_bytes = 0;
    let folders: Vec<(TempDir, PathBuf)> = (1..)
        .map_while(|seed| {
            if n_bytes >= PAGES_MB * 1_000_000 {
                return None;
            }
            let folder = TempDir::new().unwrap();
            let generator = Generator { seed, sentences: 12, ..tidy(CONVERSATIONS) };
            write_pages(folder.path(), &Corpus::Generated(generator)).unwrap();
            let file = folder.path().join("convocore_v2_export.jsonl.zst");
            let mut pages = zstd::Decoder::new(std::fs::File::open(&file).unwrap()).unwrap();
            n_bytes += std::io::copy(&mut pages, &mut std::io::sink()).unwrap();
            Some((folder, file))
        })
        .collect();
    let lake = Lake::new();
    let mut call = Convolake::new(&["flatten", "convocore/export"]);
    for (_, file) in &folders {
        call = call.arg(file);
    }
    let memory = format!("{MEMORY_MB}MB");
    let run = call.args(&["--memory", &memory]).to(&lake).set(param("convocore")).json().without_keys();
    let (ended, peak_bytes) = run.start().ends_with_peak(0);
    println!("figure flatten_peak_mib_with_memory_of_{MEMORY_MB}_mb {}", peak_bytes >> 20);
    assert!(ended.total("rows_added") > 500_000, "{ended}");
    assert!(peak_bytes > 0, "the system does not tell");
    assert!(peak_bytes < MEMORY_MB * 1_000_000, "{} MiB; {ended}", peak_bytes >> 20);
}

/// Bodies under way, pages asked for ahead, uploads and the counting afterwards are in it too, and the pages of an export
/// come faster here than from any source.
#[test]
fn run_replay_and_verify_stay_within_their_memory() {
    let generator = Generator { sentences: 12, ..tidy(CONVERSATIONS) };
    let source = Source::start(unlimited(Corpus::Generated(generator)));
    let memory = format!("{MEMORY_MB}MB");
    for (pipeline, _) in PIPELINES {
        let lake = Lake::new();
        let pulling = Convolake::pull(pipeline, &source, &lake);
        let calls = [
            ("run", pulling),
            ("replay", Convolake::replay(pipeline, &lake)),
            ("verify", Convolake::new(&["verify"]).to(&lake).json().without_keys()),
        ];
        for (name, call) in calls {
            let (ended, peak_bytes) = call.args(&["--memory", &memory]).start().ends_with_peak(0);
            println!("figure {name}_{pipeline}_peak_mib_with_memory_of_{MEMORY_MB}_mb {}", peak_bytes >> 20);
            assert!(peak_bytes > 0, "the system does not tell");
            assert!(peak_bytes < MEMORY_MB * 1_000_000, "{name}: {} MiB; {ended}", peak_bytes >> 20);
        }
        assert!(lake.rows("messages").len() > 100_000);
    }
}

/// Too little is refused before anything is asked for or written, and the least that works, as it is told, works.
#[test]
fn too_little_memory_is_refused_with_the_least_that_works() {
    let source = Source::tidy(3);
    for memory in ["1MB", "32MB", "159MB"] {
        let lake = Lake::new();
        let ended = Convolake::pull("convocore", &source, &lake).args(&["--memory", memory]).ends(2);
        ended.says(&["too little", "--memory 160MB"]);
        assert_eq!(lake.all_files().len(), 0, "{memory}");
    }
    Convolake::pull("convocore", &source, &Lake::new()).args(&["--memory", "160MB"]).ends(0);
}
