use std::fmt;

use jiff::Timestamp;

/// A run's name: when it began and four random bytes, so that names sort by time and never meet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(String);

impl RunId {
    /// The name of a run that begins at `now`.
    pub fn new(now: Timestamp, entropy: u64) -> Self {
        let tail = u32::try_from(entropy & 0xffff_ffff).unwrap_or_default();
        Self(format!("{}-{tail:08x}", now.strftime("%Y%m%dT%H%M%SZ")))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_time() {
        let id = RunId::new("2026-11-21T12:00:00.5Z".parse().unwrap(), 0xfeed_0000_00ab_cdef);
        assert_eq!(id.to_string(), "20261121T120000Z-00abcdef");
    }
}
