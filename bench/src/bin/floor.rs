//! The least there is to do with a page file: unpack it, parse each line, compress the same bytes as the lake does.
//!
//! `floor FILE` works on one thread and throws away what it makes. What `convolake` needs beyond this is what its tables
//! cost.
//!
//! The parser is simd-json's tape, which checks the whole line and keeps all its values in reach. Of 221 MB of export
//! pages unpacking and compressing take 0.76 s of CPU and parsing, at its best, 0.23 s more; a `Value` of sonic-rs 0.5
//! takes 0.32 s. `target-cpu=native` helps neither.

use std::fs::File;
use std::io::{BufRead, BufReader, Write, sink};
use std::path::Path;
use std::process::ExitCode;

/// The level the lake's files are compressed with.
const COMPRESSION_LEVEL: i32 = 1;

/// A line beyond this is no page.
const LONGEST_LINE_BYTES: usize = 1 << 30;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let result = match (arguments.next(), arguments.next()) {
        (Some(file), None) => floor(Path::new(&file)),
        _ => Err("usage: floor FILE".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where stderr is gone there is nobody to tell; the exit code still does.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn floor(file: &Path) -> Result<(), Failure> {
    let mut lines = BufReader::with_capacity(1 << 20, zstd::Decoder::new(File::open(file)?)?);
    let mut compressed = zstd::Encoder::new(sink(), COMPRESSION_LEVEL)?;
    let mut parser = simd_json::Buffers::default();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if line.len() > LONGEST_LINE_BYTES {
            return Err(format!("{}: a line of {} bytes", file.display(), line.len()).into());
        }
        // Before it is parsed: texts are unescaped in place.
        compressed.write_all(&line)?;
        std::hint::black_box(simd_json::to_tape_with_buffers(&mut line, &mut parser)?);
        line.clear();
    }
    compressed.finish()?;
    Ok(())
}
