//! The seam to HTTP: one request out, one whole answer back.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::TransportError;

/// Sends requests. An implementation follows no redirects and adds no authorisation of its own.
pub trait Transport: Send + Sync {
    /// Sends one request and takes the whole answer in.
    ///
    /// # Errors
    /// Why there is no answer, or none as a whole.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;
}

/// A request without a body.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The URL; no key stands in it.
    pub url: Url,
    /// The headers; the one with the key is marked sensitive, so that `Debug` leaves it out.
    pub headers: HeaderMap,
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
