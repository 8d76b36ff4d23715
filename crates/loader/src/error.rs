//! Why something could not be done with a lake.

use std::path::{Path, PathBuf};

use arrow_schema::ArrowError;
use convolake_model::{PartitionBy, Tree};
use parquet::errors::ParquetError;

/// Why the lake could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A location that names no lake.
    #[error("the store's endpoint `{endpoint}` (AWS_ENDPOINT_URL) cannot be asked: {reason}")]
    Endpoint {
        /// The endpoint.
        endpoint: String,
        /// Why not.
        reason: &'static str,
    },
    /// A place that names no lake.
    #[error("`{text}` names no lake: {reason}")]
    Location {
        /// As given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A name that cannot stand in a path.
    #[error(
        "{what} `{name}` cannot stand in a path: letters, digits, `_`, `-` and `.` can, beginning with neither `_` nor `.`"
    )]
    Name {
        /// What it names.
        what: &'static str,
        /// As given.
        name: String,
    },
    /// A live run holds the pipeline's lease.
    #[error("another run holds the lease since {since}: {holder}")]
    LeaseHeld {
        /// Run and process of the holder, as far as it has written them.
        holder: String,
        /// When it took the lease, as it wrote it.
        since: String,
    },
    /// The lease was not renewed in time, or somebody else has taken it.
    #[error(
        "this run has lost the lease of {pipeline}: it could not renew it in time, or another run has taken it over; \
         nothing more was written, run it again"
    )]
    LeaseLost {
        /// The pipeline.
        pipeline: String,
    },
    /// An object is no longer in the version that this run has read.
    #[error(
        "another run has gone on since this one read {object}, as after this one stood still: nothing was written over, and this one is to be \
         made again"
    )]
    Overtaken {
        /// The object's name within the lake.
        object: String,
    },
    /// A table file or a manifest is not what the commit says that is read.
    #[error(
        "{object} {found}, which is not what commit {commit} says; `convolake verify` tells what else differs and what helps"
    )]
    NotAsCommitted {
        /// The object's name within the lake.
        object: String,
        /// What is found instead.
        found: &'static str,
        /// The commit's number.
        commit: u64,
    },
    /// Somebody else has changed a table of the Delta tree.
    #[error(
        "the Delta table delta/{table} was changed by somebody else: its version {version}{operation} is none of convolake's, and to \
         publish beside it could double rows; the plain files are as they should be"
    )]
    DeltaForeign {
        /// The table.
        table: String,
        /// The foreign version.
        version: u64,
        /// What it calls itself, in brackets.
        operation: String,
    },
    /// A Delta table shows a commit that the lake does not have: its state was begun anew, or brought back from a copy.
    #[error(
        "the Delta table delta/{table} shows commit {published} of {pipeline}, and the newest one of the lake is {commit}: its state was \
         begun anew beside the table, or brought back from a copy; the plain files are as that state says"
    )]
    DeltaAhead {
        /// The table.
        table: String,
        /// The pipeline.
        pipeline: String,
        /// The commit that the table shows.
        published: u64,
        /// The newest one there is.
        commit: u64,
    },
    /// The log of a table of the Delta tree cannot be followed.
    #[error(
        "the log of the Delta table delta/{table} cannot be followed: {reason}; the plain files are as they should be"
    )]
    DeltaLog {
        /// The table.
        table: String,
        /// Why not.
        reason: String,
    },
    /// The store was not reached, or did not answer.
    #[error("could not {act} {object}: the store is not available")]
    StoreUnavailable {
        /// What was tried.
        act: &'static str,
        /// The object's name within the lake.
        object: String,
        /// Why not.
        #[source]
        source: StoreError,
    },
    /// The store knows neither the keys nor allows what was tried.
    #[error("the store refuses to {act} {object}; {hint}")]
    StoreRefused {
        /// What was tried.
        act: &'static str,
        /// The object's name within the lake.
        object: String,
        /// What to look at.
        hint: &'static str,
        /// What it said.
        #[source]
        source: StoreError,
    },
    /// There is no such bucket.
    #[error("there is no bucket of this name (asked to {act} {object}); create it, or mend the name in --to")]
    BucketMissing {
        /// What was tried.
        act: &'static str,
        /// The object's name within the lake.
        object: String,
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// A store that does not keep what the lake is built on.
    #[error(
        "the store does not keep what a lake is built on, and nothing was written to it: {missing}; use a store that does"
    )]
    StoreUnfit {
        /// What it lacks.
        missing: String,
    },
    /// The file system refused.
    #[error("could not {act} {}", path.display())]
    File {
        /// What was tried.
        act: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file system that lacks what a lake is built on.
    #[error(
        "the file system of {} has no {lacks}, which a lake is built on; use a local disk, or another file system, for the lake \
         (`convolake check` tries it out)",
        path.display()
    )]
    FileSystemUnfit {
        /// The file that was to be written or locked.
        path: PathBuf,
        /// What it lacks.
        lacks: &'static str,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The object store refused.
    #[error("could not {act} the object {object}")]
    Object {
        /// What was tried.
        act: &'static str,
        /// The object's name within the lake.
        object: String,
        /// Why not.
        #[source]
        source: StoreError,
    },
    /// An object that is create-once stands there with another content.
    #[error("the object {object} exists already, written by somebody else")]
    ObjectTaken {
        /// The object's name within the lake.
        object: String,
    },
    /// A commit, intent or raw object is no longer what was written.
    #[error("the object {object} is damaged; restore it from a copy, as nothing can stand in for it")]
    Damaged {
        /// The object's name within the lake.
        object: String,
        /// What does not read.
        #[source]
        source: DamageCause,
    },
    /// A landed page refers to another one that is gone or does not read.
    #[error("{object} refers to {referred}, which does not read")]
    Referred {
        /// The page's object within the lake.
        object: String,
        /// The page it refers to: object#line.
        referred: String,
        /// Why that one does not read.
        #[source]
        source: Box<Self>,
    },
    /// A newer convolake has written here.
    #[error(
        "the object {object} has format version {found}, this program reads up to {known}; use a newer convolake"
    )]
    Newer {
        /// The object's name within the lake.
        object: String,
        /// Its version.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// The table file in the lake was written with other columns.
    #[error(
        "a file of the table {table} has other columns than the table; `convolake replay` rebuilds it where its pages have landed"
    )]
    SchemaChanged {
        /// The table.
        table: String,
    },
    /// Rows that only the table holds were written with other columns.
    #[error(
        "{rows} rows of the table {table} come from no landed page that is there, and are stored with other columns than the \
         table has now, so that a rebuild would lose them; nothing was changed. Flatten their files into the new table again: \
         move the table's folder out of the lake, then `convolake replay`, then `convolake flatten`"
    )]
    KeptRowsMisfit {
        /// The table.
        table: String,
        /// How many.
        rows: u64,
    },
    /// A rebuild would end with fewer rows than there are.
    #[error(
        "the landed pages give {lost} rows of the table {table} fewer than it has{example}; nothing was changed. `convolake verify` \
         names them; where they are to go, `--allow-missing` goes on"
    )]
    RowsWouldBeLost {
        /// The table.
        table: String,
        /// How many.
        lost: u64,
        /// `, as KEY is in none of them`, of the first; empty where that is not known.
        example: String,
    },
    /// The table has other columns than the lake's, and not only more that may be null.
    #[error(
        "the table {table} is not the one this lake has: {what}\n  hint: a new column that may be null needs nothing; else {way}"
    )]
    TableChanged {
        /// The table.
        table: String,
        /// What differs.
        what: String,
        /// What can be done in this lake.
        way: &'static str,
    },
    /// Another pipeline has loaded other columns into the table.
    #[error(
        "the pipelines {pipeline} and {other} have other columns in the table {table}: {what}\n  hint: call the table of one of \
         them otherwise, or give each pipeline a lake of its own"
    )]
    OtherPipeline {
        /// The table.
        table: String,
        /// The pipeline that would load.
        pipeline: String,
        /// The one that has loaded.
        other: String,
        /// What differs.
        what: String,
    },
    /// The lake's table is cut into another number of buckets.
    #[error(
        "the lake's table {table} is cut into `buckets: {stored}`, and the pipeline says {wanted}; set it to {stored} \
         again, or rebuild all tables with `convolake replay` and the new number"
    )]
    BucketsChanged {
        /// The table.
        table: String,
        /// What the lake has.
        stored: u32,
        /// What was asked for.
        wanted: u32,
    },
    /// The lake's table is cut into partitions of another kind.
    #[error(
        "the lake's table {table} is cut by {}, and the pipeline says by {}\n  hint: `convolake replay` rebuilds it so; \
         `partition_by: {}` in the pipeline leaves it as it is",
        stored.word(), wanted.word(), stored.word()
    )]
    PartitionsChanged {
        /// The table.
        table: String,
        /// What the lake has.
        stored: PartitionBy,
        /// What was asked for.
        wanted: PartitionBy,
    },
    /// A column of a table cannot be one of a Delta table.
    #[error(
        "`{column}` of {table} cannot be a column of a Delta table\n  hint: its name may have no space and none of , ; {{ }} ( ) = there; \
         call it otherwise, and `convolake replay`"
    )]
    DeltaColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Files of a table lie in a tree that the pipeline does not publish, and no commit names them.
    #[error(
        "files of the table {table} lie in another tree than `publish` names, and no commit tells of them\n  hint: move {} out of the \
         lake, or let one run with `publish: {}` take them for the table's",
        if *wanted == Tree::Delta { table.clone() } else { format!("delta/{table}") },
        if *wanted == Tree::Delta { "[plain]" } else { "[delta]" }
    )]
    OtherTree {
        /// The table.
        table: String,
        /// The tree that the pipeline names.
        wanted: Tree,
    },
    /// A table file does not read or write.
    #[error(
        "could not {act} the table file {}; `convolake verify` tells whether it is damaged, and what helps",
        path.display()
    )]
    TableFile {
        /// What was tried.
        act: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: ParquetError,
    },
    /// Columns could not be gathered or spilled.
    #[error("could not {act} rows of the table {table}")]
    Rows {
        /// What was tried.
        act: &'static str,
        /// The table.
        table: String,
        /// Why not.
        #[source]
        source: ArrowError,
    },
    /// Rows that are not rows of the table they are meant for.
    #[error("rows pushed for the table {table} do not fit it: {reason}")]
    Misfit {
        /// The table.
        table: String,
        /// What does not fit.
        reason: String,
    },
}

/// What a store said, without what it must not pass on: an answer's body may hold a key's name and what it signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct StoreError {
    pub(crate) fault: StoreFault,
    pub(crate) text: String,
}

impl StoreError {
    /// True where the store did not take the condition of a request, or does not know of such.
    pub(crate) fn is_about_conditions(&self) -> bool {
        matches!(self.fault, StoreFault::Precondition | StoreFault::NotImplemented)
    }
}

/// What is to be done differently about a store's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreFault {
    Refused,
    Expired,
    Skewed,
    OtherRegion,
    NoKeys,
    NoBucket,
    Unavailable,
    /// The condition of the request does not hold.
    Precondition,
    /// The store does not know what it was asked for.
    NotImplemented,
    Other,
}

/// What does not read in a damaged object.
#[derive(Debug, thiserror::Error)]
pub enum DamageCause {
    /// Not the JSON that was written.
    #[error("it is not the JSON that was written")]
    Json(#[from] serde_json::Error),
    /// Not to be decompressed, or torn.
    #[error("it does not decompress")]
    Compression(#[from] std::io::Error),
    /// JSON, but with something missing or contradicting.
    #[error("{0}")]
    Content(&'static str),
}

/// A page of the raw zone that does not read, or its object.
#[derive(Debug, thiserror::Error)]
#[error("the landed page {object}{} does not read", place(*line))]
pub struct RawError {
    /// The object's name within the lake.
    pub object: String,
    /// The line in it, from 1; 0 where the whole object does not read.
    pub line: u32,
    /// What does not read.
    #[source]
    pub source: Box<LoadError>,
}

/// A line in an object of pages, where it is one.
fn place(line: u32) -> String {
    if line == 0 { String::new() } else { format!("#{line}") }
}

impl LoadError {
    /// Whoever takes the rows of a fold has stopped.
    pub fn rows_untaken() -> Self {
        Self::misfit("(a fold)", "nobody takes its rows any more")
    }

    pub(crate) fn file(act: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { act, path, source }
    }

    pub(crate) fn damaged(object: &str, source: impl Into<DamageCause>) -> Self {
        Self::Damaged { object: object.to_owned(), source: source.into() }
    }

    /// What is told of a page that refers to another one, which could not be read for this reason. What the store refuses is
    /// no fault of either page.
    pub(crate) fn referred(object: &str, referred: &str) -> impl FnOnce(Self) -> Self + use<> {
        let (object, referred) = (object.to_owned(), referred.to_owned());
        move |source| match source {
            Self::Damaged { .. } => Self::Referred { object, referred, source: Box::new(source) },
            other => other,
        }
    }

    pub(crate) fn parquet(act: &'static str, path: &Path) -> impl FnOnce(ParquetError) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::TableFile { act, path, source }
    }

    pub(crate) fn rows(act: &'static str, table: &str) -> impl FnOnce(ArrowError) -> Self + use<> {
        let table = table.to_owned();
        move |source| Self::Rows { act, table, source }
    }

    pub(crate) fn misfit(table: &str, reason: impl Into<String>) -> Self {
        Self::Misfit { table: table.to_owned(), reason: reason.into() }
    }
}
