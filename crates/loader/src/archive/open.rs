//! An archive of the lake that members are read from.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

use bytes::Bytes;

use crate::LoadError;
use crate::archive::table;
use crate::archive::table::{Frame, HEAD_BYTES, Member, Table};
use crate::error::DamageCause;
use crate::storage::blocking::apart;
use crate::storage::locked::locked;
use crate::storage::stored_file::StoredFile;
use crate::storage::{LakeStorage, Listed};

/// How much of an archive is read at first: mostly all of its table.
const START_BYTES: u64 = 64 * 1024;

/// The frame that was read last, by its number, and what it holds.
type LastFrame = Option<(usize, Bytes)>;

/// An archive of which the table was read. Members are read where they lie.
#[derive(Debug)]
pub(crate) struct Archive {
    name: String,
    file: StoredFile,
    /// In order, with the place of each.
    frames: Vec<(u64, Frame)>,
    members: BTreeMap<String, Place>,
    /// Neighbours are mostly read one after the other.
    last: Mutex<LastFrame>,
}

/// Where a member lies.
#[derive(Debug)]
struct Place {
    member: Member,
    frame: usize,
    /// The place of its content in what the frame holds; `None` where that is all of it.
    range: Option<Range<usize>>,
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
        let table = Table::decode(&name, start.get(HEAD_BYTES..end).ok_or_else(cut_off)?)?;
        let members = places(&table).ok_or_else(cut_off)?;
        let of_members = table.members.iter().map(|member| Frame { bytes: member.bytes, plain: 0 });
        let in_order = if table.has_frame_a_member() { of_members.collect() } else { table.frames };
        let mut frames = Vec::with_capacity(in_order.len());
        let mut at = end as u64;
        for frame in in_order {
            frames.push((at, frame));
            at = at.checked_add(frame.bytes).filter(|end| *end <= n_bytes).ok_or_else(cut_off)?;
        }
        let file = lake.file(listed).await?;
        Ok(Self { name, file, frames, members, last: Mutex::default() })
    }

    /// What it holds.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values().map(|place| &place.member)
    }

    pub(crate) fn holds(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// An object's content; `None` where it holds no such object.
    pub(crate) async fn read(&self, member: &str) -> Result<Option<Bytes>, LoadError> {
        let Some(place) = self.members.get(member) else { return Ok(None) };
        let known = locked(&self.last).clone().filter(|(nth, _)| *nth == place.frame);
        let plain = match known {
            Some((_, plain)) => plain,
            None => self.frame(place.frame).await?,
        };
        let content = match &place.range {
            Some(range) if range.end <= plain.len() => plain.slice(range.clone()),
            Some(_) => return Err(self.damaged("it is cut off")),
            None => plain.clone(),
        };
        *locked(&self.last) = Some((place.frame, plain));
        Ok(Some(content))
    }

    /// What a frame holds.
    async fn frame(&self, nth: usize) -> Result<Bytes, LoadError> {
        let (begin, frame) = *self.frames.get(nth).ok_or_else(|| self.damaged("it is cut off"))?;
        let n_bytes = usize::try_from(frame.bytes).unwrap_or(usize::MAX);
        let (name, file) = (self.name.clone(), self.file.clone());
        apart(move || {
            let file = file.open()?;
            let mut content = vec![0; n_bytes];
            let read = file.read_full_at(begin, &mut content);
            let read = read.map_err(|error| {
                file.take_failure().unwrap_or_else(|| LoadError::file("read", name.as_ref())(error))
            })?;
            if read < n_bytes {
                return Err(LoadError::damaged(&name, DamageCause::Content("it is cut off")));
            }
            let plain = zstd::decode_all(&*content).map_err(|error| LoadError::damaged(&name, error))?;
            Ok(plain.into())
        })
        .await
    }

    fn damaged(&self, reason: &'static str) -> LoadError {
        LoadError::damaged(&self.name, DamageCause::Content(reason))
    }
}

/// Where the members of an archive lie, by name; `None` where the frames do not hold as much.
fn places(table: &Table) -> Option<BTreeMap<String, Place>> {
    let mut places = BTreeMap::new();
    let (mut frame, mut begin) = (0, 0);
    for (nth, member) in table.members.iter().enumerate() {
        let name = member.name.clone();
        if table.has_frame_a_member() {
            places.insert(name, Place { member: member.clone(), frame: nth, range: None });
            continue;
        }
        while begin >= table.frames.get(frame)?.plain && frame + 1 < table.frames.len() {
            begin = 0;
            frame += 1;
        }
        let end = begin.checked_add(member.bytes).filter(|end| *end <= table.frames[frame].plain)?;
        let range = Some(usize::try_from(begin).ok()?..usize::try_from(end).ok()?);
        places.insert(name, Place { member: member.clone(), frame, range });
        begin = end;
    }
    Some(places)
}
