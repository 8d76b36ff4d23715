//! What a list knew of the ids that a page was asked for, where a page that it refers to was told the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Ids and the hash a list showed for each.
pub(crate) type Listed = BTreeMap<String, String>;

/// Entries of a page's `listed` that stand in that of another page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedOf {
    /// Which of the pages that are referred to.
    of: usize,
    /// Which of its entries, sorted by id: a hexadecimal digit for each four of them, the first entry in the lowest bit.
    taken: String,
}

impl ListedOf {
    /// Takes out of `rest` what stands in the `nth` page as well; `None` where that is nothing.
    pub(crate) fn take(nth: usize, page: &Listed, rest: &mut Listed) -> Option<Self> {
        let mut digits = vec![0_u32; page.len().div_ceil(4)];
        for (at, (id, hash)) in page.iter().enumerate() {
            if rest.get(id) == Some(hash) {
                rest.remove(id);
                digits[at / 4] |= 1 << (at % 4);
            }
        }
        let taken = digits.iter().filter_map(|digit| char::from_digit(*digit, 16)).collect();
        digits.iter().any(|digit| *digit != 0).then_some(Self { of: nth, taken })
    }

    /// Which of the pages that are referred to it is about.
    pub(crate) const fn nth(&self) -> usize {
        self.of
    }

    /// Adds the entries again; `None` where the page has no such.
    pub(crate) fn give(&self, page: &Listed, listed: &mut Listed) -> Option<()> {
        let mut entries = page.iter();
        for digit in self.taken.chars() {
            let digit = digit.to_digit(16)?;
            for bit in 0..4 {
                let entry = entries.next();
                if digit & 1 << bit != 0 {
                    let (id, hash) = entry?;
                    listed.insert(id.clone(), hash.clone());
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed() -> impl Strategy<Value = Listed> {
        proptest::collection::btree_map("[a-f]{1,2}", "[xy]", 0..20)
    }

    proptest! {
        #[test]
        fn what_was_taken_is_given_back(pages in proptest::collection::vec(listed(), 0..4), all in listed()) {
            let mut rest = all.clone();
            let taken: Vec<ListedOf> = pages
                .iter()
                .enumerate()
                .filter_map(|(nth, page)| ListedOf::take(nth, page, &mut rest))
                .collect();
            let is_left = |(id, hash): (&String, &String)| pages.iter().all(|page| page.get(id) != Some(hash));
            prop_assert!(rest.iter().all(is_left));
            for of in &taken {
                prop_assert!(of.give(&pages[of.nth()], &mut rest).is_some());
            }
            prop_assert_eq!(rest, all);
        }

        #[test]
        fn any_text_is_taken_or_refused(taken in "\\PC{0,8}", page in listed()) {
            let _ = ListedOf { of: 0, taken }.give(&page, &mut Listed::new());
        }
    }
}
