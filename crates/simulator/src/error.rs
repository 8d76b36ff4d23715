use std::path::PathBuf;

/// Why the simulator could not start or write its pages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The port is taken, or loopback cannot be used.
    #[error("listening on 127.0.0.1:{port} failed")]
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A corpus file could not be read.
    #[error("reading the corpus file {} failed", path.display())]
    ReadCorpus {
        /// The file.
        path: PathBuf,
        /// What the system or the decompressor said.
        #[source]
        source: std::io::Error,
    },
    /// A line of a corpus file is no page body with a record array under `data`.
    #[error("{} line {line} is no page with a record array `data`", path.display())]
    CorpusPage {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What the JSON reader said.
        #[source]
        source: serde_json::Error,
    },
    /// The folder named as a corpus does not exist.
    #[error("there is no corpus folder {}", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder named as a corpus has none of the page files.
    #[error("the corpus folder {} has none of the files {names}", path.display())]
    NoPages {
        /// The folder.
        path: PathBuf,
        /// What they are called.
        names: String,
    },
    /// A page file could not be written.
    #[error("writing the pages to {} failed", path.display())]
    WritePages {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
