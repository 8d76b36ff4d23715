//! Ids in batches that one request can ask for.

use convolake_model::{IdForm, Stream};

use super::Slice;

/// The longest query that servers and what stands before them are sure to take, in bytes.
const QUERY_BYTES_MAX: usize = 2000;

/// What bounds a batch of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchLimits {
    /// The most ids.
    pub ids: u32,
    /// The most bytes that they take in the query, as a URL spells them; an id that takes more stands alone.
    pub query_bytes: usize,
    /// The query parameter that takes them.
    pub param: String,
    /// How they stand in it.
    pub form: IdForm,
}

impl BatchLimits {
    /// So many ids, and the usual bound of bytes.
    pub fn of(ids: u32, param: &str, form: IdForm) -> Self {
        Self { ids, query_bytes: QUERY_BYTES_MAX, param: param.to_owned(), form }
    }

    /// So many ids of a stream, as its pipeline says of how they stand in the parameter.
    pub fn of_stream(stream: &Stream, ids: u32, param: &str) -> Self {
        let rules = &stream.answers;
        let usual = Self::of(ids, param, rules.ids.clone());
        let query_bytes =
            rules.query_bytes.map_or(usual.query_bytes, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        Self { query_bytes, ..usual }
    }

    fn bytes_of(&self, id: &str) -> usize {
        let length =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum::<usize>();
        let between = match &self.form {
            IdForm::Joined(separator) => length(separator),
            IdForm::Repeated => length(&self.param) + "&=".len(),
        };
        length(id) + between
    }
}

/// Ids in batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batches {
    /// One slice of ids a request, in order.
    pub slices: Vec<Slice>,
    /// Ids that hold what stands between ids, so that the source would read each as several. Each has a slice of its own,
    /// where it harms no other; the source is not likely to answer for it.
    pub would_split: Vec<String>,
}

/// Slices of at most `batch` ids each, and of no more than fit into a query, in order; ids are joined by commas.
pub fn batches(ids: &[String], batch: u32) -> Vec<Slice> {
    batches_within(ids, &BatchLimits::of(batch, "", IdForm::default())).slices
}

/// Slices of as many ids as the limits allow.
pub fn batches_within(ids: &[String], limits: &BatchLimits) -> Batches {
    let most = usize::try_from(limits.ids).unwrap_or(usize::MAX).max(1);
    let mut batches = Batches { slices: Vec::new(), would_split: Vec::new() };
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let close = |batch: &mut Vec<String>, slices: &mut Vec<Slice>| {
        if !batch.is_empty() {
            slices.push(Slice::Ids(std::mem::take(batch)));
        }
    };
    for id in ids {
        if limits.form.would_split(id) {
            batches.would_split.push(id.clone());
            continue;
        }
        let more = limits.bytes_of(id);
        if batch.len() >= most || bytes + more > limits.query_bytes {
            close(&mut batch, &mut batches.slices);
            bytes = 0;
        }
        batch.push(id.clone());
        bytes += more;
    }
    close(&mut batch, &mut batches.slices);
    batches.slices.extend(batches.would_split.iter().map(|id| Slice::Ids(vec![id.clone()])));
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn batches_keep_every_id() {
        let ids: Vec<String> = (0..45).map(|number| number.to_string()).collect();
        let expected = [&ids[..20], &ids[20..40], &ids[40..]].map(|ids| Slice::Ids(ids.to_vec()));
        assert_eq!(batches(&ids, 20), expected);
        assert!(batches(&[], 20).is_empty());
        assert_eq!(batches(&ids[..2], 0).len(), 2);
    }

    #[test]
    fn a_query_stays_short_whatever_the_ids() {
        let limits = |form| BatchLimits { query_bytes: 20, ..BatchLimits::of(10, "id", form) };
        for (texts, form, expected) in [
            // Each takes five bytes and the three of an escaped comma.
            (&["aaaaa", "bbbbb", "ccccc"][..], IdForm::default(), &[&["aaaaa", "bbbbb"][..], &["ccccc"]][..]),
            // An umlaut takes six.
            (&["\u{fc}\u{fc}", "b", "c"], IdForm::default(), &[&["\u{fc}\u{fc}", "b"], &["c"]]),
            (&["aaaaa", "bbbbb", "ccccc"], IdForm::Repeated, &[&["aaaaa", "bbbbb"], &["ccccc"]]),
            (&["an id that is too long", "b"], IdForm::default(), &[&["an id that is too long"], &["b"]]),
            (&["a", "b,c", "d"], IdForm::default(), &[&["a", "d"], &["b,c"]]),
            (&["a", "b,c", "d"], IdForm::Repeated, &[&["a", "b,c", "d"]]),
            (&["a", "b,c", "d|e"], IdForm::Joined("|".into()), &[&["a", "b,c"], &["d|e"]]),
        ] {
            let expected: Vec<Slice> = expected.iter().map(|batch| Slice::Ids(ids(batch))).collect();
            assert_eq!(batches_within(&ids(texts), &limits(form)).slices, expected, "{texts:?}");
        }
        let long: Vec<String> = (0..20).map(|n| format!("{n:0>300}")).collect();
        assert_eq!(batches(&long, 20).len(), 4, "six of 300 bytes each fit into 2,000");
    }

    #[test]
    fn halves_lead_down_to_the_one() {
        let slice = Slice::Ids(ids(&["a", "b", "c"]));
        let [first, second] = slice.halves().unwrap();
        assert_eq!([&first, &second], [&Slice::Ids(ids(&["a"])), &Slice::Ids(ids(&["b", "c"]))]);
        assert_eq!(first.halves(), None);
        let of = Slice::Of { parents: ids(&["a", "b"]), within: None };
        let halves = of.halves().unwrap();
        assert_eq!(halves, ["a", "b"].map(|id| Slice::Of { parents: ids(&[id]), within: None }));
        assert_eq!(Slice::Whole.halves(), None);
    }

    proptest! {
        #[test]
        fn no_id_is_lost_and_none_comes_twice(texts in proptest::collection::btree_set(".{0,12}", 0..60), most in 0u32..30, bytes in 0usize..60) {
            let texts: Vec<String> = texts.into_iter().collect();
            let limits = BatchLimits { query_bytes: bytes, ..BatchLimits::of(most, "id", IdForm::default()) };
            let batches = batches_within(&texts, &limits);
            let mut given = Vec::new();
            for slice in &batches.slices {
                let Slice::Ids(batch) = slice else { panic!("{slice:?}") };
                prop_assert!(!batch.is_empty() && batch.len() <= most.max(1) as usize);
                prop_assert!(batch.len() == 1 || batch.iter().map(|id| limits.bytes_of(id)).sum::<usize>() <= bytes);
                given.extend(batch.iter().cloned());
            }
            given.sort();
            prop_assert_eq!(given, texts);
        }
    }
}
