//! Conversations cut into shares by their keys, so that those of one fit in memory, and all follow each other in the order of keys.

use polars::prelude::*;

use crate::derive::KEY;

/// What a message takes while its conversation is looked at, in bytes: its key, its columns, and what is made of them.
const MESSAGE_BYTES: u64 = 600;
/// So many keys of messages are enough to say where shares of equal size begin.
const SAMPLE_ROWS: u64 = 100_000;

/// Where the shares of some conversations begin: the first key of each but the first share, ascending. Absent values come last.
#[derive(Debug, Default)]
pub(super) struct Cuts(Vec<Key>);

/// The conversations from one key to before another.
#[derive(Debug)]
pub(super) struct Share {
    from: Option<Key>,
    before: Option<Key>,
}

/// Values of [`KEY`].
type Key = [Option<String>; 2];

impl Cuts {
    /// Cuts by the keys of these messages, at most so many, so that a share is looked at within so much memory.
    pub(super) fn of(messages: &LazyFrame, at_most: u64, memory_bytes: u64) -> PolarsResult<Self> {
        if n_shares(at_most, memory_bytes) == 1 {
            return Ok(Self::default());
        }
        let every = at_most.div_ceil(SAMPLE_ROWS);
        let order = SortMultipleOptions::default().with_nulls_last(true);
        let sample = messages.clone().select(KEY.map(col)).filter(is_one_in(every)).sort(KEY, order);
        let sample = sample.collect_with_engine(Engine::Streaming)?.unwrap_single();
        let n_sampled = u64::try_from(sample.height()).unwrap_or(u64::MAX);
        let n_shares = n_shares(n_sampled.saturating_mul(every), memory_bytes);
        let [agents, conversations] = [sample.column(KEY[0])?.str()?, sample.column(KEY[1])?.str()?];
        let key_at = |share: u64| {
            let at = usize::try_from(n_sampled * share / n_shares).unwrap_or_default();
            [agents, conversations].map(|column| column.get(at).map(str::to_owned))
        };
        let mut keys: Vec<Key> = (1..n_shares).filter(|_| n_sampled > 0).map(key_at).collect();
        // A conversation of very many messages is one.
        keys.dedup();
        Ok(Self(keys))
    }

    /// The shares, in the order of keys: each conversation is of one.
    pub(super) fn into_shares(self) -> impl Iterator<Item = Share> {
        let ends = self.0.clone().into_iter().map(Some).chain([None]);
        let begins = [None].into_iter().chain(self.0.into_iter().map(Some));
        begins.zip(ends).map(|(from, before)| Share { from, before })
    }
}

impl Share {
    /// Those of the rows whose conversation is of the share.
    pub(super) fn of(&self, rows: LazyFrame) -> LazyFrame {
        let rows = match &self.from {
            Some(key) => rows.filter(is_before(key).not()),
            None => rows,
        };
        match &self.before {
            Some(key) => rows.filter(is_before(key)),
            None => rows,
        }
    }
}

/// The number of shares in which so many messages are looked at within so much memory.
fn n_shares(messages: u64, memory_bytes: u64) -> u64 {
    // What is read, and what Polars holds on the way to it, takes as much again.
    messages.saturating_mul(MESSAGE_BYTES).div_ceil((memory_bytes / 2).max(1)).max(1)
}

/// Whether a row's key comes before this one, an absent value after all others. Never null.
fn is_before(key: &Key) -> Expr {
    let less = |column: &str, value: &Option<String>| match value {
        Some(value) => col(column).lt(lit(value.clone())).fill_null(lit(false)),
        None => col(column).is_not_null(),
    };
    let same = |column: &str, value: &Option<String>| match value {
        Some(value) => col(column).eq(lit(value.clone())).fill_null(lit(false)),
        None => col(column).is_null(),
    };
    let [agent, conversation] = key;
    less(KEY[0], agent).or(same(KEY[0], agent).and(less(KEY[1], conversation)))
}

/// Whether a row is of a conversation of which there is one in so many.
fn is_one_in(every: u64) -> Expr {
    let is_one = move |column: Column| {
        let is_one: BooleanChunked = column
            .str()?
            .iter()
            .map(|id| Some(hash(id.unwrap_or_default()).is_multiple_of(every)))
            .collect_ca(column.name().clone());
        Ok(is_one.into_column())
    };
    let field = |_: &Schema, field: &Field| Ok(Field::new(field.name().clone(), DataType::Boolean));
    col(KEY[1]).map(is_one, field)
}

/// FNV-1a, whose high bits are mixed down.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(keys: &[[Option<&str>; 2]]) -> LazyFrame {
        let column = |at: usize| {
            let values: Vec<Option<&str>> = keys.iter().map(|key| key[at]).collect();
            Column::new(KEY[at].into(), values)
        };
        DataFrame::new(keys.len(), vec![column(0), column(1)]).unwrap().lazy()
    }

    fn sorted(rows: LazyFrame) -> LazyFrame {
        rows.sort(KEY, SortMultipleOptions::default().with_nulls_last(true))
    }

    /// Wherever they are cut: keys of every kind, absent ones too, in no order.
    #[test]
    fn shares_follow_each_other_in_the_order_of_keys() {
        let agents = [Some("a"), Some("b"), Some(""), None];
        let ids = [Some("9"), Some("10"), Some("é"), Some(""), Some("z"), Some("Z"), None];
        for seed in 0..40_u64 {
            let picked = |number: u64, of: usize| {
                usize::try_from(hash(&format!("{seed} {number} {of}"))).unwrap() % of
            };
            let keys: Vec<_> =
                (0..seed).map(|number| [agents[picked(number, 4)], ids[picked(number, 7)]]).collect();
            let rows = frame(&keys);
            let cuts = Cuts::of(&rows, seed, 2 * MESSAGE_BYTES * (1 + seed % 7)).unwrap();
            let told = format!("{keys:?} cut at {cuts:?}");
            let shares: Vec<LazyFrame> =
                cuts.into_shares().map(|share| sorted(share.of(rows.clone()))).collect();
            let joined = concat(shares, UnionArgs::default()).unwrap().collect().unwrap();
            assert!(joined.equals_missing(&sorted(rows).collect().unwrap()), "{told}");
        }
    }

    #[test]
    fn shares_are_alike_in_size() {
        let ids: Vec<String> = (0..7_000).map(|number| format!("conversation-{number}")).collect();
        let keys: Vec<_> = ids.iter().map(|id| [Some("a"), Some(id.as_str())]).collect();
        let rows = frame(&keys);
        // Seven shares of a thousand messages.
        let cuts = Cuts::of(&rows, 7_000, 2 * 1_000 * MESSAGE_BYTES).unwrap();
        let sizes: Vec<usize> =
            cuts.into_shares().map(|share| share.of(rows.clone()).collect().unwrap().height()).collect();
        assert_eq!(sizes, [1_000; 7]);
        assert_eq!(Cuts::of(&rows, 7_000, u64::MAX).unwrap().into_shares().count(), 1);
    }
}
