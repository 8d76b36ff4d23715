//! The seam to HTTP: one request out, one whole answer back.

use std::fmt;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{TransportError, redaction};

/// Sends requests. An implementation follows no redirects and adds no authorisation of its own.
pub trait Transport: Send + Sync {
    /// Sends one request and takes the whole answer in.
    ///
    /// # Errors
    /// Why there is no answer, or none as a whole.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;
}

/// A request without a body.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The URL; no key stands in it.
    pub url: Url,
    /// The headers; those with keys are marked sensitive, so that `Debug` leaves them out.
    pub headers: HeaderMap,
    /// Query parameters that carry keys, to be added to the URL as the request is sent.
    pub query_keys: Vec<(String, SecretString)>,
}

impl HttpRequest {
    /// The URL with the keys, for nothing but to be sent.
    pub fn url_with_keys(&self) -> Url {
        let mut url = self.url.clone();
        if !self.query_keys.is_empty() {
            let pairs = self.query_keys.iter().map(|(param, key)| (param, key.expose_secret()));
            url.query_pairs_mut().extend_pairs(pairs);
        }
        url
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params: Vec<&str> = self.query_keys.iter().map(|(param, _)| param.as_str()).collect();
        out.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &redaction::stripped(&self.url, &params).as_str())
            .field("headers", &self.headers)
            .field("query_keys", &params)
            .finish()
    }
}

/// An answer with its whole body.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers, as sent.
    pub headers: HeaderMap,
    /// The body after any content encoding is undone.
    pub body: Bytes,
}
