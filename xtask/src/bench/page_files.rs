//! The page files of a run: made once under `target/bench`, and used again.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Write, copy, sink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::contestant::Portion;
use super::options::Source;
use super::page_lines::{Share, renamed};
use super::workload::Workload;
use crate::command;

/// As many conversations of one seed as give 221 MB of export pages and 223 MB of messages. More pages come from more
/// seeds: repeated ones would compress too well.
const CONVERSATIONS: &str = "34000";
const COMPRESSION_LEVEL: i32 = 3;

/// Pages, a line each.
#[derive(Debug, Clone)]
pub(super) struct PageFile {
    pub(super) path: PathBuf,
    /// Uncompressed.
    pub(super) bytes: u64,
}

/// Makes page files of the sizes wanted.
pub(super) struct PageFiles<'a> {
    /// Where they are kept.
    pub(super) folder: PathBuf,
    pub(super) source: &'a Source,
    /// Of the whole; `None` takes the source's file as it is.
    pub(super) megabytes: Option<u64>,
    /// The program that generates pages where there is no other source.
    pub(super) convolake: &'a Path,
}

impl PageFiles<'_> {
    /// A portion of the workload's pages.
    pub(super) fn portion(&self, workload: Workload, portion: Portion) -> Result<PageFile, String> {
        let source = self.source_of(workload, 0)?;
        let whole_bytes = match self.megabytes {
            Some(megabytes) => megabytes * 1_000_000,
            None if portion == Portion::Whole => {
                return Ok(PageFile { bytes: uncompressed_bytes(&source)?, path: source });
            }
            None => uncompressed_bytes(&source)?,
        };
        let wanted_bytes = portion.of(whole_bytes);
        let stem = workload.file_name().trim_end_matches(".jsonl.zst");
        let folder = self.folder.join(fingerprint(&source)?);
        let path = folder.join(format!("{stem}-{wanted_bytes}.jsonl.zst"));
        if !path.is_file() {
            eprintln!("making {}", path.display());
            std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
            self.make(workload, wanted_bytes, &path)?;
        }
        Ok(PageFile { bytes: uncompressed_bytes(&path)?, path })
    }

    /// Round after round of the source's pages, the last one thinned, each with ids of its own.
    fn make(&self, workload: Workload, wanted_bytes: u64, path: &Path) -> Result<(), String> {
        let unfinished = path.with_extension("unfinished");
        let target = File::create(&unfinished).and_then(|file| zstd::Encoder::new(file, COMPRESSION_LEVEL));
        let mut target = target.map_err(failed(&unfinished))?;
        let mut missing_bytes = wanted_bytes;
        for round in 0.. {
            let source = self.source_of(workload, round)?;
            let total_bytes = uncompressed_bytes(&source)?;
            if total_bytes == 0 {
                return Err(format!("{}: there are no pages in it", source.display()));
            }
            let share = Share::new(missing_bytes.min(total_bytes), total_bytes);
            add_round(&source, workload, round, share, &mut target).map_err(failed(&source))?;
            missing_bytes = missing_bytes.saturating_sub(total_bytes);
            if missing_bytes == 0 {
                break;
            }
        }
        let finished = target.finish().and_then(|file| file.sync_all());
        finished.and_then(|()| std::fs::rename(&unfinished, path)).map_err(failed(path))
    }

    /// The file a round's pages are taken from.
    fn source_of(&self, workload: Workload, round: u64) -> Result<PathBuf, String> {
        let path = match self.source {
            Source::Generated => self.generated(round + 1)?.join(workload.file_name()),
            Source::Corpus(folder) => folder.join(workload.file_name()),
            Source::Files(files) => {
                let file = files.iter().find(|(known, _)| *known == workload);
                file.map(|(_, path)| path.clone()).ok_or("no page file of this workload")?
            }
        };
        path.canonicalize().map_err(failed(&path))
    }

    fn generated(&self, seed: u64) -> Result<PathBuf, String> {
        let folder = self.folder.join(format!("generated-{CONVERSATIONS}-{seed}"));
        if !folder.is_dir() {
            let unfinished = folder.with_extension("unfinished");
            remove(&unfinished)?;
            let mut simulate = Command::new(self.convolake);
            simulate.args(["simulate", "--conversations", CONVERSATIONS, "--seed", &seed.to_string()]);
            command::run(simulate.arg("--pages-to").arg(&unfinished))?;
            std::fs::rename(&unfinished, &folder).map_err(failed(&folder))?;
        }
        Ok(folder)
    }
}

/// Removes a folder and all in it, where it is there.
pub(super) fn remove(folder: &Path) -> Result<(), String> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{} could not be removed: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// A name that is another one once the file is.
fn fingerprint(file: &Path) -> Result<String, String> {
    let metadata = file.metadata().map_err(failed(file))?;
    let mut hasher = DefaultHasher::new();
    (file, metadata.len(), metadata.modified().ok()).hash(&mut hasher);
    Ok(format!("sized-{:016x}", hasher.finish()))
}

fn uncompressed_bytes(file: &Path) -> Result<u64, String> {
    let count = || copy(&mut zstd::Decoder::new(File::open(file)?)?, &mut sink());
    count().map_err(failed(file))
}

/// Adds a share of the source's pages.
fn add_round(
    source: &Path,
    workload: Workload,
    round: u64,
    mut share: Share,
    target: &mut impl Write,
) -> std::io::Result<()> {
    let mut lines = BufReader::with_capacity(1 << 20, zstd::Decoder::new(File::open(source)?)?);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if line.last() != Some(&b'\n') {
            line.push(b'\n');
        }
        if share.takes(line.len() as u64) {
            target.write_all(&renamed(&line, workload, round))?;
        }
        line.clear();
    }
    Ok(())
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}
