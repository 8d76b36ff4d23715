//! HTTP and HTTPS over sockets.

use std::error::Error;
use std::io;
use std::time::Duration;

use convolake_model::{Timeouts, innermost, network_words};
use futures::future::BoxFuture;
use http::header::{self, HeaderValue};
use reqwest::redirect;

use super::SetupError;
use super::body::{ACCEPT_ENCODING, BodyReader};
use super::{HttpRequest, HttpResponse, Transport, TransportError, TransportFault};

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
    /// A pipeline's time limits, and the largest body that is taken in.
    pub fn new(timeouts: Timeouts, body_bytes: u64) -> Self {
        let Timeouts { connect, idle, total } = timeouts;
        Self { connect_timeout: connect, idle_timeout: idle, total_timeout: total, body_bytes }
    }
}

/// Where the project is at home, as its manifest says; nothing where it says nothing.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// How requests introduce themselves: name, version, and a URL for whoever runs the source to turn to. That is the
/// `contact` of those who run the pipeline; where they name none, the project's home, if it has one.
fn user_agent(contact: Option<&str>) -> String {
    let name = concat!("convolake/", env!("CARGO_PKG_VERSION"));
    match contact.unwrap_or(HOME) {
        "" => name.to_owned(),
        url => format!("{name} (+{url})"),
    }
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
    /// A transport with these limits, whose User-Agent names this contact.
    ///
    /// # Errors
    /// TLS could not be set up, as where the platform has no roots.
    pub fn new(limits: HttpLimits, contact: Option<&str>) -> Result<Self, SetupError> {
        // It is process-wide; whoever came first has installed one that serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .user_agent(user_agent(contact))
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
            .map_err(|error| SetupError::Client { source: error.without_url() })?;
        Ok(Self { client, limits })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let sent = self
            .client
            .request(request.method.clone(), request.url_with_keys())
            .headers(request.headers)
            // A cache in front of the source asks it whether what it has is still so.
            .header(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))
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
        () if is_untrusted(&error) => TransportFault::Untrusted,
        () if error.is_connect() => TransportFault::Connect,
        () if error.is_timeout() => TransportFault::Timeout,
        () => TransportFault::Interrupted,
    };
    let error = error.without_url();
    tracing::debug!(error = ?error, "no whole answer");
    // A certificate's fault is told in full by the innermost cause alone.
    let words = network_words(&error).map_or_else(|| innermost(&error).to_string(), str::to_owned);
    TransportError::with_source(fault, words)
}

/// True where TLS turned the source's certificate down.
fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    // An I/O error does not count what it wraps as its source.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let wrapped = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static));
    wrapped.or_else(|| error.source()).is_some_and(is_untrusted)
}

#[cfg(test)]
mod tests;
