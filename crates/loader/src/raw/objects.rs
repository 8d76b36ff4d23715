//! Landed objects by name, whether they lie there by themselves or were packed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::archive::{Archive, Member};
use crate::storage::locked::locked;
use crate::storage::{LakeStorage, Listed};
use crate::{LoadError, paths};

/// Packs of which the table is held, at the most: neighbours in time lie in the same one.
const MAX_OPENED: usize = 8;

/// Reads landed objects. Packs are looked for when an object is not there by itself; what is known of them is kept. Cheap to
/// clone.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    lake: LakeStorage,
    packs: Arc<Mutex<BTreeMap<String, Packs>>>,
}

/// The packs of a pipeline, as they were listed, and those that were opened last, the newest at the end.
#[derive(Debug, Default)]
struct Packs {
    listed: Vec<Listed>,
    opened: VecDeque<(String, Arc<Archive>)>,
}

impl Objects {
    pub(crate) fn new(lake: LakeStorage) -> Self {
        Self { lake, packs: Arc::default() }
    }

    pub(crate) const fn lake(&self) -> &LakeStorage {
        &self.lake
    }

    /// An object's line, as it landed; `None` where there is no such object.
    pub(crate) async fn get(&self, object: &str) -> Result<Option<Bytes>, LoadError> {
        // A pack that is known spares the look for an object that is no longer there.
        if let Some(found) = self.find_packed(object).await? {
            return Ok(Some(found));
        }
        if let Some(found) = self.lake.get(object).await? {
            let line = zstd::decode_all(&*found).map_err(|error| LoadError::damaged(object, error))?;
            return Ok(Some(line.into()));
        }
        let Some(pipeline) = object.split('/').nth(1) else { return Ok(None) };
        // It was packed meanwhile, or before anybody looked for packs.
        self.list(pipeline).await?;
        self.find_packed(object).await
    }

    /// All that was packed of a pipeline's landed objects.
    pub(crate) async fn packed(&self, pipeline: &str) -> Result<Vec<Member>, LoadError> {
        let mut members = Vec::new();
        for listed in self.list(pipeline).await? {
            members.extend(self.open(pipeline, listed).await?.members().cloned());
        }
        Ok(members)
    }

    async fn find_packed(&self, object: &str) -> Result<Option<Bytes>, LoadError> {
        let Some((run, _)) = paths::raw_run_and_seq(object) else { return Ok(None) };
        let Some(pipeline) = object.split('/').nth(1) else { return Ok(None) };
        let holds_run = |listed: &&Listed| {
            paths::runs_of_pack(&listed.name).is_some_and(|(first, last)| first <= run && run <= last)
        };
        let candidates: Vec<Listed> = {
            let packs = locked(&self.packs);
            packs
                .get(pipeline)
                .into_iter()
                .flat_map(|packs| &packs.listed)
                .filter(holds_run)
                .cloned()
                .collect()
        };
        for listed in candidates {
            if let Some(found) = self.open(pipeline, listed).await?.read(object).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The packs there are.
    async fn list(&self, pipeline: &str) -> Result<Vec<Listed>, LoadError> {
        let mut listed = self.lake.list(&paths::raw_packs(pipeline)).await?;
        listed.retain(|listed| paths::runs_of_pack(&listed.name).is_some());
        let mut packs = locked(&self.packs);
        packs.entry(pipeline.to_owned()).or_default().listed.clone_from(&listed);
        Ok(listed)
    }

    async fn open(&self, pipeline: &str, listed: Listed) -> Result<Arc<Archive>, LoadError> {
        let name = listed.name.clone();
        let is_it = |(opened, _): &&(String, Arc<Archive>)| *opened == name;
        let known =
            locked(&self.packs).get(pipeline).and_then(|packs| packs.opened.iter().find(is_it).cloned());
        if let Some((_, known)) = known {
            return Ok(known);
        }
        let archive = Arc::new(Archive::open(&self.lake, listed).await?);
        let mut packs = locked(&self.packs);
        let opened = &mut packs.entry(pipeline.to_owned()).or_default().opened;
        opened.push_back((name, Arc::clone(&archive)));
        if opened.len() > MAX_OPENED {
            opened.pop_front();
        }
        Ok(archive)
    }
}
