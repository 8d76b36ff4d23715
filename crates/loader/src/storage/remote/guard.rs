//! A store is refused before anything relies on it: some that speak S3 ignore the conditions of a write and answer 200, a lock
//! that always succeeds.

use std::sync::Arc;

use object_store::{Error, ObjectStore, PutMode, PutOptions, PutPayload};

use crate::storage::digest::sha256;
use crate::storage::error_words::object_path;
use crate::storage::object::ObjectVersion;
use crate::storage::remote::conditional_put::{attributes, find, update_of};
use crate::storage::remote::requests::Requests;
use crate::storage::trial::guarantee::Guarantee;
use crate::{LoadError, paths};

const CONTENT: &[u8] = b"the first content";

/// Refuses a store whose conditional writes always succeed, by two requests, and in the first run of a lake one that loses
/// metadata.
pub(crate) async fn guard(requests: &Requests) -> Result<(), LoadError> {
    let at = object_path("write", paths::GUARD)?;
    let ask = |store: Arc<dyn ObjectStore>| async move {
        let content = || PutPayload::from_static(CONTENT);
        let create = || {
            let options = PutOptions { attributes: attributes(&sha256(CONTENT)), ..PutMode::Create.into() };
            store.put_opts(&at, content(), options)
        };
        // The first run of a lake creates it.
        let is_created = is_kept(create().await)?.is_err();
        if is_created && let Err(reason) = is_kept(create().await)? {
            return Ok(Err((Guarantee::CreateOnce, reason)));
        }
        let version = update_of(&ObjectVersion::none_has());
        let update = store.put_opts(&at, content(), PutMode::Update(version).into());
        if let Err(reason) = is_kept(update.await)? {
            return Ok(Err((Guarantee::ReplaceByVersion, reason)));
        }
        if !is_created {
            return Ok(Ok(()));
        }
        let found = find(&*store, &at).await?.and_then(|found| found.sha256);
        Ok(match found.is_some_and(|hash| hash == sha256(CONTENT)) {
            true => Ok(()),
            false => Err((Guarantee::Metadata, "it is lost".to_owned())),
        })
    };
    match requests.run("write", paths::GUARD, ask).await? {
        Ok(()) => Ok(()),
        Err((guarantee, reason)) => {
            Err(LoadError::StoreUnfit { missing: format!("{}: {reason}", guarantee.words()) })
        }
    }
}

/// Whether a write whose condition does not hold was turned away.
fn is_kept<T>(outcome: object_store::Result<T>) -> object_store::Result<Result<(), String>> {
    match outcome {
        Ok(_) => Ok(Err("the store ignored the condition and wrote".to_owned())),
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(Ok(())),
        Err(error @ (Error::NotImplemented { .. } | Error::NotSupported { .. })) => {
            Ok(Err(error.to_string()))
        }
        Err(error) if error.to_string().contains("<Code>NotImplemented</Code>") => {
            Ok(Err("the store does not implement it".to_owned()))
        }
        Err(error) => Err(error),
    }
}
