//! When a page was fetched, read from the beginning of its line: it stands before the body.

use std::io::{BufReader, Read};

use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};

/// When a page was fetched, read from the beginning of its object; `None` where the beginning does not reach.
pub(crate) fn fetched_at(compressed: &[u8]) -> Option<jiff::Timestamp> {
    of_line(zstd::Decoder::new(compressed).ok()?.take(1 << 20))
}

/// The same of a line.
pub(crate) fn of_line(line: impl Read) -> Option<jiff::Timestamp> {
    let mut found = None;
    // Stops at the field by giving up, hence an error that says nothing.
    let _ = serde_json::Deserializer::from_reader(BufReader::new(line)).deserialize_map(UpTo(&mut found));
    found
}

struct UpTo<'a>(&'a mut Option<jiff::Timestamp>);

impl<'de> Visitor<'de> for UpTo<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a raw line")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "fetched_at" {
                *self.0 = Some(map.next_value()?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
