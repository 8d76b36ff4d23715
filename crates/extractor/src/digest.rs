//! Digests of texts, to tell pages and names apart.

use sha2::{Digest, Sha256};

/// 128 bits of a SHA-256.
pub(crate) type Fingerprint = [u8; 16];

/// Equal for equal lists of texts: each text is preceded by its length.
pub(crate) fn fingerprint_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Fingerprint {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    shortened(hasher)
}

/// The fingerprint of one text alone, without its length: the first half of the SHA-256 that anybody computes of it.
pub(crate) fn fingerprint_of_text(text: &str) -> Fingerprint {
    shortened(Sha256::new_with_prefix(text))
}

/// The first 64 bits as a number.
pub(crate) fn number_of(fingerprint: Fingerprint) -> u64 {
    fingerprint.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Lower-case hex digits, two a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        push_hex(&mut text, *byte);
    }
    text
}

/// Appends the two hex digits of a byte.
pub(crate) fn push_hex(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 0xf] {
        text.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
    }
}

fn shortened(hasher: Sha256) -> Fingerprint {
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&hasher.finalize()[..16]);
    fingerprint
}
