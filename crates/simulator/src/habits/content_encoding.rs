//! A `Content-Encoding` that is none.

use serde::{Deserialize, Serialize};

/// The value of the header over plain JSON: `UTF-8`, `none`, `aws-chunked`, `identity, identity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentEncoding(pub String);
