//! The names of landed pages, and the records in quarantine.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};

use crate::quarantine::QuarantineLine;
use crate::raw::Objects;
use crate::rows::landed_objects::LandedObjects;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::verify::finding::{FindingKind, Findings, Remedy};
use crate::verify::lake_files;
use crate::{LoadError, paths};

/// The names of a pipeline's landed pages, packed or not.
pub(crate) fn landed_objects(lake: &LakeStorage, pipeline: &str) -> Result<LandedObjects, LoadError> {
    let mut objects = lake_files::below(lake, &paths::raw_pipeline(pipeline))?;
    objects.retain(|object| paths::is_raw_object(object));
    let packed = block_on(Objects::new(lake.clone()).packed(pipeline))?;
    objects.extend(packed.into_iter().map(|member| member.name));
    Ok(LandedObjects::new(pipeline, objects))
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
