//! A table's rows for readers: some columns, of the rows that hold certain texts, file by file.

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::DataType;
use arrow_select::filter::filter_record_batch;

use crate::reads::file_choice::{FileChoice, WantedIds};
use crate::reads::grouped_scan::GroupedBatches;
use crate::reads::live;
use crate::rows::texts::Texts;
use crate::snapshot::TouchedGroups;
use crate::snapshot::group_hashes::rows_of_groups;
use crate::storage::LakeStorage;
use crate::table::file;
use crate::table::file::{TableFile, TableFileReader, TableFileRows};
use crate::table::statistics::excludes_text;
use crate::{LoadError, paths};

/// Files whose footers are fetched ahead.
const FILES_AHEAD: usize = 16;

/// Where the files of a scan are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileSource {
    /// In the newest commit.
    Commit,
    /// In the table's folder.
    Folder,
}

/// Which of a pipeline's rows in a table are read, and which of their columns. See [`crate::Lake::scan`].
#[derive(Debug, Clone)]
#[must_use = "nothing is read before `batches` or `group_by`"]
pub struct Scan {
    lake: LakeStorage,
    table: String,
    pipeline: String,
    columns: Vec<String>,
    equal: Vec<(String, String)>,
    source: FileSource,
    choice: FileChoice,
    /// Text columns that are read behind `columns`.
    pub(crate) group_by: Vec<String>,
}

impl Scan {
    pub(crate) fn new(lake: LakeStorage, table: &str, pipeline: &str) -> Self {
        let (table, pipeline) = (table.to_owned(), pipeline.to_owned());
        let (columns, equal, group_by) = (Vec::new(), Vec::new(), Vec::new());
        let (source, choice) = (FileSource::Commit, FileChoice::default());
        Self { lake, table, pipeline, columns, equal, source, choice, group_by }
    }

    /// Reads these columns. Batches have them in the order given; without any, batches have their number of rows alone.
    pub fn columns(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.columns.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Reads only rows in which these text columns, given with their values, hold just these texts; a null is no text.
    /// Row groups whose statistics rule a text out are not read.
    pub fn where_equal(
        mut self,
        values: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        self.equal.extend(values.into_iter().map(|(column, text)| (column.into(), text.into())));
        self
    }

    /// Opens only files that may hold a row with one of these ids in the text column `column`, and with the texts of `equal` in
    /// theirs. Other rows of these files come as well.
    pub fn files_with_ids(
        mut self,
        column: impl Into<String>,
        ids: impl IntoIterator<Item = impl Into<String>>,
        equal: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let ids = ids.into_iter().map(Into::into).collect();
        let equal = equal.into_iter().map(|(column, text)| (column.into(), text.into())).collect();
        self.choice.ids = Some(WantedIds { column: column.into(), ids, equal });
        self
    }

    /// Opens only files that may hold a row whose instant in this column is not before `since`, in microseconds. Other rows of
    /// these files come as well.
    pub fn files_since(mut self, column: impl Into<String>, since: i64) -> Self {
        self.choice.since = Some((column.into(), since));
        self
    }

    /// Opens the files that lie in the table's folder, whatever the newest commit names: for who is to mend what differs.
    pub fn files_lying_there(mut self) -> Self {
        self.source = FileSource::Folder;
        self
    }

    /// Reads only rows of the groups that a load has touched, by the columns of the group, and hardly any other. Files without
    /// such rows are not opened. All rows, where the groups are not few.
    pub fn where_touched(
        mut self,
        group: impl IntoIterator<Item = impl Into<String>>,
        touched: &TouchedGroups,
    ) -> Self {
        let group = group.into_iter().map(Into::into).collect();
        self.choice.groups = touched.few().map(|touched| (group, touched.clone()));
        self
    }

    /// The rows, batch by batch, none of them empty. Blocks, here and at each batch.
    ///
    /// # Errors
    /// A table that cannot be listed; at its batch, a file that does not read, and [`LoadError::SchemaChanged`] for one
    /// without such a column or with another type for a text column.
    pub fn batches(self) -> Result<ScanBatches, LoadError> {
        paths::name("the pipeline", &self.pipeline)?;
        let table = paths::name("the table", &self.table)?;
        let files = match self.source {
            FileSource::Commit => {
                live::of_newest(&self.lake, &self.pipeline, table, |live| self.choice.files(live))?
            }
            FileSource::Folder => file::list(&self.lake, table, &self.pipeline)?,
        };
        Ok(ScanBatches { scan: self, files, n_done: 0, open: None })
    }

    /// The rows, grouped by the values of some text columns, all groups in one pass over the files. Blocks, here and at
    /// each batch.
    ///
    /// # Errors
    /// As [`Scan::batches`].
    pub fn group_by(
        mut self,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<GroupedBatches, LoadError> {
        self.group_by.extend(columns.into_iter().map(Into::into));
        Ok(GroupedBatches::new(self.columns.len(), self.batches()?))
    }

    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    fn open(&self, file: &TableFile) -> Result<OpenFile, LoadError> {
        let reader = TableFileReader::open(file)?;
        let changed = || LoadError::SchemaChanged { table: self.table.clone() };
        let schema = reader.schema();
        let position = |column: &String| schema.index_of(column).map_err(|_| changed());
        let text_position = |column: &String| {
            let position = position(column)?;
            let is_text = *schema.field(position).data_type() == DataType::Utf8;
            is_text.then_some(position).ok_or_else(changed)
        };
        let mut positions = self.columns.iter().map(position).collect::<Result<Vec<_>, _>>()?;
        positions.extend(self.group_by.iter().map(text_position).collect::<Result<Vec<_>, _>>()?);
        let n_columns = positions.len();
        for (column, _) in &self.equal {
            positions.push(text_position(column)?);
        }
        let touched = self.choice.groups.iter().flat_map(|(columns, _)| columns);
        positions.extend(touched.map(position).collect::<Result<Vec<_>, _>>()?);
        let groups = self.row_groups(&reader);
        let (positions, mut places) = file::in_file_order(&positions);
        let touched = places.split_off(n_columns + self.equal.len());
        let equal = places.split_off(n_columns);
        let rows = reader.read(Some(&positions), groups, None)?;
        Ok(OpenFile { rows, columns: OpenColumns { wanted: places, equal, touched } })
    }

    /// The row groups that may hold a row with these texts; `None` where that is all of them.
    fn row_groups(&self, reader: &TableFileReader) -> Option<Vec<usize>> {
        let leaves: Vec<(usize, &str)> = self
            .equal
            .iter()
            .filter_map(|(column, text)| Some((reader.leaf(column)?, text.as_str())))
            .collect();
        let groups = reader.metadata().row_groups();
        let may_hold = |group: &usize| {
            let excludes =
                |(leaf, text): &(usize, &str)| excludes_text(&groups[*group], *leaf, text.as_bytes());
            !leaves.iter().any(excludes)
        };
        let kept: Vec<usize> = (0..groups.len()).filter(may_hold).collect();
        (kept.len() < groups.len()).then_some(kept)
    }
}

/// A pipeline's rows in a table, batch by batch. See [`Scan::batches`].
#[derive(Debug)]
pub struct ScanBatches {
    pub(crate) scan: Scan,
    files: Vec<TableFile>,
    /// How many of the files are open or through.
    n_done: usize,
    open: Option<OpenFile>,
}

impl ScanBatches {
    /// The next batch with a row; `None` at the end of the last file.
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, LoadError> {
        loop {
            if let Some(open) = &mut self.open {
                for batch in open.rows.by_ref() {
                    if let Some(batch) = matching(&batch?, &open.columns, &self.scan)? {
                        return Ok(Some(batch));
                    }
                }
                self.open = None;
            }
            let Some(file) = self.files.get(self.n_done) else { return Ok(None) };
            if self.n_done.is_multiple_of(FILES_AHEAD) {
                let ahead = self.files.len().min(self.n_done + FILES_AHEAD);
                file::fetch_footers(&self.files[self.n_done..ahead]);
            }
            self.n_done += 1;
            self.open = Some(self.scan.open(file)?);
        }
    }
}

impl Iterator for ScanBatches {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}

/// A file being read, and where in its batches the columns are.
#[derive(Debug)]
struct OpenFile {
    rows: TableFileRows,
    columns: OpenColumns,
}

/// Where in a batch the columns are.
#[derive(Debug)]
struct OpenColumns {
    /// The columns asked for, then those that rows are grouped by.
    wanted: Vec<usize>,
    /// The columns of [`Scan::where_equal`].
    equal: Vec<usize>,
    /// The columns of [`Scan::where_touched`].
    touched: Vec<usize>,
}

/// The rows with the texts asked for, and of them the columns asked for; `None` where there is no such row.
fn matching(
    batch: &RecordBatch,
    columns: &OpenColumns,
    scan: &Scan,
) -> Result<Option<RecordBatch>, LoadError> {
    let failed = || LoadError::rows("read", &scan.table);
    let mut keep = vec![true; batch.num_rows()];
    for (column, (_, text)) in columns.equal.iter().zip(&scan.equal) {
        let Some(texts) = Texts::of(batch.column(*column)) else {
            return Err(LoadError::SchemaChanged { table: scan.table.clone() });
        };
        for (row, keep) in keep.iter_mut().enumerate() {
            *keep &= !texts.is_null(row) && texts.bytes(row) == text.as_bytes();
        }
    }
    if let Some((_, touched)) = &scan.choice.groups {
        let group: Vec<ArrayRef> =
            columns.touched.iter().map(|column| batch.column(*column).clone()).collect();
        let is_touched = rows_of_groups(&group, touched)
            .ok_or_else(|| LoadError::SchemaChanged { table: scan.table.clone() })?;
        keep.iter_mut().zip(is_touched).for_each(|(keep, is_touched)| *keep &= is_touched);
    }
    let n_kept = keep.iter().filter(|keep| **keep).count();
    if n_kept == 0 {
        return Ok(None);
    }
    let batch_of_columns = batch.project(&columns.wanted).map_err(failed())?;
    if n_kept == batch.num_rows() {
        return Ok(Some(batch_of_columns));
    }
    filter_record_batch(&batch_of_columns, &BooleanArray::from(keep)).map(Some).map_err(failed())
}

#[cfg(test)]
mod tests;
