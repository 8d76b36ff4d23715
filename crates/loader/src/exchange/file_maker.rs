//! Sorted rows become table files, each staged under a name that nobody else takes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use serde::{Deserialize, Serialize};

use crate::exchange::parcel::COUNT_BYTES;
use crate::exchange::standing_files::StandingFiles;
use crate::exchange::stored_keys::{Compared, StoredKeys};
use crate::load::partition_sources::{BATCH_BYTES, BATCH_ROWS};
use crate::load::{LoadTable, table_check};
use crate::publish::commit::{self, Commit};
use crate::rows::coalesce::CoalescerOptions;
use crate::rows::merge::merge;
use crate::snapshot::{FileEntry, FileSummary, RowSummary};
use crate::storage::blocking::block_on;
use crate::storage::contract::OpenGate;
use crate::storage::digest::ContentDigest;
use crate::storage::local_file::LocalFile;
use crate::storage::locked::locked;
use crate::storage::{Expected, LakeStorage, ObjectVersion, Settled, durable};
use crate::table::expected_file::content;
use crate::table::file::{TableFile, TableFileReader};
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::table::writer::{TableFileWriter, Written};
use crate::{LoadError, paths};

/// Makes table files of sorted rows, for a load of this run. All methods block.
#[derive(Debug)]
pub struct FileMaker {
    lake: LakeStorage,
    pipeline: String,
    staging: String,
    /// Tells the names of this attempt from those of any other.
    attempt: String,
    layouts: BTreeMap<String, TableLayout>,
    head: Option<Commit>,
    scratch: PathBuf,
    files: BTreeMap<String, Rows>,
}

/// The parcels of a file, one behind the other on disk.
#[derive(Debug)]
struct Rows {
    path: PathBuf,
    file: Arc<Mutex<File>>,
    /// Where each begins and ends.
    parcels: Vec<(u64, u64)>,
    n_rows: u64,
}

/// A table file that was made, and what it is to the one that stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMade {
    pub(crate) table: String,
    pub(crate) entry: FileEntry,
    pub(crate) stands: Stands,
    /// Rows of the file that stands there, and how many of these keys stayed, and with another content.
    pub(crate) rows_before: u64,
    pub(crate) rows_stayed: u64,
    pub(crate) rows_changed: u64,
}

/// What is to become of the file under its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stands {
    /// It is the one that was made, byte for byte.
    AsItIs,
    /// It gives way.
    Replaced {
        /// The version that stands there; `None` where there is none.
        version: Option<ObjectVersion>,
        /// Staged, without the rows that come to it.
        taking: Option<Content>,
        /// Staged, whole.
        adding: Option<Content>,
    },
}

/// A staged content, by the name it is staged under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl FileMaker {
    /// Begins to make files of these tables; see [`crate::FileMaker::begin`].
    pub(crate) fn of(
        lake: &LakeStorage,
        (pipeline, run, attempt): (&str, &str, &str),
        tables: &[LoadTable],
        buckets: u32,
        scratch: &Path,
    ) -> Result<Self, LoadError> {
        let head = commit::current(lake, pipeline)?;
        let layout = |LoadTable { table, replace, .. }: &LoadTable| {
            let mut layout = TableLayout::new(table, replace, buckets, table.partitions.by())?;
            let known = head.as_ref().and_then(|head| head.tables.get(&table.name));
            layout.field_ids = table_check::numbers(lake, pipeline, known, &layout)?;
            Ok((table.name.clone(), layout))
        };
        let staging = paths::staging(paths::name("the pipeline", pipeline)?, paths::name("the run", run)?);
        Ok(Self {
            lake: lake.clone(),
            pipeline: pipeline.to_owned(),
            staging,
            attempt: paths::name("the attempt", attempt)?.to_owned(),
            layouts: tables.iter().map(layout).collect::<Result<_, LoadError>>()?,
            head,
            scratch: scratch.to_owned(),
            files: BTreeMap::new(),
        })
    }

    /// Takes rows of a file, as [`crate::Load::fold`] hands them on.
    ///
    /// # Errors
    /// A full disk.
    pub fn add(&mut self, file: &str, parcel: &[u8]) -> Result<(), LoadError> {
        let Some((count, rows)) = parcel.split_first_chunk::<COUNT_BYTES>() else { return Ok(()) };
        if !self.files.contains_key(file) {
            let path = self.scratch.join(format!("{:05}.rows", self.files.len()));
            let opened = File::options().read(true).write(true).create_new(true).open(&path);
            let opened = opened.map_err(LoadError::file("create", &path))?;
            let rows = Rows { path, file: Arc::new(Mutex::new(opened)), parcels: Vec::new(), n_rows: 0 };
            self.files.insert(file.to_owned(), rows);
        }
        let Some(known) = self.files.get_mut(file) else { return Ok(()) };
        let begin = known.parcels.last().map_or(0, |(_, end)| *end);
        locked(&known.file).write_all(rows).map_err(LoadError::file("write to", &known.path))?;
        known.parcels.push((begin, begin + rows.len() as u64));
        known.n_rows += u64::from_le_bytes(*count);
        Ok(())
    }

    /// Makes the files.
    ///
    /// # Errors
    /// A parcel that does not read, a file that stands there and does not; a full disk; the store's refusal.
    pub fn finish(self) -> Result<Vec<FileMade>, LoadError> {
        durable::create_folder(&self.lake.path(&self.staging))?;
        let (mut standing, mut all) = (BTreeMap::new(), Vec::with_capacity(self.files.len()));
        for (nth, (file, rows)) in self.files.iter().enumerate() {
            let no_file = || LoadError::misfit(file, "it is no table file of this load");
            let (table, name) = file.split_once('/').ok_or_else(no_file)?;
            let layout = self.layouts.get(table).ok_or_else(no_file)?;
            let partition = Partition::parse(name).ok_or_else(no_file)?;
            let of_table = match standing.entry(table) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    unknown.insert(StandingFiles::of(&self.lake, &self.pipeline, self.head.as_ref(), table)?)
                }
            };
            all.push(self.make(nth, layout, partition, of_table, rows)?);
        }
        Ok(all)
    }

    fn make(
        &self,
        nth: usize,
        layout: &TableLayout,
        partition: Partition,
        standing: &StandingFiles<'_>,
        rows: &Rows,
    ) -> Result<FileMade, LoadError> {
        let stored = standing.find(partition)?;
        let keys = stored.as_ref().map(|stored| StoredKeys::read(layout, stored)).transpose()?;
        let keys = keys.unwrap_or_default();
        let staged = |kind: &str| format!("{}/{}-{nth:05}-{kind}.staged", self.staging, self.attempt);
        let mut compared = Compared::default();
        let (whole, summary) = self.write(layout, rows, staged("whole"), |batch| {
            keys.compare(layout, batch, &mut compared);
            Ok(batch.clone())
        })?;
        let mut made = FileMade {
            table: layout.name.clone(),
            entry: FileEntry::written(partition, &whole.written(), None, summary),
            stands: Stands::AsItIs,
            rows_before: keys.n_rows,
            rows_stayed: compared.stayed,
            rows_changed: compared.changed,
        };
        if let Some(stored) = &stored {
            let file = stored.stored()?;
            if content(file)?.sha256 == whole.sha256 {
                // As in the manifest of who published it, so that nothing changes where nothing does.
                made.entry.stamp = (!self.lake.replaces_by_version()).then(|| file.version().clone());
                made.entry.place = stored.place;
                let path = self.lake.path(&whole.name);
                std::fs::remove_file(&path).map_err(LoadError::file("remove", &path))?;
                return Ok(made);
            }
        }
        let version = stored.as_ref().map(TableFile::version).transpose()?.cloned();
        // In the Delta tree the commit shows all successors at once.
        let loses = compared.stayed < keys.n_rows && standing.are_plain();
        let gains = compared.stayed < whole.rows;
        // A row that moves is missed for a moment, and never seen twice: see `publish`.
        let (taking, adding) = match (loses, gains) {
            (true, false) => (Some(whole), None),
            (true, true) => {
                let only_stored = |batch: &RecordBatch| keys.only_stored(layout, batch);
                let (taking, _) = self.write(layout, rows, staged("taking"), only_stored)?;
                (Some(taking), Some(whole))
            }
            (false, _) => (None, Some(whole)),
        };
        // A file that is renamed to its place stays known by what it is known by.
        if let (false, Some(last)) = (self.lake.replaces_by_version(), adding.as_ref().or(taking.as_ref())) {
            made.entry.stamp = block_on(self.lake.find(&last.name))?.map(|found| found.version);
        }
        for content in taking.iter().chain(&adding) {
            self.hand_in(content)?;
        }
        made.stands = Stands::Replaced { version, taking, adding };
        Ok(made)
    }

    /// Merges the rows to a file; `choose` sees each batch, and says what of it is written.
    fn write(
        &self,
        layout: &TableLayout,
        rows: &Rows,
        name: String,
        mut choose: impl FnMut(&RecordBatch) -> Result<RecordBatch, LoadError>,
    ) -> Result<(Content, FileSummary), LoadError> {
        let path = self.lake.path(&name);
        let mut writer = TableFileWriter::create(path.clone(), layout, rows.n_rows)?;
        let mut summary = RowSummary::of_table(layout);
        let options = CoalescerOptions {
            table: &layout.name,
            schema: &layout.write_schema,
            batch_rows: BATCH_ROWS,
            batch_bytes: BATCH_BYTES,
        };
        let sources = rows.parcels.iter().map(|parcel| rows.source(layout, *parcel));
        merge(&layout.order, options, sources.collect::<Result<Vec<_>, _>>()?, |batch| {
            let batch = choose(batch)?;
            summary.add(&batch);
            writer.write(&batch)
        })?;
        let Written { rows, bytes, sha256 } = writer.finish()?;
        let reader = TableFileReader::open_local(path, bytes)?;
        Ok((Content { name, rows, bytes, sha256 }, summary.finish().with_instants_of(&reader)))
    }

    /// Brings a staged file to where who commits finds it: on a shared disk it lies there.
    fn hand_in(&self, content: &Content) -> Result<(), LoadError> {
        if !self.lake.replaces_by_version() {
            let path = self.lake.path(&content.name);
            return durable::sync_parents([path.as_path()]);
        }
        let path = self.lake.path(&content.name);
        let digest = ContentDigest { n_bytes: content.bytes, sha256: content.sha256.clone() };
        let file = LocalFile { path: path.clone(), digest: Some(digest) };
        let taken = || LoadError::ObjectTaken { object: content.name.clone() };
        match block_on(self.lake.publish(&file, &content.name, &Expected::Absent, &OpenGate))? {
            Settled::Ours(_) => {}
            Settled::Other(_) => return Err(taken()),
        }
        std::fs::remove_file(&path).map_err(LoadError::file("remove", &path))
    }
}

impl Content {
    pub(crate) fn written(&self) -> Written {
        Written { rows: self.rows, bytes: self.bytes, sha256: self.sha256.clone() }
    }
}

impl Rows {
    /// The batches of one parcel.
    fn source(
        &self,
        layout: &TableLayout,
        (at, end): (u64, u64),
    ) -> Result<impl Iterator<Item = Result<RecordBatch, LoadError>> + use<>, LoadError> {
        let section = Section { file: Arc::clone(&self.file), at, end };
        let table = layout.name.clone();
        let reader = StreamReader::try_new(BufReader::with_capacity(SECTION_BYTES, section), None);
        let reader = reader.map_err(LoadError::rows("receive", &table))?;
        Ok(reader.map(move |batch| batch.map_err(LoadError::rows("receive", &table))))
    }
}

/// What is read of a parcel at once.
const SECTION_BYTES: usize = 128 << 10;

/// A part of a file that others read beside.
struct Section {
    file: Arc<Mutex<File>>,
    at: u64,
    end: u64,
}

impl Read for Section {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let n_bytes = into.len().min(left);
        let mut file = locked(&self.file);
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(&mut into[..n_bytes])?;
        self.at += read as u64;
        Ok(read)
    }
}
