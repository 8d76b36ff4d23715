//! Variants measured: every file written to memory, by one thread.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use rustix::time::{ClockId, clock_gettime};

use crate::lake::TableFile;
use crate::variant::Variant;

/// What writing a file took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) n_bytes: usize,
    /// The processor time of the writing thread; the least of all rounds.
    pub(crate) cpu: Duration,
}

/// The processor time this thread has had.
fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Writes all files under all variants, `n_rounds` times over, so that a busy moment falls on all of them; for each
/// variant what each file took.
pub(crate) fn measure(
    variants: &[Variant],
    files: &[TableFile],
    n_rounds: usize,
) -> Result<Vec<Vec<Measured>>, Box<dyn Error>> {
    let none_yet = Measured { n_bytes: 0, cpu: Duration::MAX };
    let mut all = vec![vec![none_yet; files.len()]; variants.len()];
    for _ in 0..n_rounds {
        for (variant, measured) in variants.iter().zip(&mut all) {
            round(variant, files, measured)?;
        }
    }
    Ok(all)
}

#[inline(never)]
fn round(variant: &Variant, files: &[TableFile], measured: &mut [Measured]) -> Result<(), Box<dyn Error>> {
    for (file, measured) in files.iter().zip(measured) {
        let file = variant.input.convert(file)?;
        let begin = cpu();
        let n_bytes = write(variant, &file)?.len();
        *measured = Measured { n_bytes, cpu: measured.cpu.min(cpu().saturating_sub(begin)) };
    }
    Ok(())
}

/// Writes all files below a folder, for readers to read.
pub(crate) fn write_to(folder: &Path, variant: &Variant, files: &[TableFile]) -> Result<(), Box<dyn Error>> {
    for file in files {
        let path = folder.join(&file.name);
        std::fs::create_dir_all(path.parent().ok_or("a file without a folder")?)?;
        std::fs::write(path, write(variant, &variant.input.convert(file)?)?)?;
    }
    Ok(())
}

// These two stand apart, so that callgrind can be told to count within them alone.
#[inline(never)]
fn write(variant: &Variant, file: &TableFile) -> Result<Vec<u8>, ParquetError> {
    let mut writer = ArrowWriter::try_new(Vec::new(), file.schema.clone(), Some(variant.properties(file)))?;
    for batch in &file.batches {
        writer.write(batch)?;
    }
    writer.into_inner()
}
