use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::FuturesUnordered;
use futures::stream::StreamExt;
use object_store::MultipartUpload;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::PutMultipartOptions;
use sha2::Digest;
use sha2::Sha256;

use crate::LoadError;
use crate::lease::Lease;
use crate::storage::conditional_put;
use crate::storage::conditional_put::{Expected, Settled, judge};
use crate::storage::objects::{Objects, path};
use crate::storage::seal::hex;

/// Up to this size a file is written to a bucket by one conditional request.
pub const MAX_PUT_BYTES: u64 = 64 << 20;
const PART_BYTES: usize = 8 << 20;
/// Parts under way at once: what a large upload holds in memory.
const PARTS_AT_ONCE: usize = 2;

/// A whole file of this machine.
#[derive(Debug, Clone)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    pub(crate) n_bytes: u64,
    pub(crate) sha256: String,
}

impl LocalFile {
    /// A file whose hash is not known yet.
    pub(crate) fn hashed(path: &Path) -> Result<Self, LoadError> {
        let failed = || LoadError::file("read", path);
        let mut file = File::open(path).map_err(failed())?;
        let mut hash = Hashing { hash: Sha256::new(), n_bytes: 0 };
        std::io::copy(&mut file, &mut hash).map_err(failed())?;
        Ok(Self { path: path.to_owned(), n_bytes: hash.n_bytes, sha256: hex(&hash.hash.finalize()) })
    }

    /// The memory that uploading it takes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        match self.n_bytes {
            large if large > MAX_PUT_BYTES => (PART_BYTES * PARTS_AT_ONCE) as u64,
            small => small,
        }
    }
}

/// Uploads a file where what is expected stands. A large one is put together from parts, and whether it is still
/// expected, and the lease held, is looked at right before it is completed.
pub(crate) async fn upload(
    objects: &Objects,
    file: &LocalFile,
    object: &str,
    expected: &Expected,
    lease: Option<&Lease>,
) -> Result<Settled, LoadError> {
    if file.n_bytes > MAX_PUT_BYTES {
        return upload_parts(objects, file, object, expected, lease).await;
    }
    let at = path("write", object)?;
    let (sha256, expected, local) = (file.sha256.clone(), expected.clone(), file.path.clone());
    let put = |store: Arc<dyn ObjectStore>| async move {
        let content = apart(move || std::fs::read(local)).await?;
        conditional_put::write(&*store, &at, Bytes::from(content).into(), &sha256, &expected).await
    };
    objects.run("write", object, put).await
}

async fn upload_parts(
    objects: &Objects,
    file: &LocalFile,
    object: &str,
    expected: &Expected,
    lease: Option<&Lease>,
) -> Result<Settled, LoadError> {
    let at = path("write", object)?;
    let (sha256, local) = (file.sha256.clone(), file.path.clone());
    let send = |store: Arc<dyn ObjectStore>| async move {
        let attributes = conditional_put::attributes(&sha256);
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
    let mut upload = objects.run("write", object, send).await?;
    let settled = async {
        if let Some(lease) = lease {
            lease.confirm().await?;
        }
        Ok(judge(objects.find(object).await?, &file.sha256, expected))
    };
    let settled = settled.await;
    if !matches!(settled, Ok(None)) {
        let abort = |_| async move { upload.abort().await };
        objects.run("abort the upload of", object, abort).await?;
        return settled.map(|settled| settled.unwrap_or(Settled::Other(None)));
    }
    let complete = |_| async move { upload.complete().await };
    match objects.run("complete the upload of", object, complete).await {
        Ok(written) => Ok(Settled::Ours(written.e_tag.unwrap_or_default())),
        Err(error) => match judge(objects.find(object).await?, &file.sha256, expected) {
            Some(settled) => Ok(settled),
            None => Err(error),
        },
    }
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
    objects: &Objects,
    object: &str,
    to: &Path,
    n_bytes: u64,
    sha256: &str,
) -> Result<LocalFile, LoadError> {
    let failed = || LoadError::file("fetch a staged file to", to);
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(failed())?;
    }
    let mut file = File::create(to).map_err(failed())?;
    let at = path("read", object)?;
    let get = |store: Arc<dyn ObjectStore>| async move {
        let mut content = store.get(&at).await?.into_stream();
        while let Some(piece) = content.next().await {
            let piece = piece?;
            file = apart(move || file.write_all(&piece).map(|()| file)).await?;
        }
        Ok(())
    };
    objects.run("read", object, get).await?;
    let file = LocalFile::hashed(to)?;
    match file.n_bytes == n_bytes && file.sha256 == sha256 {
        true => Ok(file),
        false => {
            Err(LoadError::damaged(object, crate::DamageCause::Content("its content is not what was staged")))
        }
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

struct Hashing {
    hash: Sha256,
    n_bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.hash.update(bytes);
        self.n_bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;
    use crate::storage::blocking::block_on;

    #[test]
    fn a_large_file_goes_up_in_parts_and_only_where_it_is_expected() {
        let objects = Objects::of_store(Arc::new(InMemory::new())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, n_bytes: u64| {
            let path = folder.path().join(name);
            File::create(&path).unwrap().set_len(n_bytes).unwrap();
            LocalFile::hashed(&path).unwrap()
        };
        let (first, second) = (file("first", MAX_PUT_BYTES + 7), file("second", MAX_PUT_BYTES + 8));
        let name = "messages/part-0.parquet";
        let upload = |file: &LocalFile, expected: &Expected| {
            block_on(upload(&objects, file, name, expected, None)).unwrap()
        };
        let Settled::Ours(version) = upload(&first, &Expected::Absent) else { panic!("it is absent") };
        assert!(matches!(upload(&second, &Expected::Absent), Settled::Other(Some(_))));
        let stale = Expected::Version("\"another\"".to_owned());
        assert!(matches!(upload(&second, &stale), Settled::Other(Some(_))));
        let found = || block_on(objects.find(name)).unwrap().unwrap();
        assert_eq!((found().n_bytes, found().sha256), (first.n_bytes, Some(first.sha256.clone())));
        // Once more is no harm.
        assert_eq!(upload(&first, &Expected::Absent), Settled::Ours(version.clone()));
        assert!(matches!(upload(&second, &Expected::Version(version)), Settled::Ours(_)));
        assert_eq!(found().n_bytes, second.n_bytes);
        let fetched = folder.path().join("fetched");
        block_on(fetch(&objects, name, &fetched, second.n_bytes, &second.sha256)).unwrap();
        assert!(block_on(fetch(&objects, name, &fetched, first.n_bytes, &first.sha256)).is_err());
    }
}
