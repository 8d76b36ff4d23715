//! jiter, pulled the same way; raw texts are cut out by offsets.

use jiter::{Jiter, JiterResult, Peek};

use crate::taken::Taken;

pub(crate) fn walk(stream: &str, body: &[u8]) -> Option<Taken> {
    let text = simdutf8::basic::from_utf8(body).ok()?;
    let mut walk = Walk { jiter: Jiter::new(body), text, taken: Taken::default() };
    match stream {
        "convocore/export" => walk.page(Walk::conversation),
        _ => walk.page(Walk::message_record),
    }
    .ok()?;
    walk.jiter.finish().ok()?;
    Some(walk.taken)
}

struct Walk<'a> {
    jiter: Jiter<'a>,
    text: &'a str,
    taken: Taken,
}

/// What to do with a member. A key is borrowed from the reader, so the choice is made before the reader goes on.
#[derive(Clone, Copy)]
enum Do {
    Text,
    Raw,
    Skip,
    Enter(fn(&mut Walk<'_>) -> JiterResult<()>),
}

impl Walk<'_> {
    fn object(&mut self, choose: fn(&str) -> Do) -> JiterResult<()> {
        if self.jiter.peek()? != Peek::Object {
            return self.jiter.next_skip();
        }
        let mut next = self.jiter.known_object()?.map(choose);
        while let Some(what) = next {
            match what {
                Do::Enter(walk) => walk(self)?,
                Do::Skip => self.jiter.next_skip()?,
                Do::Text | Do::Raw => {
                    // Looking at the value steps over the white space before it.
                    let peek = self.jiter.peek()?;
                    let start = self.jiter.current_index();
                    self.jiter.known_skip(peek)?;
                    let raw = self.text.get(start..self.jiter.current_index()).unwrap_or_default();
                    match what {
                        Do::Text => self.taken.text(raw),
                        _ => self.taken.raw(raw),
                    }
                }
            }
            next = self.jiter.next_key()?.map(choose);
        }
        Ok(())
    }

    fn array(&mut self, element: fn(&mut Self) -> JiterResult<()>) -> JiterResult<()> {
        if self.jiter.peek()? != Peek::Array {
            return self.jiter.next_skip();
        }
        let mut next = self.jiter.known_array()?;
        while next.is_some() {
            element(self)?;
            next = self.jiter.array_step()?;
        }
        Ok(())
    }

    fn page(&mut self, record: fn(&mut Self) -> JiterResult<()>) -> JiterResult<()> {
        if self.jiter.peek()? != Peek::Object {
            return self.jiter.next_skip();
        }
        let mut is_data = self.jiter.known_object()?.map(|key| key == "data");
        while let Some(data) = is_data {
            match data {
                true => self.array(record)?,
                false => self.jiter.next_skip()?,
            }
            is_data = self.jiter.next_key()?.map(|key| key == "data");
        }
        Ok(())
    }

    fn conversation(&mut self) -> JiterResult<()> {
        self.taken.records += 1;
        self.object(|key| match key {
            "metadata" => Do::Enter(|walk| {
                walk.object(|key| match key {
                    "ID" => Do::Text,
                    "ts" => Do::Raw,
                    _ => Do::Skip,
                })
            }),
            "turns" => Do::Enter(|walk| walk.array(Walk::turn)),
            _ => Do::Skip,
        })
    }

    fn turn(&mut self) -> JiterResult<()> {
        self.object(|key| match key {
            "messages" => Do::Enter(|walk| walk.array(Walk::message)),
            _ => Do::Skip,
        })
    }

    fn message(&mut self) -> JiterResult<()> {
        self.taken.messages += 1;
        self.object(|key| match key {
            "type" => Do::Text,
            "payload" | "ts" => Do::Raw,
            _ => Do::Skip,
        })
    }

    fn message_record(&mut self) -> JiterResult<()> {
        self.taken.records += 1;
        self.taken.messages += 1;
        self.object(|key| match key {
            "_id" | "conversationId" | "type" => Do::Text,
            "time" | "outMsg" => Do::Raw,
            _ => Do::Skip,
        })
    }
}
