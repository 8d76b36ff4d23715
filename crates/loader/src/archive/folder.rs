//! The archives of earlier commits and reports.

use bytes::Bytes;

use crate::archive::open::Archive;
use crate::storage::{LakeStorage, Listed};
use crate::{LoadError, paths};

/// The archives of one kind of a pipeline, by what their names tell. Each is opened when something in it is asked for.
#[derive(Debug)]
pub(crate) struct ArchiveFolder {
    lake: LakeStorage,
    kind: &'static str,
    /// In the order of their keys.
    archives: Vec<Listed>,
    opened: Option<Archive>,
}

impl ArchiveFolder {
    /// The archives there are of `kind`: `commits` or `reports`.
    pub(crate) async fn list(
        lake: &LakeStorage,
        pipeline: &str,
        kind: &'static str,
    ) -> Result<Self, LoadError> {
        let mut archives = lake.list(&paths::archives(pipeline)).await?;
        archives.retain(|listed| paths::keys_of_archive(kind, &listed.name).is_some());
        Ok(Self { lake: lake.clone(), kind, archives, opened: None })
    }

    /// The names of all objects in them, by archive, the newest archive first. Stops when told to.
    pub(crate) async fn each_names(
        &mut self,
        mut goes_on: impl FnMut(Vec<String>) -> bool,
    ) -> Result<(), LoadError> {
        for listed in self.archives.iter().rev() {
            let opened = Archive::open(&self.lake, listed.clone()).await?;
            if !goes_on(opened.members().map(|member| member.name.clone()).collect()) {
                break;
            }
        }
        Ok(())
    }

    /// An object's content; `None` where no archive holds it. The archive read last stays open.
    pub(crate) async fn read(&mut self, object: &str) -> Result<Option<Bytes>, LoadError> {
        let Some(key) = paths::json_stem(object) else { return Ok(None) };
        if self.opened.as_ref().is_none_or(|opened| !opened.holds(object)) {
            let may_hold = |listed: &&Listed| {
                paths::keys_of_archive(self.kind, &listed.name)
                    .is_some_and(|(first, last)| first <= key && key <= last)
            };
            let candidates: Vec<Listed> = self.archives.iter().filter(may_hold).cloned().collect();
            for listed in candidates {
                let opened = Archive::open(&self.lake, listed).await?;
                if opened.holds(object) {
                    self.opened = Some(opened);
                    break;
                }
            }
        }
        let Some(opened) = &self.opened else { return Ok(None) };
        opened.read(object).await
    }
}
