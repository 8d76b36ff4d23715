//! One request to a source and its whole answer: the seam, sockets, bodies, the key.

mod seam;
mod error;
mod setup_error;
mod body;
mod client;
mod redaction;
mod credential;

pub use self::client::{HttpLimits, HttpTransport};
pub use self::credential::Credential;
pub use self::error::{TransportError, TransportFault};
pub use self::seam::{HttpRequest, HttpResponse, Transport};
pub use self::setup_error::SetupError;
pub(crate) use self::setup_error::in_brackets;
