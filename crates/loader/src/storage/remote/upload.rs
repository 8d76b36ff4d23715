//! Files become objects: a small one by one conditional request, a large one in parts; and back.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{FuturesUnordered, StreamExt};
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutMultipartOptions};

use crate::LoadError;
use crate::error::DamageCause;
use crate::storage::contract::WriteGate;
use crate::storage::digest::ContentDigest;
use crate::storage::error_words::object_path;
use crate::storage::local_file::{LocalFile, digest_of};
use crate::storage::object::{Expected, Found, ObjectVersion, Settled};
use crate::storage::remote::conditional_put;
use crate::storage::remote::conditional_put::judge;
use crate::storage::remote::requests::Requests;

/// Up to this size a file is written to a bucket by one conditional request.
pub const MAX_PUT_BYTES: u64 = 64 << 20;
const PART_BYTES: usize = 8 << 20;
/// Parts under way at once.
const PARTS_AT_ONCE: usize = 2;
/// The memory of the parts under way.
pub(crate) const PARTS_BYTES: u64 = (PART_BYTES * PARTS_AT_ONCE) as u64;

/// Uploads a file by one request where what is expected stands.
pub(crate) async fn upload(
    requests: &Requests,
    file: &Path,
    sha256: &str,
    object: &str,
    expected: &Expected,
) -> Result<Settled, LoadError> {
    let at = object_path("write", object)?;
    let (sha256, expected, local) = (sha256.to_owned(), expected.clone(), file.to_owned());
    let put = |store: Arc<dyn ObjectStore>| async move {
        let content = apart(move || std::fs::read(local)).await?;
        conditional_put::write(&*store, &at, Bytes::from(content).into(), &sha256, &expected).await
    };
    requests.run("write", object, put).await
}

/// Uploads a file in parts. Whether what is expected still stands there, and the file may become visible, is looked at right
/// before it is put together.
pub(crate) async fn upload_in_parts(
    requests: &Requests,
    file: &Path,
    sha256: &str,
    object: &str,
    expected: &Expected,
    gate: &dyn WriteGate,
) -> Result<Settled, LoadError> {
    let at = object_path("write", object)?;
    let (attributes, local) = (conditional_put::attributes(sha256), file.to_owned());
    let send = |store: Arc<dyn ObjectStore>| async move {
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let mut upload = store.put_multipart_opts(&at, options).await?;
        match send_parts(&mut *upload, local).await {
            Ok(()) => Ok(upload),
            Err(error) => {
                // What was sent is invisible; a rule of the bucket clears it where this fails too.
                let _ = upload.abort().await;
                Err(error)
            }
        }
    };
    let mut upload = requests.run("write", object, send).await?;
    let settled = async {
        gate.before_visible().await?;
        Ok(judge(look(requests, object).await?, sha256, expected))
    };
    let settled = settled.await;
    if !matches!(settled, Ok(None)) {
        let abort = |_| async move { upload.abort().await };
        requests.run("abort the upload of", object, abort).await?;
        return settled.map(|settled| settled.unwrap_or(Settled::Other(None)));
    }
    let complete = |_| async move { upload.complete().await };
    match requests.run("complete the upload of", object, complete).await {
        Ok(written) => Ok(Settled::Ours(ObjectVersion::new(written.e_tag.unwrap_or_default()))),
        Err(error) => match judge(look(requests, object).await?, sha256, expected) {
            Some(settled) => Ok(settled),
            None => Err(error),
        },
    }
}

async fn look(requests: &Requests, object: &str) -> Result<Option<Found>, LoadError> {
    let at = object_path("look at", object)?;
    let find = |store: Arc<dyn ObjectStore>| async move { conditional_put::find(&*store, &at).await };
    requests.run("look at", object, find).await
}

async fn send_parts(upload: &mut dyn MultipartUpload, local: PathBuf) -> object_store::Result<()> {
    let mut file = apart(move || File::open(local)).await?;
    let mut under_way = FuturesUnordered::new();
    loop {
        let part;
        (file, part) = apart(move || {
            let mut part = Vec::with_capacity(PART_BYTES);
            Read::by_ref(&mut file).take(PART_BYTES as u64).read_to_end(&mut part)?;
            Ok((file, part))
        })
        .await?;
        if part.is_empty() {
            break;
        }
        under_way.push(tokio::spawn(upload.put_part(Bytes::from(part).into())));
        if under_way.len() >= PARTS_AT_ONCE
            && let Some(sent) = under_way.next().await
        {
            sent??;
        }
    }
    while let Some(sent) = under_way.next().await {
        sent??;
    }
    Ok(())
}

/// Fetches an object whose content is known into a file of this machine.
pub(crate) async fn fetch(
    requests: &Requests,
    object: &str,
    to: &Path,
    content: &ContentDigest,
) -> Result<LocalFile, LoadError> {
    let failed = || LoadError::file("fetch a staged file to", to);
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(failed())?;
    }
    let mut file = File::create(to).map_err(failed())?;
    let at = object_path("read", object)?;
    let get = |store: Arc<dyn ObjectStore>| async move {
        let mut content = store.get(&at).await?.into_stream();
        while let Some(piece) = content.next().await {
            let piece = piece?;
            file = apart(move || file.write_all(&piece).map(|()| file)).await?;
        }
        Ok(())
    };
    requests.run("read", object, get).await?;
    match digest_of(to)? == *content {
        true => Ok(LocalFile { path: to.to_owned(), digest: Some(content.clone()) }),
        false => Err(LoadError::damaged(object, DamageCause::Content("its content is not what was staged"))),
    }
}

/// Reads the disk where it does not hold up requests.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> object_store::Result<T> {
    let failed =
        |source: std::io::Error| object_store::Error::Generic { store: "disk", source: source.into() };
    tokio::task::spawn_blocking(work).await?.map_err(failed)
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;
    use crate::storage::Storage;
    use crate::storage::blocking::block_on;
    use crate::storage::contract::OpenGate;
    use crate::storage::remote::aws::WORDS;
    use crate::storage::remote::remote_storage::RemoteStorage;

    #[test]
    fn a_large_file_goes_up_in_parts_and_only_where_it_is_expected() {
        let memory = Arc::new(InMemory::new());
        let storage = RemoteStorage::over(memory.clone(), &WORDS).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, n_bytes: u64| {
            let path = folder.path().join(name);
            File::create(&path).unwrap().set_len(n_bytes).unwrap();
            LocalFile::at(path)
        };
        let (first, second) = (file("first", MAX_PUT_BYTES + 7), file("second", MAX_PUT_BYTES + 8));
        let name = "messages/part-0.parquet";
        let upload = |file: &LocalFile, expected: &Expected| {
            block_on(storage.publish(file, name, expected, &OpenGate)).unwrap()
        };
        let Settled::Ours(version) = upload(&first, &Expected::Absent) else { panic!("it is absent") };
        assert!(matches!(upload(&second, &Expected::Absent), Settled::Other(Some(_))));
        let stale = Expected::Version(ObjectVersion::new("\"another\""));
        assert!(matches!(upload(&second, &stale), Settled::Other(Some(_))));
        let found = || block_on(storage.find(name)).unwrap().unwrap();
        let (first_holds, second_holds) = (first.digest().unwrap(), second.digest().unwrap());
        assert_eq!(
            (found().n_bytes, found().sha256),
            (first_holds.n_bytes, Some(first_holds.sha256.clone()))
        );
        // Once more is no harm.
        assert_eq!(upload(&first, &Expected::Absent), Settled::Ours(version.clone()));
        assert!(matches!(upload(&second, &Expected::Version(version)), Settled::Ours(_)));
        assert_eq!(found().n_bytes, second_holds.n_bytes);
        let to = folder.path().join("fetched");
        let requests = Requests::to(memory, &WORDS).unwrap();
        block_on(fetch(&requests, name, &to, &second_holds)).unwrap();
        assert!(block_on(fetch(&requests, name, &to, &first_holds)).is_err());
    }
}
