//! One table file is read whole and held against the commits.

use std::path::Path;

use convolake_model::{cause_words, with_causes};

use crate::LoadError;
use crate::snapshot::FileSummary;
use crate::storage::digest::ContentDigest;
use crate::table::expected_file::content;
use crate::table::file::TableFileReader;
use crate::table::partition::Partition;
use crate::verify::finding::{FindingKind, Remedy};
use crate::verify::lake_files;
use crate::verify::scan::{FileFaults, Scan};
use crate::verify::summaries::SummaryHashes;
use crate::verify::tables::Tables;

impl Tables<'_> {
    /// Size and rows of a file; no rows where it does not read.
    pub(crate) fn file(
        &mut self,
        scan: &mut Scan<'_>,
        name: &str,
        partition: Partition,
        folder: &Path,
    ) -> Result<(u64, Option<u64>), LoadError> {
        let file = lake_files::file(self.lake, name)?;
        let ContentDigest { n_bytes, sha256 } = content(&file)?;
        let mut faults = FileFaults::default();
        let limit = self.hash_bytes;
        let outcome = lake_files::guarded(name, || {
            let reader = TableFileReader::open_stored(&file)?;
            let is_whole = reader.schema().fields() == scan.layout.schema.fields();
            let Some(reader) =
                reader.of_table(scan.layout).filter(|file| is_whole == file.lacking().is_empty())
            else {
                return Ok(false);
            };
            scan.file(reader, partition, &mut faults, |scan| {
                for (number, noted) in scan.noted().enumerate() {
                    if noted.bytes() > limit {
                        let folder = folder.join(number.to_string());
                        std::fs::create_dir_all(&folder)
                            .map_err(LoadError::file("create the folder", &folder))?;
                        noted.spill(&folder)?;
                    }
                }
                Ok(())
            })?;
            Ok(true)
        });
        let is_as = |file: &crate::CommittedFile| (file.bytes, &file.sha256) == (n_bytes, &sha256);
        let known = self.history.file(name);
        // What an open intent names is on its way, and may be at any of its steps.
        let is_on_its_way = self.history.is_on_its_way(name);
        let is_as_known = known.is_some_and(|(file, _)| is_as(file)) || is_on_its_way;
        let is_as_named = self.history.named_by.is_some() && known.is_some_and(|(file, _)| is_as(file));
        if is_as_named && matches!(outcome, Ok(true)) {
            let summary = FileSummary::of(scan.layout, TableFileReader::open_stored(&file)?)?;
            self.summaries.insert(name.to_owned(), SummaryHashes::of(&summary));
        }
        if let (Some((file, seq)), false) = (known, is_as_known) {
            let is = format!("it has {n_bytes} bytes and the SHA-256 {}", &sha256[..12]);
            let was =
                format!("commit {seq} wrote {} bytes, {}", file.bytes, file.sha256.get(..12).unwrap_or(""));
            let detail = format!("{is}; {was}");
            let remedy = self.remedy_of_file();
            self.findings.add(FindingKind::FileChanged, name, detail, remedy);
        }
        match outcome {
            Err(error) => {
                let detail = match &error {
                    LoadError::TableFile { act, source, .. } => {
                        format!("could not {act} it: {}", cause_words(source))
                    }
                    error => with_causes(error, ": "),
                };
                self.findings.add(FindingKind::FileUnreadable, name, detail, Remedy::MoveAwayAndReplay);
                return Ok((n_bytes, None));
            }
            // As where the table is being cut otherwise.
            Ok(false) if is_on_its_way => return Ok((n_bytes, None)),
            Ok(false) => {
                let detail = "it has other columns than the table";
                self.findings.add(FindingKind::SchemaChanged, name, detail, Remedy::Replay);
                return Ok((n_bytes, None));
            }
            Ok(true) => {}
        }
        if let Some((file, seq)) =
            known.filter(|(file, _)| is_as_known && is_as(file) && file.rows != faults.rows)
        {
            let detail = format!("it has {} rows; commit {seq} counts {}", faults.rows, file.rows);
            let remedy = self.remedy_of_file();
            self.findings.add(FindingKind::FileChanged, name, detail, remedy);
        }
        let rows = faults.rows;
        self.tell(name, faults);
        Ok((n_bytes, Some(rows)))
    }

    fn tell(&mut self, name: &str, faults: FileFaults) {
        let FileFaults { wrong_date, wrong_bucket, out_of_order, pages, .. } = faults;
        for (kind, faults) in [
            (FindingKind::PartitionWrong, wrong_date),
            (FindingKind::BucketWrong, wrong_bucket),
            (FindingKind::OrderWrong, out_of_order),
        ] {
            if faults.count > 0 {
                let detail = format!("{} rows: {}", faults.count, faults.first);
                self.findings.add(kind, name, detail, Remedy::MoveAwayAndReplay);
            }
        }
        for (page, rows) in pages {
            let detail = format!("{rows} rows of {name} name it");
            self.findings.add(FindingKind::PageMissing, page, detail, Remedy::Restore);
        }
    }
}
