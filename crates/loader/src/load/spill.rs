use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::cells::{Cells, hash_of};
use super::piece::{Number, Piece, numbers};
use super::strip::{Strip, gather};
use crate::LoadError;

/// Rows spilled to disk, cut by the hash of their unit: all rows of a unit come back together, whichever file they
/// were spilled to. Each file holds [`Spill::PARTS`] batches, one for each part, so a part is found by its number.
#[derive(Debug)]
pub(crate) struct Spill {
    table: String,
    folder: PathBuf,
    name: &'static str,
    schema: SchemaRef,
    unit: Vec<usize>,
    files: Vec<PathBuf>,
    /// Memory each part will take.
    part_bytes: Vec<usize>,
}

impl Spill {
    pub(crate) const PARTS: usize = 256;

    pub(crate) fn new(
        table: &str,
        folder: PathBuf,
        name: &'static str,
        schema: &SchemaRef,
        unit: Vec<usize>,
    ) -> Self {
        Self {
            table: table.to_owned(),
            folder,
            name,
            schema: schema.clone(),
            unit,
            files: Vec::new(),
            part_bytes: vec![0; Self::PARTS],
        }
    }

    /// Forgets what was spilled; the files go with their folder.
    pub(crate) fn clear(&mut self) {
        self.files.clear();
        self.part_bytes.fill(0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(crate) fn part_bytes(&self, part: usize) -> usize {
        self.part_bytes[part]
    }

    pub(crate) fn write(&mut self, pieces: &[Piece]) -> Result<(), LoadError> {
        let mut parts: Vec<Vec<Strip>> = vec![Vec::new(); Self::PARTS];
        for (at, piece) in (0u32..).zip(pieces) {
            let unit = Cells::columns(&piece.batch, &self.unit).unwrap_or_default();
            for row in 0..u32::try_from(piece.batch.num_rows()).unwrap_or(u32::MAX) {
                let part = &mut parts[(hash_of(&unit, row as usize, 0) >> 56) as usize];
                match part.last_mut() {
                    Some(last) if (last.piece, last.row + last.len) == (at, row) => last.len += 1,
                    _ => part.push(Strip { piece: at, row, len: 1 }),
                }
            }
        }
        crate::durable::create_folder(&self.folder)?;
        let path = self.folder.join(format!("{}-{:05}.arrow", self.name, self.files.len()));
        let failed = LoadError::file("spill to", &path);
        let file = match File::create(&path) {
            Ok(file) => BufWriter::new(file),
            Err(error) => return Err(failed(error)),
        };
        self.write_parts(file, pieces, &parts).map_err(LoadError::rows("spill", &self.table))?;
        self.files.push(path);
        Ok(())
    }

    fn write_parts(
        &mut self,
        file: BufWriter<File>,
        pieces: &[Piece],
        parts: &[Vec<Strip>],
    ) -> Result<(), arrow_schema::ArrowError> {
        let batches: Vec<&RecordBatch> = pieces.iter().map(|piece| &piece.batch).collect();
        let schema = with_origin(&self.schema);
        let mut writer = FileWriter::try_new(file, &schema)?;
        for (part, strips) in parts.iter().enumerate() {
            let batch = gather(&self.schema, &batches, strips)?;
            let mut columns = batch.columns().to_vec();
            columns
                .extend([numbers(pieces, strips, Number::Version), numbers(pieces, strips, Number::Index)]);
            let batch = RecordBatch::try_new(schema.clone(), columns)?;
            self.part_bytes[part] += if strips.is_empty() { 0 } else { batch.get_array_memory_size() };
            writer.write(&batch)?;
        }
        writer.finish()
    }

    /// All rows of some parts.
    pub(crate) fn read(&self, parts: std::ops::Range<usize>) -> Result<Vec<Piece>, LoadError> {
        let mut pieces = Vec::new();
        for path in &self.files {
            let file = File::open(path).map_err(LoadError::file("read the spilled rows in", path))?;
            let read = || -> Result<(), arrow_schema::ArrowError> {
                let mut reader = FileReader::try_new(BufReader::new(file), None)?;
                reader.set_index(parts.start)?;
                for batch in reader.take(parts.len()) {
                    let batch = batch?;
                    if batch.num_rows() > 0 {
                        pieces.push(self.piece(&batch)?);
                    }
                }
                Ok(())
            };
            read().map_err(LoadError::rows("read back", &self.table))?;
        }
        Ok(pieces)
    }

    fn piece(&self, batch: &RecordBatch) -> Result<Piece, arrow_schema::ArrowError> {
        let n_columns = self.schema.fields().len();
        let numbers = |column: usize| batch.column(column).as_primitive::<UInt32Type>().values().to_vec();
        Ok(Piece {
            batch: RecordBatch::try_new(self.schema.clone(), batch.columns()[..n_columns].to_vec())?,
            version: numbers(n_columns),
            index: numbers(n_columns + 1),
        })
    }
}

fn with_origin(schema: &SchemaRef) -> SchemaRef {
    let mut fields = schema.fields().to_vec();
    fields.extend(
        ["version", "index"].map(|name| Arc::new(Field::new(format!("#{name}"), DataType::UInt32, false))),
    );
    Arc::new(Schema::new(fields))
}
