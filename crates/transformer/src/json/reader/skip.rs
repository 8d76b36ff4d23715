//! Values of any depth are stepped over and checked, without recursion.

use super::pull::{Read, Reader};
use super::value::Kind;

impl<'a> Reader<'a> {
    /// Steps over a value of any depth, checking it, and gives its text.
    pub(crate) fn skip(&mut self) -> Read<&'a str> {
        let kind = self.peek()?;
        let start = self.at;
        self.skip_kind(kind)?;
        Ok(self.since(start))
    }

    /// Steps over a value, and says what it is and where it began.
    #[inline(always)]
    pub(crate) fn step(&mut self) -> Read<(Kind, usize)> {
        self.white();
        let start = self.at;
        if self.byte() == b'"' {
            self.string()?;
            return Ok((Kind::String, start));
        }
        let kind = self.peek()?;
        self.skip_kind(kind)?;
        Ok((kind, start))
    }

    /// Steps over a value of the kind that [`Reader::peek`] saw.
    #[inline]
    pub(crate) fn skip_kind(&mut self, kind: Kind) -> Read<()> {
        match kind {
            Kind::String => self.string(),
            Kind::Number => self.number(),
            Kind::Literal => self.literal(),
            Kind::Object | Kind::Array => self.container(),
        }
    }

    fn container(&mut self) -> Read<()> {
        self.open.clear();
        loop {
            // Here a value begins.
            let has_more = match self.peek()? {
                Kind::Object => {
                    self.open.push(true);
                    self.enter_object()
                }
                Kind::Array => {
                    self.open.push(false);
                    self.enter_array()
                }
                scalar => {
                    match scalar {
                        Kind::String => self.string()?,
                        Kind::Number => self.number()?,
                        _ => self.literal()?,
                    }
                    if self.leave()? {
                        return Ok(());
                    }
                    continue;
                }
            };
            self.deepest = self.deepest.max(self.open.len());
            if has_more {
                if self.open.last() == Some(&true) {
                    self.key()?;
                }
            } else {
                self.open.pop();
                if self.open.is_empty() || self.leave()? {
                    return Ok(());
                }
            }
        }
    }

    /// After a value inside [`Reader::container`]: leaves all containers that end here; true once none is open.
    fn leave(&mut self) -> Read<bool> {
        while let Some(&is_object) = self.open.last() {
            if is_object {
                if self.next_member()? {
                    self.key()?;
                    return Ok(false);
                }
            } else if self.next_element()? {
                return Ok(false);
            }
            self.open.pop();
        }
        Ok(true)
    }
}
