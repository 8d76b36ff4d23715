//! What was found on known pages, in a few bytes a finding: most pages have the same findings, other numbers apart.

use std::collections::HashMap;
use std::sync::Arc;

/// Names of all pages together, at the most: a source with ids for names must not make what is known grow.
pub(crate) const MAX_NAMES: usize = 1 << 16;

/// Something that was found on a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageFinding {
    /// What, in the words of who has flattened it.
    pub what: Arc<str>,
    /// How often.
    pub count: u64,
    /// The first record it was found at, from 0.
    pub first: u32,
}

/// What findings are of, each once, by numbers from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FindingNames {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

/// The findings of a page: for each the number of its name, how often and where first, as LEB128.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PackedFindings(Box<[u8]>);

impl FindingNames {
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    fn number(&mut self, name: &Arc<str>) -> Option<u32> {
        if let Some(number) = self.numbers.get(name) {
            return Some(*number);
        }
        let number = u32::try_from(self.names.len()).ok()?;
        self.names.push(Arc::clone(name));
        self.numbers.insert(Arc::clone(name), number);
        Some(number)
    }

    /// `None` where there are more names than numbers.
    pub(crate) fn pack(&mut self, findings: &[PageFinding]) -> Option<PackedFindings> {
        let mut bytes = Vec::with_capacity(4 * findings.len());
        for PageFinding { what, count, first } in findings {
            for number in [u64::from(self.number(what)?), *count, u64::from(*first)] {
                push(&mut bytes, number);
            }
        }
        Some(PackedFindings(bytes.into()))
    }

    /// `None` where they are of other names.
    pub(crate) fn unpack(&self, packed: &PackedFindings) -> Option<Vec<PageFinding>> {
        let (mut bytes, mut findings) = (&*packed.0, Vec::new());
        while !bytes.is_empty() {
            let what = self.names.get(usize::try_from(pull(&mut bytes)?).ok()?)?;
            let (count, first) = (pull(&mut bytes)?, u32::try_from(pull(&mut bytes)?).ok()?);
            findings.push(PageFinding { what: Arc::clone(what), count, first });
        }
        Some(findings)
    }

    /// The number of names, and each with its length before it.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        push(bytes, self.names.len() as u64);
        for name in &self.names {
            push(bytes, name.len() as u64);
            bytes.extend_from_slice(name.as_bytes());
        }
    }

    pub(crate) fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut names = Self::default();
        for _ in 0..pull(bytes)? {
            names.number(&std::str::from_utf8(take(bytes)?).ok()?.into())?;
        }
        Some(names)
    }
}

impl PackedFindings {
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        push(bytes, self.0.len() as u64);
        bytes.extend_from_slice(&self.0);
    }

    pub(crate) fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self(take(bytes)?.into()))
    }
}

/// Bytes with their number before them.
fn take<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let n_bytes = usize::try_from(pull(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(n_bytes)?;
    *bytes = rest;
    Some(taken)
}

fn push(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low & 0x7f);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn pull(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0_u64, 0_u32);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn findings() -> impl Strategy<Value = Vec<PageFinding>> {
        let finding = ("[a-c\"\u{1f600}]{0,2}", any::<u64>(), any::<u32>())
            .prop_map(|(what, count, first)| PageFinding { what: what.into(), count, first });
        proptest::collection::vec(finding, 0..6)
    }

    proptest! {
        #[test]
        fn findings_are_packed_and_unpacked(pages in proptest::collection::vec(findings(), 0..4)) {
            let mut names = FindingNames::default();
            let packed: Vec<PackedFindings> = pages.iter().map(|page| names.pack(page).unwrap()).collect();
            let mut bytes = Vec::new();
            names.write(&mut bytes);
            packed.iter().for_each(|page| page.write(&mut bytes));
            let mut rest = bytes.as_slice();
            let read = FindingNames::read(&mut rest).unwrap();
            prop_assert_eq!(&read, &names);
            for page in &pages {
                let packed = PackedFindings::read(&mut rest).unwrap();
                prop_assert_eq!(read.unpack(&packed), Some(page.clone()));
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let mut rest = bytes.as_slice();
            if let Some(names) = FindingNames::read(&mut rest) {
                let _ = PackedFindings::read(&mut rest).and_then(|packed| names.unpack(&packed));
            }
        }
    }
}
