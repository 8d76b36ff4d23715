//! S3 and what speaks its protocol: how it is connected to, and what its error codes mean.

use std::sync::Arc;
use std::time::Duration;

use convolake_model::without_secrets;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientConfigKey, Error, ObjectStore, RetryConfig};

use crate::LoadError;
use crate::error::StoreFault;
use crate::storage::error_words::{Answer, ErrorWords};
use crate::storage::remote::asked_again::{AskingAgain, means_later};

/// The longest a request may take; a part of a large upload is 8 MiB.
const REQUEST_TIMEOUT: &str = "120s";
/// How long the client repeats a request that the network or the store failed: longer than a store takes to move, or to take up load.
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);
/// Never reached before that: the pauses grow to [`MAX_BACKOFF`].
const MAX_RETRIES: usize = 200;
const MAX_BACKOFF: Duration = Duration::from_secs(3);

/// The words of S3.
pub(crate) static WORDS: ErrorWords = ErrorWords { fault, hint };

/// A client of a bucket, seeing only what lies below `prefix`. Endpoint, region, keys and the rest come from the usual
/// `AWS_*` variables. Asks nobody yet.
pub(crate) fn connect(bucket: &str, prefix: &str) -> Result<Arc<dyn ObjectStore>, LoadError> {
    connect_with(AmazonS3Builder::from_env(), bucket, prefix)
}

/// [`connect`], with settings from elsewhere.
pub(crate) fn connect_with(
    settings: AmazonS3Builder,
    bucket: &str,
    prefix: &str,
) -> Result<Arc<dyn ObjectStore>, LoadError> {
    // It is process-wide; whoever came first has installed one that serves as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    let backoff = BackoffConfig { max_backoff: MAX_BACKOFF, base: 3.0, ..BackoffConfig::default() };
    let builder = settings
        .with_bucket_name(bucket)
        .with_http_connector(AskingAgain)
        .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), REQUEST_TIMEOUT)
        .with_retry(RetryConfig { backoff, max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT });
    check_endpoint(&builder)?;
    let store = builder.build().map_err(WORDS.failed("open", &format!("s3://{bucket}")))?;
    let prefix = Path::parse(prefix)
        .map_err(|error| WORDS.failed("open", "the prefix")(object_store::Error::from(error)))?;
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
            let reason = "it is a URL, as in https://storage.example";
            Err(LoadError::Endpoint { endpoint: without_secrets(&endpoint), reason })
        }
        Some(endpoint) if endpoint.starts_with("http://") && !is_allowed => Err(LoadError::Endpoint {
            endpoint: without_secrets(&endpoint),
            reason: "that would be plain HTTP; set AWS_ALLOW_HTTP=true if it is meant",
        }),
        _ => Ok(()),
    }
}

fn fault(Answer { error, text, code }: &Answer<'_>) -> Option<StoreFault> {
    Some(match (error, code) {
        (_, Some("NoSuchBucket")) => StoreFault::NoBucket,
        (_, Some("ExpiredToken" | "TokenRefreshRequired" | "InvalidToken")) => StoreFault::Expired,
        (_, Some("RequestTimeTooSkewed")) => StoreFault::Skewed,
        (_, Some("AuthorizationHeaderMalformed" | "PermanentRedirect")) => StoreFault::OtherRegion,
        (_, Some("AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch")) => StoreFault::Refused,
        (_, Some("NotImplemented")) => StoreFault::NotImplemented,
        // The address that gives keys to machines of the cloud: asked where no others were found.
        (Error::Generic { .. }, _) if text.contains("169.254.169.254") => StoreFault::NoKeys,
        (Error::Generic { .. }, _) if text.contains("without LOCATION") => StoreFault::OtherRegion,
        // The client did not even begin: one of the two is set, and the other is not.
        (Error::Generic { .. }, None)
            if ["SecretAccessKey", "AccessKeyId"]
                .iter()
                .any(|name| text.contains(&format!("Missing {name}"))) =>
        {
            StoreFault::NoKeys
        }
        // Whatever was sent over the network and did not come back as an answer of the store.
        (Error::Generic { store: "S3", .. }, None) => StoreFault::Unavailable,
        (_, Some(code)) if means_later(code) => StoreFault::Unavailable,
        _ => return None,
    })
}

fn hint(fault: StoreFault) -> &'static str {
    match fault {
        StoreFault::Expired => "the session token has expired: get new keys",
        StoreFault::Skewed => "this machine's clock is wrong: set it",
        StoreFault::OtherRegion => "set AWS_REGION to the bucket's region",
        StoreFault::NoKeys => {
            "no keys were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (profiles in ~/.aws are not read)"
        }
        _ => {
            "look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and at the bucket's policy"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_without_what_was_signed() {
        let body = "403: <Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message>\
                    <AWSAccessKeyId>NAME</AWSAccessKeyId><StringToSign>TEXT</StringToSign></Error>";
        let error = Error::PermissionDenied { path: "x".into(), source: body.into() };
        assert_eq!(WORDS.read(&error).to_string(), "SignatureDoesNotMatch: It does not match.");
        assert!(matches!(WORDS.failed("read", "x")(error), LoadError::StoreRefused { .. }));
    }

    #[test]
    fn faults_are_told_apart() {
        let of = |code: &str| {
            let source = format!("400: <Error><Code>{code}</Code><Message>m</Message></Error>").into();
            WORDS.read(&Error::Generic { store: "S3", source }).fault
        };
        // Some stores give them another status than 403.
        assert_eq!(of("SignatureDoesNotMatch"), StoreFault::Refused);
        assert_eq!(of("NoSuchBucket"), StoreFault::NoBucket);
        assert_eq!(of("ExpiredToken"), StoreFault::Expired);
        assert_eq!(of("RequestTimeTooSkewed"), StoreFault::Skewed);
        for later in ["SlowDown", "RequestTimeout", "ThrottlingException", "OperationAborted"] {
            assert_eq!(of(later), StoreFault::Unavailable, "{later}");
        }
        assert_eq!(of("MalformedXML"), StoreFault::Other);
        // `DeleteObjects` is answered by 200 and a code for each object, which the client words by itself.
        let source = "DeleteObjects request failed for key a: Access Denied (code: AccessDenied)".into();
        let refused = WORDS.read(&Error::Generic { store: "S3", source });
        assert_eq!((refused.fault, refused.text.as_str()), (StoreFault::Refused, "AccessDenied"));
        let half = Error::Generic { store: "S3", source: "Missing SecretAccessKey".into() };
        assert_eq!(WORDS.read(&half).fault, StoreFault::NoKeys);
        let unreached = Error::Generic { store: "S3", source: "error sending request".into() };
        assert_eq!(WORDS.read(&unreached).fault, StoreFault::Unavailable);
    }
}
