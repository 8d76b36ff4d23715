//! Signed URLs: links whose signature and expiry differ in each answer.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::generate::Rng;
use crate::record::Record;
use crate::stream::Stream;

/// Fields of each record that hold a URL with `?sig=..&exp=..`, another one in each answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedUrls {
    /// Names of the fields, which every record has then: of `metadata` in the export, of the record elsewhere.
    #[serde(default = "user_image")]
    pub fields: Vec<String>,
    /// How long the links say that they hold, in seconds.
    #[serde(default = "five_minutes")]
    pub valid_s: i64,
}

impl Default for SignedUrls {
    fn default() -> Self {
        Self { fields: user_image(), valid_s: five_minutes() }
    }
}

fn user_image() -> Vec<String> {
    vec!["userImage".to_owned()]
}

fn five_minutes() -> i64 {
    300
}

impl SignedUrls {
    /// Signs the URLs of a record for the `answer`-th answer, given at `wall_s`.
    #[expect(clippy::cast_precision_loss, reason = "Unix seconds stay far below 2^53")]
    pub(super) fn sign(&self, stream: Stream, record: &mut Record, answer: u64, wall_s: f64) {
        let number = record.number;
        facts::edit(stream, record, |facts| {
            for (lane, field) in (number..).zip(&self.fields) {
                let signature = Rng::new(answer, lane).hex32();
                let expiry = wall_s.floor() + self.valid_s as f64;
                let url =
                    format!("https://cdn.example.com/{field}/{number}.png?sig={signature}&exp={expiry}");
                facts.set(field, Some(&format!("\"{url}\"")));
            }
        });
    }
}
