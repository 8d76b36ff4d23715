//! Where results go: stdout, or a file that is there once it is whole.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use convolake_engine::{Outcome, io_words};

use super::Format;
use super::row_writer::Bytes;
use crate::failure::Failure;

/// Standard output, for rows of this form.
pub(crate) fn stdout(format: Format) -> Bytes {
    let has_lines = matches!(format, Format::Csv | Format::Ndjson);
    Box::new(BufWriter::with_capacity(1 << 16, Stdout { has_lines }))
}

/// True once somebody has closed stdout who had seen enough: lines are whole as far as they go, unlike a document.
static HAS_SEEN_ENOUGH: AtomicBool = AtomicBool::new(false);

/// Whether who reads stdout line by line, as `head` does, has closed it: what could not be written then is no failure.
pub(crate) fn has_seen_enough() -> bool {
    HAS_SEEN_ENOUGH.load(Ordering::Relaxed)
}

struct Stdout {
    has_lines: bool,
}

impl Stdout {
    fn noting<T>(&self, written: io::Result<T>) -> io::Result<T> {
        if self.has_lines && written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            HAS_SEEN_ENOUGH.store(true, Ordering::Relaxed);
        }
        written
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.noting(io::stdout().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.noting(io::stdout().flush())
    }
}

/// Writes text for people to stdout. Who closes it early, as `head` does, has seen enough.
///
/// # Errors
/// It cannot be written.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::other(format!("the result could not be written to stdout: {}", io_words(&error))))
        }
        _ => Ok(()),
    }
}

/// The file in the making: a process that ends early takes it away.
static IN_THE_MAKING: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Takes away what is not whole, before the process ends.
pub(crate) fn abandon() {
    if let Some(staged) = IN_THE_MAKING.lock().unwrap_or_else(PoisonError::into_inner).take() {
        drop(std::fs::remove_file(staged));
    }
}

/// A file in the making, beside the place it is for.
#[derive(Debug)]
pub(crate) struct StagedFile {
    path: PathBuf,
    staged: PathBuf,
}

impl StagedFile {
    /// Begins a file.
    ///
    /// # Errors
    /// It cannot be made there.
    pub(crate) fn begin(path: &Path) -> Result<(Self, Bytes), Failure> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let staged = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = std::fs::File::create(&staged).map_err(|error| failed("write", path, &error))?;
        *IN_THE_MAKING.lock().unwrap_or_else(PoisonError::into_inner) = Some(staged.clone());
        Ok((Self { path: path.to_owned(), staged }, Box::new(BufWriter::with_capacity(1 << 16, file))))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// The file system refuses.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        std::fs::rename(&self.staged, &self.path).map_err(|error| failed("write", &self.path, &error))
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        // Gone already, where it was finished.
        drop(std::fs::remove_file(&self.staged));
    }
}

fn failed(act: &str, path: &Path, error: &io::Error) -> Failure {
    let outcome = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Outcome::Refused,
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => Outcome::Misconfigured,
        _ => Outcome::Failed,
    };
    let message = format!("could not {act} {}: {}", path.display(), io_words(error));
    Failure::Other { message, hint: None, outcome }
}
