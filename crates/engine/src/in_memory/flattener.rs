//! Pages of one stream become tables: bytes and files alike.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use convolake_batch::readable;
use convolake_loader::{LandedPage, PageRef, RawLine, RawPage};
use convolake_model::{ConfigError, OnMismatch, ParamSet, Stream};
use convolake_transformer::{Flattener, Gathered, PageInput, PageNotes};
use indexmap::IndexMap;

use crate::flatten::command::position;
use crate::flatten::lake_around::LakeAround;
use crate::flatten::only_params::only_params;
use crate::flatten::page_buffers::PageBuffers;
use crate::flatten::page_files::{FilePage, PageFile};
use crate::in_memory::flattened::{DriftReport, FlatTable, Flattened, RejectedRecord};
use crate::in_memory::table_schema::flattened_schema;
use crate::ingest::tally::Counts;
use crate::{EngineError, Project};

/// What is gathered before it is made a batch.
const BATCH_BYTES: usize = 32 << 20;

/// A stream of a pipeline, ready to make tables of its pages. Shared by threads; each [`Flattening`] stands alone.
pub struct MemoryFlattener {
    stream: Stream,
    flattener: Flattener,
    on_mismatch: OnMismatch,
    params: Arc<ParamSet>,
    /// By table, in the order of the stream's schema.
    schemas: IndexMap<String, SchemaRef>,
    buffers: PageBuffers,
}

impl MemoryFlattener {
    /// Compiles a stream's schema. `how` says in the user's words how a param is given, by its name.
    ///
    /// # Errors
    /// A stream that is none; a param that fills a column and has no value, or several.
    pub fn new(project: &Project, stream: &str, how: impl Fn(&str) -> String) -> Result<Self, EngineError> {
        project.chosen(&[stream.to_owned()])?;
        let params = only_params(project, stream, how)?;
        let stream = project.pipeline.streams[stream].clone();
        let mappings = project.schemas[&stream.name].mappings.iter();
        let schema = |table: &String| Some((table.clone(), flattened_schema(project.tables.get(table)?)));
        Ok(Self {
            flattener: project.flattener(&stream)?,
            schemas: mappings.filter_map(|mapping| schema(&mapping.table)).collect(),
            on_mismatch: project.pipeline.on_mismatch,
            stream,
            params,
            buffers: PageBuffers::default(),
        })
    }

    /// Begins to flatten pages.
    pub fn begin(&self) -> Flattening<'_> {
        let table = |(name, schema): (&String, &SchemaRef)| {
            (name.clone(), FlatTable { schema: SchemaRef::clone(schema), batches: Vec::new() })
        };
        Flattening {
            with: self,
            gathered: self.flattener.gather(),
            counts: Counts::default(),
            rejects: Vec::new(),
            gone: Vec::new(),
            tables: self.schemas.iter().map(table).collect(),
            lake_around: LakeAround::default(),
        }
    }
}

/// Pages on their way into tables.
pub struct Flattening<'a> {
    with: &'a MemoryFlattener,
    gathered: Gathered,
    counts: Counts,
    rejects: Vec<RejectedRecord>,
    gone: Vec<String>,
    tables: IndexMap<String, FlatTable>,
    lake_around: LakeAround,
}

impl Flattening<'_> {
    /// Flattens all pages of a file: one page a file or a line, compressed by gzip or zstd or not. A line may be one of a raw zone.
    ///
    /// # Errors
    /// A file that cannot be read; all of [`Flattening::page`].
    pub fn file(&mut self, path: &Path) -> Result<(), EngineError> {
        let object = path.display().to_string();
        let mut file = PageFile::open(path, &self.with.buffers)?;
        while let Some(page) = file.next()? {
            self.file_page(path, &object, &page)?;
        }
        Ok(())
    }

    /// Flattens a page by its bytes; `name` is what rejects and drift name it by. A page that cannot be read is a reject.
    ///
    /// # Errors
    /// A line of a raw zone that refers to others; a value that does not fit, where the pipeline says `on_mismatch: fail`.
    pub fn page(&mut self, body: &[u8], name: &str) -> Result<(), EngineError> {
        match RawLine::parse(body) {
            RawLine::Page(raw) => self.landed(&raw, name),
            RawLine::Refers(of) => Err(refers(name, 0, &of, "only the lake's folder has it")),
            RawLine::Other => self.flatten(body, name, 0),
        }
    }

    /// Flattens a page that was read from a lake's raw zone. A tombstone is told of, and gives no rows.
    ///
    /// # Errors
    /// A page of another stream; a value that does not fit, where the pipeline says `on_mismatch: fail`.
    pub fn landed_page(&mut self, landed: &LandedPage) -> Result<(), EngineError> {
        let (at, of) = (landed.at.to_string(), &landed.page.stream);
        match *of == self.with.stream.name {
            true => self.landed(&landed.page, &at),
            false => {
                let message =
                    format!("this page is of the stream {of}, and not of {}", self.with.stream.name);
                Err(ConfigError::new(&landed.at.object, 0, message).into())
            }
        }
    }

    /// The tables, and what is told of the pages.
    ///
    /// # Errors
    /// Columns that make no batch, which would be a mistake of ours.
    pub fn finish(mut self) -> Result<Flattened, EngineError> {
        self.take()?;
        let Self { with, counts, rejects, gone, tables, .. } = self;
        let drift = DriftReport::of(&with.stream.name, &counts);
        Ok(Flattened { tables, pages: counts.pages, records: counts.records, rejects, drift, gone })
    }

    fn file_page(&mut self, path: &Path, object: &str, page: &FilePage) -> Result<(), EngineError> {
        let at = PageRef { object: object.to_owned(), line: page.line }.to_string();
        match RawLine::parse(&page.bytes) {
            RawLine::Page(raw) => self.landed(&raw, &at),
            RawLine::Refers(of) => {
                let whole = self.lake_around.read_line(path, &page.bytes);
                let whole = whole.map_err(|why| refers(object, page.line, &of, &why))?;
                self.landed(&whole, &at)
            }
            RawLine::Other => self.flatten(&page.bytes, &at, position(&self.with.stream, page)),
        }
    }

    /// A page or tombstone of a raw zone, which names its params.
    fn landed(&mut self, raw: &RawPage, at: &str) -> Result<(), EngineError> {
        if !raw.gone.is_empty() {
            self.gone.extend_from_slice(&raw.gone);
            return Ok(());
        }
        let (body, params, listed) = (&raw.body, &raw.params, &raw.listed);
        self.flatten_input(&PageInput { body, page: at, params, position: 0, listed })
    }

    fn flatten(&mut self, body: &[u8], at: &str, position: u32) -> Result<(), EngineError> {
        let params = Arc::clone(&self.with.params);
        self.flatten_input(&PageInput { body, page: at, params: &params, position, listed: &BTreeMap::new() })
    }

    fn flatten_input(&mut self, input: &PageInput<'_>) -> Result<(), EngineError> {
        self.counts.pages += 1;
        match self.with.flattener.flatten_into(input, &mut self.gathered) {
            Ok(notes) => self.note(input.page, notes)?,
            Err(error) => {
                self.counts.records += 1;
                self.rejects.push(RejectedRecord {
                    page: input.page.to_owned(),
                    pointer: String::new(),
                    reason: "unreadable_page".to_owned(),
                    detail: error.to_string(),
                    record: String::from_utf8_lossy(input.body).into_owned(),
                });
            }
        }
        if self.gathered.bytes() >= BATCH_BYTES { self.take() } else { Ok(()) }
    }

    fn note(&mut self, page: &str, notes: PageNotes) -> Result<(), EngineError> {
        if let (OnMismatch::Fail, Some(((table, column), met))) =
            (self.with.on_mismatch, notes.drift.mismatches.first_key_value())
        {
            let (table, column, first) = (table.clone(), column.clone(), met.first.to_string());
            return Err(EngineError::Mismatch { table, column, first });
        }
        self.counts.records += u64::from(notes.records);
        self.rejects.extend(notes.rejects.iter().map(|reject| RejectedRecord {
            page: page.to_owned(),
            pointer: reject.pointer,
            reason: reject.reason.code().to_owned(),
            detail: reject.detail,
            record: reject.text,
        }));
        self.counts.drift.merge(notes.drift);
        Ok(())
    }

    /// Makes batches of what is gathered.
    fn take(&mut self) -> Result<(), EngineError> {
        let failed =
            |error: ArrowError| EngineError::Worker { message: format!("rows make no batch: {error}") };
        for batch in self.with.flattener.take(&mut self.gathered).map_err(failed)? {
            let Some(table) = self.tables.get_mut(&batch.table) else { continue };
            if batch.rows.num_rows() > 0 {
                let rows: RecordBatch = readable(&batch.rows, &table.schema).map_err(failed)?;
                table.batches.push(rows);
            }
        }
        Ok(())
    }
}

/// A landed page that is whole in its lake only.
fn refers(file: &str, line: u32, of: &str, why: &str) -> EngineError {
    let message = format!(
        "this landed page refers to {of} for what had landed before, and is not whole without it: {why}"
    );
    ConfigError::new(file, line.into(), message)
        .with_hint(Some(
            "name the file where it lies below its lake's raw/, and what it refers to is found".to_owned(),
        ))
        .into()
}
