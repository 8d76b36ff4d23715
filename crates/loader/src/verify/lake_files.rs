//! How the verification reads the lake: the one place that knows whether a lake is a folder.

use std::fs::File;
use std::io::Read;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use sha2::Digest;
use sha2::Sha256;

use crate::storage::blocking::block_on;
use crate::storage::lake_storage::LakeStorage;
use crate::storage::lake_storage::Place;
use crate::storage::objects::Listed;
use crate::storage::remote_file::RemoteFile;
use crate::storage::seal::hex;
use crate::table::bytes::RemoteReader;
use crate::table::file;
use crate::table::file::{TableFileReader, TablePlace};
use crate::{DamageCause, LoadError};

const READ_BYTES: usize = 256 * 1024;
/// Folders of a lake lie no deeper than this; deeper ones are foreign, and a link to a folder above ends here.
const MAX_DEPTH: usize = 8;

/// The names of all files below a folder of the lake, sorted.
pub(crate) fn below(lake: &LakeStorage, folder: &str) -> Result<Vec<String>, LoadError> {
    if let Place::Bucket(_) = lake.place {
        return objects(lake, folder);
    }
    let mut names = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in file::entries(&lake.path(&folder))? {
            let name = format!("{folder}/{entry}");
            if depth < MAX_DEPTH && lake.path(&name).is_dir() {
                folders.push((name, depth + 1));
            } else {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The names of what lies in a folder of the lake; the root's is empty.
pub(crate) fn entries(lake: &LakeStorage, folder: &str) -> Result<Vec<String>, LoadError> {
    match lake.place {
        Place::Folder(_) => file::entries(&lake.path(folder)),
        Place::Bucket(_) => block_on(lake.objects.entries(folder)),
    }
}

/// True where there is a folder of this name; in a bucket, where something lies below it.
pub(crate) fn is_folder(lake: &LakeStorage, folder: &str) -> Result<bool, LoadError> {
    match lake.place {
        Place::Folder(_) => Ok(lake.path(folder).is_dir()),
        Place::Bucket(_) => Ok(!entries(lake, folder)?.is_empty()),
    }
}

/// Size and SHA-256 of a file.
pub(crate) fn content(place: &TablePlace) -> Result<(u64, String), LoadError> {
    let failed = || LoadError::file("read the table file", place.path());
    let mut file: Box<dyn Read> = match place {
        TablePlace::Disk(path) => Box::new(File::open(path).map_err(failed())?),
        TablePlace::Remote(file) => Box::new(RemoteReader::new(Arc::clone(file))),
    };
    let mut buffer = vec![0; READ_BYTES];
    let (mut n_bytes, mut hash) = (0, Sha256::new());
    loop {
        match file.read(&mut buffer).map_err(failed())? {
            0 => return Ok((n_bytes, hex(&hash.finalize()))),
            n_read => {
                n_bytes += n_read as u64;
                hash.update(&buffer[..n_read]);
            }
        }
    }
}

/// Opens a table file.
pub(crate) fn open(lake: &LakeStorage, name: &str) -> Result<TableFileReader, LoadError> {
    TableFileReader::open_at(place(lake, name)?)
}

/// Where a table file is. One in a bucket is read in the version it has now, and downloaded once, however often it is read
/// from this place.
pub(crate) fn place(lake: &LakeStorage, name: &str) -> Result<TablePlace, LoadError> {
    Ok(match &lake.place {
        Place::Folder(_) => TablePlace::Disk(lake.path(name)),
        Place::Bucket(_) => TablePlace::Remote(remote(lake, name)?),
    })
}

/// An object as a file, in the version it has now.
fn remote(lake: &LakeStorage, name: &str) -> Result<Arc<RemoteFile>, LoadError> {
    let gone = || LoadError::damaged(name, DamageCause::Content("it is gone"));
    let Place::Bucket(bucket) = &lake.place else { return Err(gone()) };
    let found = block_on(lake.objects.find(name))?.ok_or_else(gone)?;
    let listed = Listed { name: name.to_owned(), n_bytes: found.n_bytes, e_tag: Some(found.version) };
    Ok(bucket.file(&lake.objects, listed))
}

/// Does something with a file that may be damaged: the reader of Parquet does not promise to end with an error.
pub(crate) fn guarded<T>(name: &str, read: impl FnOnce() -> Result<T, LoadError>) -> Result<T, LoadError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let panicked = std::io::Error::other("the reader of Parquet panicked");
        Err(LoadError::file("read the table file", name.as_ref())(panicked))
    })
}

/// An object's bytes; `None` where there is none.
pub(crate) fn object(lake: &LakeStorage, name: &str) -> Result<Option<bytes::Bytes>, LoadError> {
    block_on(lake.objects.get(name))
}

/// The names of all objects below a folder, sorted.
pub(crate) fn objects(lake: &LakeStorage, folder: &str) -> Result<Vec<String>, LoadError> {
    block_on(lake.objects.list(folder))
}
