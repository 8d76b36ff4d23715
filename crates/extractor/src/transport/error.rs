//! Why a request has no answer.

use std::error::Error;
use std::fmt;

/// There is no answer, or none as a whole.
#[derive(Debug)]
pub struct TransportError {
    /// What went wrong.
    pub fault: TransportFault,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What can go wrong between a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportFault {
    /// No connection: the name, the port or TLS failed.
    Connect,
    /// The source's certificate is not to be trusted: expired, for another host, or of nobody this machine knows.
    Untrusted,
    /// A time limit passed.
    Timeout,
    /// The connection broke before the answer was whole.
    Interrupted,
    /// The content encoding could not be undone.
    Encoding,
    /// The body is larger than allowed, in bytes.
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// The body grew more by decompression than honest text does.
    Bomb,
    /// The client refused to send the request.
    Request,
}

impl TransportError {
    /// A fault without a cause.
    pub fn new(fault: TransportFault) -> Self {
        Self { fault, source: None }
    }

    /// A fault and its cause; the cause shows neither URL nor key.
    pub fn with_source(fault: TransportFault, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { fault, source: Some(source.into()) }
    }

    /// True where another attempt may go better.
    pub fn is_transient(&self) -> bool {
        match self.fault {
            TransportFault::Connect
            | TransportFault::Timeout
            | TransportFault::Interrupted
            | TransportFault::Encoding => true,
            TransportFault::Untrusted
            | TransportFault::TooLarge { .. }
            | TransportFault::Bomb
            | TransportFault::Request => false,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            TransportFault::Connect => out.write_str("connecting failed"),
            TransportFault::Untrusted => out.write_str(
                "the source's certificate is not trusted; check base_url, and where the source has a certificate \
                 authority of its own, name its file in SSL_CERT_FILE",
            ),
            TransportFault::Timeout => out.write_str("the source did not answer in time"),
            TransportFault::Interrupted => out.write_str("the connection broke before the answer was whole"),
            TransportFault::Encoding => out.write_str("the answer's content encoding could not be undone"),
            TransportFault::TooLarge { limit_bytes } => {
                write!(
                    out,
                    "the answer is larger than the {limit_bytes} bytes allowed; ask for fewer ids (`batch`), a smaller \
                     page (`sizes`) or a shorter window, or allow for more: `max_page_bytes` in the pipeline, or --set \
                     max_page_bytes=N, with as much --memory as it takes"
                )
            }
            TransportFault::Bomb => out.write_str("the answer is a decompression bomb"),
            TransportFault::Request => out.write_str("the request could not be sent"),
        }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
