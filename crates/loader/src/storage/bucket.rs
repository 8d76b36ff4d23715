use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::storage::blocking::block_on;
use object_store::BackoffConfig;
use object_store::ClientConfigKey;
use object_store::ObjectStore;
use object_store::RetryConfig;
use object_store::aws::AmazonS3Builder;
use object_store::aws::AmazonS3ConfigKey;
use object_store::path::Path;
use object_store::prefix::PrefixStore;

use crate::LoadError;
use crate::lease::LeaseTimes;
use crate::storage::objects::{Listed, Objects};
use crate::storage::remote_file::RemoteFile;
use crate::storage::scratch::Scratch;
use crate::table::bytes::RemoteReader;
use crate::table::file::{TableFile, TablePlace};
use crate::table::partition::Partition;

/// The longest a request may take; a part of a large upload is 8 MiB.
const REQUEST_TIMEOUT: &str = "120s";
/// How long the client repeats a request that the network or the store failed.
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_RETRIES: usize = 6;

/// What a lake in a bucket has on this machine.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) scratch: Scratch,
    pub(crate) times: LeaseTimes,
    n_opened: AtomicU64,
}

impl Bucket {
    pub(crate) fn new(times: LeaseTimes) -> Result<Self, LoadError> {
        Ok(Self { scratch: Scratch::new()?, times, n_opened: AtomicU64::new(0) })
    }

    /// The table files below a folder, in the versions they have now.
    pub(crate) fn list_table(&self, objects: &Objects, folder: &str) -> Result<Vec<TableFile>, LoadError> {
        let mut files = Vec::new();
        for mut listed in block_on(objects.list_sizes(folder))? {
            let file = listed.name.strip_prefix(folder).and_then(|file| file.strip_prefix('/'));
            let Some(partition) = file.and_then(Partition::parse) else { continue };
            // A store need not list versions, and without one nothing could be replaced.
            if listed.e_tag.is_none() {
                listed.e_tag = block_on(objects.find(&listed.name))?.map(|found| found.version);
            }
            let place = TablePlace::Remote(self.file(objects, listed));
            files.push(TableFile { partition, place, is_touched: true });
        }
        Ok(files)
    }

    /// An object from its beginning to its end.
    pub(crate) fn read(&self, objects: &Objects, listed: Listed) -> impl Read + use<> {
        RemoteReader::new(self.file(objects, listed))
    }

    /// An object as a file whose blocks are fetched when they are read.
    pub(crate) fn file(&self, objects: &Objects, listed: Listed) -> Arc<RemoteFile> {
        let number = self.n_opened.fetch_add(1, Ordering::Relaxed);
        let blocks = self.scratch.path().join(format!("{number}.blocks"));
        Arc::new(RemoteFile::new(objects.clone(), listed, blocks))
    }
}

/// A client of a bucket, seeing only what lies below `prefix`. Endpoint, region, keys and the rest come from the usual
/// `AWS_*` variables. Asks nobody yet.
pub(crate) fn connect(bucket: &str, prefix: &str) -> Result<Arc<dyn ObjectStore>, LoadError> {
    // It is process-wide; whoever came first has installed one that serves as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    let backoff = BackoffConfig { max_backoff: Duration::from_secs(5), ..BackoffConfig::default() };
    let builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), REQUEST_TIMEOUT)
        .with_retry(RetryConfig { backoff, max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT });
    check_endpoint(&builder)?;
    let store = builder.build().map_err(LoadError::object("open", "the bucket"))?;
    let prefix = Path::parse(prefix)
        .map_err(|error| LoadError::object("open", "the prefix")(object_store::Error::from(error)))?;
    Ok(match prefix.as_ref().is_empty() {
        true => Arc::new(store),
        false => Arc::new(PrefixStore::new(store, prefix)),
    })
}

/// Plain HTTP must be asked for, and the client would only say that a builder failed.
fn check_endpoint(builder: &AmazonS3Builder) -> Result<(), LoadError> {
    let value = |key: AmazonS3ConfigKey| builder.get_config_value(&key);
    let endpoint = value(AmazonS3ConfigKey::S3Endpoint).or_else(|| value(AmazonS3ConfigKey::Endpoint));
    let is_allowed = value(AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
    let is_allowed = is_allowed.is_some_and(|text| matches!(text.as_str(), "true" | "1" | "yes" | "on"));
    match endpoint {
        Some(endpoint) if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") => {
            let reason = "an endpoint (AWS_ENDPOINT_URL) is a URL, as in https://storage.example";
            Err(LoadError::Location { text: endpoint, reason })
        }
        Some(endpoint) if endpoint.starts_with("http://") && !is_allowed => Err(LoadError::Location {
            text: endpoint,
            reason: "it would be asked in plain HTTP; set AWS_ALLOW_HTTP=true if that is meant",
        }),
        _ => Ok(()),
    }
}
