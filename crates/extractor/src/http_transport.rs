use std::time::Duration;

use futures::future::BoxFuture;
use http::header::{self, HeaderValue};
use reqwest::redirect;

use crate::body::{ACCEPT_ENCODING, BodyReader};
use crate::{ExtractError, HttpRequest, HttpResponse, Transport, TransportError, TransportFault};

/// The limits of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// The longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// The longest wait for the head of an answer, and then between two pieces of its body.
    pub idle_timeout: Duration,
    /// The longest a request may take from start to end.
    pub total_timeout: Duration,
    /// The largest body after decompression, in bytes.
    pub body_bytes: u64,
}

impl HttpLimits {
    /// What suits an export API over the open internet.
    pub const USUAL: Self = Self {
        connect_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(60),
        total_timeout: Duration::from_secs(600),
        body_bytes: 256 << 20,
    };
}

/// HTTP and HTTPS over sockets.
///
/// Follows no redirects, uses no proxy (neither from the environment nor the system), trusts the platform's
/// roots, sends no cookies.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    limits: HttpLimits,
}

impl HttpTransport {
    /// A transport with these limits.
    ///
    /// # Errors
    /// TLS could not be set up, as where the platform has no roots.
    pub fn new(limits: HttpLimits) -> Result<Self, ExtractError> {
        // It is process-wide; whoever came first has installed one that serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .user_agent(concat!("convolake/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            // Bodies are decoded by `BodyReader`, which holds them against what came over the wire.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .connect_timeout(limits.connect_timeout)
            .read_timeout(limits.idle_timeout)
            .timeout(limits.total_timeout)
            .build()
            .map_err(|error| ExtractError::Client { source: error.without_url() })?;
        Ok(Self { client, limits })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let sent = self
            .client
            .request(request.method, request.url)
            .headers(request.headers)
            .header(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING))
            .send()
            .await;
        let mut response = sent.map_err(failed)?;
        let mut body = BodyReader::new(response.headers(), self.limits.body_bytes)?;
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            body.push(&piece)?;
        }
        let status = response.status();
        Ok(HttpResponse { status, headers: std::mem::take(response.headers_mut()), body: body.finish()? })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// A connect timeout is a failure to connect; the order of the questions decides that.
fn failed(error: reqwest::Error) -> TransportError {
    let fault = match () {
        () if error.is_builder() => TransportFault::Request,
        () if error.is_connect() => TransportFault::Connect,
        () if error.is_timeout() => TransportFault::Timeout,
        () => TransportFault::Interrupted,
    };
    TransportError::with_source(fault, error.without_url())
}

#[cfg(test)]
mod tests;
