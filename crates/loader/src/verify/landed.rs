//! The names of landed pages, and the records in quarantine.

use std::collections::{BTreeSet, HashSet};
use std::io::{BufRead, BufReader};

use crate::quarantine::QuarantineLine;
use crate::storage::LakeStorage;
use crate::verify::finding::{FindingKind, Findings, Remedy};
use crate::verify::lake_files;
use crate::{LoadError, PageRef, paths};

/// The names of a pipeline's landed pages.
#[derive(Debug)]
pub(crate) struct Landed {
    zone: String,
    objects: HashSet<String>,
}

impl Landed {
    pub(crate) fn list(lake: &LakeStorage, pipeline: &str) -> Result<Self, LoadError> {
        let zone = paths::raw_pipeline(pipeline);
        let objects = lake_files::below(lake, &zone)?.into_iter().collect();
        Ok(Self { zone: format!("{zone}/"), objects })
    }

    /// True for the page of an object that is there; each has one line.
    pub(crate) fn has(&self, page: &str) -> bool {
        PageRef::parse(page).is_some_and(|at| at.line == 1 && self.objects.contains(&at.object))
    }

    /// True for a page that a run has landed, or would have; others are of files that were flattened.
    pub(crate) fn is_of_raw_zone(&self, page: &str) -> bool {
        page.starts_with(&self.zone)
    }

    pub(crate) fn pages(&self) -> u64 {
        self.objects.len() as u64
    }

    /// The runs that landed pages.
    pub(crate) fn runs(&self) -> BTreeSet<String> {
        let run = |object: &String| paths::raw_run_and_seq(object).map(|(run, _)| run.to_owned());
        self.objects.iter().filter_map(run).collect()
    }
}

/// The records in quarantine.
#[derive(Debug, Default)]
pub(crate) struct Quarantined {
    pub(crate) lines: u64,
    identities: HashSet<u64>,
}

impl Quarantined {
    /// Reads all quarantine files of a pipeline.
    pub(crate) fn read(
        lake: &LakeStorage,
        pipeline: &str,
        findings: &mut Findings,
    ) -> Result<Self, LoadError> {
        let mut known = Self::default();
        for object in lake_files::below(lake, &paths::quarantine_of_pipeline(pipeline))? {
            let Some(bytes) = lake_files::object(lake, &object)? else { continue };
            if let Err(error) = known.add(&bytes) {
                let remedy = Remedy::MoveAwayAndReplay;
                findings.add(FindingKind::QuarantineUnreadable, object, error.to_string(), remedy);
            }
        }
        Ok(known)
    }

    fn add(&mut self, compressed: &[u8]) -> std::io::Result<()> {
        for line in BufReader::new(zstd::Decoder::new(compressed)?).split(b'\n') {
            let line: QuarantineLine = serde_json::from_slice(&line?)?;
            self.lines += 1;
            self.identities.insert(line.identity_of_record());
        }
        Ok(())
    }

    /// The lines of another lake's quarantine that are not in this one.
    pub(crate) fn lacks(
        &self,
        other: &LakeStorage,
        pipeline: &str,
        findings: &mut Findings,
    ) -> Result<(), LoadError> {
        for object in lake_files::below(other, &paths::quarantine_of_pipeline(pipeline))? {
            let Some(bytes) = lake_files::object(other, &object)? else { continue };
            let failed = || LoadError::file("read the quarantine file", object.as_ref());
            let reader = zstd::Decoder::new(bytes.as_ref()).map_err(failed())?;
            for line in BufReader::new(reader).split(b'\n') {
                let line = line.map_err(failed())?;
                let Ok(line) = serde_json::from_slice::<QuarantineLine>(&line) else { continue };
                if !line.is_record_in(&self.identities) {
                    let detail = format!("a record of this page makes no row ({})", line.reason);
                    findings.add(FindingKind::RecordLost, line.page, detail, Remedy::Replay);
                }
            }
        }
        Ok(())
    }
}
