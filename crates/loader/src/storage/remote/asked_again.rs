//! Answers that ask for the request to be made once more, though their status does not say so: S3 answers 400 where a body came too slowly, and 409
//! where two writes met. The client repeats by status alone, so that these get one at which it does.

use async_trait::async_trait;
use futures::TryStreamExt;
use http::StatusCode;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

/// True for a code of S3 that means: not now.
pub(crate) fn means_later(code: &str) -> bool {
    const CODES: [&str; 9] = [
        "SlowDown",
        "InternalError",
        "ServiceUnavailable",
        "RequestTimeout",
        "RequestTimeoutException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "OperationAborted",
        "ConditionalRequestConflict",
    ];
    CODES.contains(&code) || code.starts_with("Throttl") || code.starts_with("RequestThrottled")
}

/// Connects clients whose answers are looked at.
#[derive(Debug, Default)]
pub(crate) struct AskingAgain;

impl HttpConnector for AskingAgain {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Service { client }))
    }
}

#[derive(Debug)]
struct Service {
    client: HttpClient,
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let response = self.client.execute(request).await?;
        if !matches!(response.status(), StatusCode::BAD_REQUEST | StatusCode::CONFLICT) {
            return Ok(response);
        }
        let (mut parts, body) = response.into_parts();
        let pieces: Vec<bytes::Bytes> = body.bytes_stream().try_collect().await?;
        let body = pieces.concat();
        if code(&String::from_utf8_lossy(&body)).is_some_and(means_later) {
            parts.status = StatusCode::SERVICE_UNAVAILABLE;
        }
        Ok(HttpResponse::from_parts(parts, bytes::Bytes::from(body).into()))
    }
}

/// The code in the body of an answer.
fn code(body: &str) -> Option<&str> {
    body.split_once("<Code>")?.1.split_once("</Code>").map(|(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes that the SDKs of AWS repeat (`aws-sdk-go-v2` retry, `botocore` `_retry.json`), and those they do not.
    #[test]
    fn codes_that_mean_later_are_told_from_others() {
        for later in ["RequestTimeout", "ThrottlingException", "Throttling", "OperationAborted", "SlowDown"] {
            assert!(means_later(later), "{later}");
        }
        for never in ["AccessDenied", "PreconditionFailed", "RequestTimeTooSkewed", "NoSuchKey", ""] {
            assert!(!means_later(never), "{never}");
        }
        assert_eq!(code("<Error><Code>RequestTimeout</Code></Error>"), Some("RequestTimeout"));
    }
}
