//! The words a column is known to hold.

/// A set of words, looked into for every row.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownWords {
    /// The words of each length in bytes: few share a length, and an unknown word mostly meets none.
    by_length: Vec<Vec<String>>,
}

impl KnownWords {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_length.is_empty()
    }

    #[inline]
    pub(crate) fn contains(&self, word: &[u8]) -> bool {
        self.by_length.get(word.len()).is_some_and(|words| words.iter().any(|known| known.as_bytes() == word))
    }
}

impl FromIterator<String> for KnownWords {
    fn from_iter<I: IntoIterator<Item = String>>(words: I) -> Self {
        let mut by_length: Vec<Vec<String>> = Vec::new();
        for word in words {
            by_length.resize(by_length.len().max(word.len() + 1), Vec::new());
            by_length[word.len()].push(word);
        }
        Self { by_length }
    }
}
