//! How the chunk index of a stream is written.
//!
//! ```text
//! zstd( {"v":2,"sampled":8,"objects":[["raw/..",12,3],..],"pages":[[hash,object],..]} \n  hashes )
//! ```
//!
//! Of each object, by its number from 0: its name, how many chunks it is known for, and how many as a whole page. The hashes stand behind
//! that in this order, 4 bytes each, little-endian. Earlier releases wrote all of it as JSON, with whole hashes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::error::DamageCause;
use crate::raw::chunk_index::{ChunkIndex, Known, ShortHash, short};

const JSON_VERSION: u32 = 1;
const VERSION: u32 = 2;
/// Hashes do not grow less by trying harder.
const COMPRESSION_LEVEL: i32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    v: u32,
    sampled: u32,
    objects: Vec<(String, usize, usize)>,
    pages: VecDeque<(u64, u32)>,
}

#[derive(Debug, Deserialize)]
struct Json {
    sampled: u32,
    chunks: BTreeMap<String, BTreeSet<u64>>,
    #[serde(default)]
    pages: VecDeque<(u64, String)>,
}

#[derive(Debug, Deserialize)]
struct Version {
    v: u32,
}

/// An index as it is written; objects that it knows nothing of any more are left out.
pub(crate) fn encode(object: &str, index: &ChunkIndex) -> Result<Bytes, LoadError> {
    let n_objects = index.objects.len();
    let (own, whole) = (by_object(&index.by_hash, n_objects), by_object(&index.pages_by_hash, n_objects));
    let mut is_page = vec![false; n_objects];
    for (_, of) in &index.pages {
        if let Some(is_page) = is_page.get_mut(*of as usize) {
            *is_page = true;
        }
    }
    let (mut objects, mut numbers, mut hashes) = (Vec::new(), vec![0; n_objects], Vec::new());
    for (number, name) in index.objects.iter().enumerate() {
        if own[number].is_empty() && whole[number].is_empty() && !is_page[number] {
            continue;
        }
        numbers[number] = u32::try_from(objects.len()).unwrap_or(u32::MAX);
        objects.push((name.clone(), own[number].len(), whole[number].len()));
        hashes.extend(own[number].iter().chain(&whole[number]).flat_map(|hash| hash.to_le_bytes()));
    }
    let pages = index.pages.iter();
    let pages = pages.filter_map(|(hash, of)| Some((*hash, *numbers.get(*of as usize)?))).collect();
    let head = Head { v: VERSION, sampled: index.sampled, objects, pages };
    let mut plain = serde_json::to_vec(&head).map_err(|error| LoadError::damaged(object, error))?;
    plain.push(b'\n');
    plain.extend_from_slice(&hashes);
    let bytes = zstd::bulk::compress(&plain, COMPRESSION_LEVEL);
    Ok(bytes.map_err(|error| LoadError::damaged(object, error))?.into())
}

/// Reads an index back.
pub(crate) fn decode(object: &str, compressed: &[u8]) -> Result<ChunkIndex, LoadError> {
    let damaged = |reason| LoadError::damaged(object, DamageCause::Content(reason));
    let plain = zstd::decode_all(compressed).map_err(|error| LoadError::damaged(object, error))?;
    let mut parts = plain.splitn(2, |byte| *byte == b'\n');
    let (head, hashes) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Version { v } = serde_json::from_slice(head).map_err(|error| LoadError::damaged(object, error))?;
    match v {
        JSON_VERSION => {
            Ok(from_json(serde_json::from_slice(head).map_err(|error| LoadError::damaged(object, error))?))
        }
        VERSION => {
            let head = serde_json::from_slice(head).map_err(|error| LoadError::damaged(object, error))?;
            from_head(head, hashes).ok_or_else(|| damaged("it is cut off"))
        }
        found => Err(LoadError::Newer { object: object.to_owned(), found, known: VERSION }),
    }
}

fn from_head(head: Head, hashes: &[u8]) -> Option<ChunkIndex> {
    let mut hashes = hashes.chunks_exact(4).map(|bytes| {
        let mut hash = [0; 4];
        hash.copy_from_slice(bytes);
        ShortHash::from_le_bytes(hash)
    });
    let mut index = ChunkIndex { sampled: head.sampled.max(1), pages: head.pages, ..ChunkIndex::default() };
    for (number, (name, n_own, n_whole)) in (0..).zip(head.objects) {
        index.objects.push(name);
        for (known, n_hashes) in [(&mut index.by_hash, n_own), (&mut index.pages_by_hash, n_whole)] {
            for _ in 0..n_hashes {
                known.insert(hashes.next()?, number);
            }
        }
    }
    Some(index)
}

fn from_json(json: Json) -> ChunkIndex {
    let mut index = ChunkIndex { sampled: json.sampled.max(1), ..ChunkIndex::default() };
    // By the time that their names tell, so that the numbers of later objects are greater.
    let mut of_objects: Vec<(String, BTreeSet<u64>)> = json.chunks.into_iter().collect();
    of_objects.sort_by(|(one, _), (other, _)| file_of(one).cmp(file_of(other)));
    for (number, (object, hashes)) in (0..).zip(of_objects) {
        index.objects.push(object);
        index.by_hash.extend(hashes.into_iter().map(|hash| (short(hash), number)));
    }
    for (hash, object) in json.pages {
        index.note_page(hash, &object);
    }
    index.is_changed = false;
    index
}

fn by_object(known: &Known, n_objects: usize) -> Vec<Vec<ShortHash>> {
    let mut by_object = vec![Vec::new(); n_objects];
    for (hash, of) in known {
        if let Some(hashes) = by_object.get_mut(*of as usize) {
            hashes.push(*hash);
        }
    }
    by_object
}

fn file_of(object: &str) -> &str {
    object.rsplit('/').next().unwrap_or(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_releases_wrote_is_read() {
        let json = r#"{"v":1,"sampled":16,"chunks":{"raw/p/s/x/2.zst":[30064771079],"raw/p/s/y/1.zst":[8589934594]},"pages":[[7,"raw/p/s/y/1.zst"]]}"#;
        let index = decode("x", &zstd::encode_all(json.as_bytes(), 3).unwrap()).unwrap();
        assert_eq!((index.sampled, index.object_of_page(7)), (16, Some("raw/p/s/y/1.zst")));
        assert_eq!((index.by_hash.get(&7), index.by_hash.get(&2)), (Some(&1), Some(&0)));
        let index = decode("x", &encode("x", &index).unwrap()).unwrap();
        assert_eq!((index.sampled, index.object_of_page(7)), (16, Some("raw/p/s/y/1.zst")));
        assert_eq!((index.by_hash.get(&7), index.by_hash.get(&2)), (Some(&1), Some(&0)));
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for plain in
            ["", "{}", r#"{"v":1}"#, r#"{"v":9}"#, r#"{"v":2,"sampled":0,"objects":[["a",1,0]],"pages":[]}"#]
        {
            decode("x", &zstd::encode_all(plain.as_bytes(), 3).unwrap()).unwrap_err();
        }
        decode("x", b"no zstd").unwrap_err();
    }
}
