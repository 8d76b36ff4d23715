//! Memory stays within what it is given, however much there is.

use std::path::PathBuf;

use convolake_simulator::{Corpus, Generator, write_pages};
use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::tidy;

/// The memory given, and what the pages come to at the least.
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
