//! The end of an element that is no JSON, found by its brackets.

use super::pull::{Read, Reader};
use super::value::{Failed, Kind};

const WHITE: [char; 4] = [' ', '\n', '\r', '\t'];

impl<'a> Reader<'a> {
    /// Steps over the value that begins at `start` in the innermost array or object entered, though a step in it failed, and
    /// gives where it begins behind white space, and its text. It ends before the comma or the bracket `close` that follows
    /// when all brackets that it opened are closed, those in texts not counted; without `close`, behind the last of these.
    /// The error stays that of the failed step.
    ///
    /// Fails where brackets do not match, where the text ends first, or where nothing stands between the commas: the
    /// text is torn.
    #[cold]
    pub(crate) fn resync(&mut self, start: usize, close: Option<u8>) -> Read<(usize, &'a str)> {
        let bytes = self.text.as_bytes();
        let end = end_of_value(bytes, start, close, &mut self.open).ok_or(Failed)?;
        self.at = end;
        let element = self.since(start).trim_start_matches(WHITE);
        let begin = end - element.len();
        match element.trim_end_matches(WHITE) {
            "" => Err(Failed),
            element => Ok((begin, element)),
        }
    }

    /// Steps over a value without checking what is in it.
    pub(crate) fn pass(&mut self) -> Read<()> {
        match self.peek()? {
            Kind::Object | Kind::Array => {
                self.at = end_of_value(self.text.as_bytes(), self.at, None, &mut self.open).ok_or(Failed)?;
                Ok(())
            }
            scalar => self.skip_kind(scalar),
        }
    }
}

/// Where the comma or the bracket `close` behind a value stands; without `close`, where the brackets that it opens are closed.
/// `open` is for the brackets that are open, true for objects.
fn end_of_value(bytes: &[u8], start: usize, close: Option<u8>, open: &mut Vec<bool>) -> Option<usize> {
    open.clear();
    let mut at = start;
    loop {
        match bytes.get(at)? {
            b',' if open.is_empty() && close.is_some() => return Some(at),
            byte if open.is_empty() && close == Some(*byte) => return Some(at),
            b'"' => at = end_of_text(bytes, at)?,
            b'{' => open.push(true),
            b'[' => open.push(false),
            b'}' if open.pop() != Some(true) => return None,
            b']' if open.pop() != Some(false) => return None,
            b'}' | b']' if open.is_empty() && close.is_none() => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
}

/// Where the quote stands that ends the text whose first quote stands at `start`.
fn end_of_text(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
