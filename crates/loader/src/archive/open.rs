//! An archive of the lake that members are read from.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::LoadError;
use crate::archive::table;
use crate::archive::table::{HEAD_BYTES, Member};
use crate::error::DamageCause;
use crate::storage::blocking::apart;
use crate::storage::stored_file::StoredFile;
use crate::storage::{LakeStorage, Listed};

/// How much of an archive is read at first: mostly all of its table.
const START_BYTES: u64 = 64 * 1024;

/// An archive of which the table was read. Members are read where they lie.
#[derive(Debug)]
pub(crate) struct Archive {
    name: String,
    file: StoredFile,
    /// By name, with the place of its bytes.
    members: BTreeMap<String, (u64, Member)>,
}

impl Archive {
    pub(crate) async fn open(lake: &LakeStorage, listed: Listed) -> Result<Self, LoadError> {
        let name = listed.name.clone();
        let n_bytes = listed.n_bytes;
        let cut_off = || LoadError::damaged(&name, DamageCause::Content("it is cut off"));
        let mut start = lake.get_start(&name, START_BYTES.min(n_bytes)).await?;
        let end = HEAD_BYTES + table::length(&name, &start)?;
        if start.len() < end {
            if end as u64 > n_bytes {
                return Err(cut_off());
            }
            start = lake.get_start(&name, end as u64).await?;
        }
        let in_order = table::decode(&name, start.get(HEAD_BYTES..end).ok_or_else(cut_off)?)?;
        let mut members = BTreeMap::new();
        let mut at = end as u64;
        for member in in_order {
            let begin = at;
            at = at.checked_add(member.bytes).filter(|end| *end <= n_bytes).ok_or_else(cut_off)?;
            members.insert(member.name.clone(), (begin, member));
        }
        let file = lake.file(listed).await?;
        Ok(Self { name, file, members })
    }

    /// What it holds.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values().map(|(_, member)| member)
    }

    pub(crate) fn holds(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// An object's bytes, as they were; `None` where it holds no such object.
    pub(crate) async fn read(&self, member: &str) -> Result<Option<Bytes>, LoadError> {
        let Some((begin, member)) = self.members.get(member) else { return Ok(None) };
        let (begin, n_bytes) = (*begin, usize::try_from(member.bytes).unwrap_or(usize::MAX));
        let (name, file) = (self.name.clone(), self.file.clone());
        apart(move || {
            let file = file.open()?;
            let mut content = vec![0; n_bytes];
            let read = file.read_full_at(begin, &mut content);
            let read = read.map_err(|error| {
                file.take_failure().unwrap_or_else(|| LoadError::file("read", name.as_ref())(error))
            })?;
            match read == n_bytes {
                true => Ok(Some(content.into())),
                false => Err(LoadError::damaged(&name, DamageCause::Content("it is cut off"))),
            }
        })
        .await
    }
}
