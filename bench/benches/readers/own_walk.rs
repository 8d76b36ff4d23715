//! Our own reader, pulled as the flattener pulls it.

use crate::reader::{Failed, Kind, Reader};
use crate::taken::Taken;

pub(crate) fn walk(stream: &str, body: &[u8]) -> Option<Taken> {
    let mut walk =
        Walk { reader: Reader::new(simdutf8::basic::from_utf8(body).ok()?), taken: Taken::default() };
    match stream {
        "convocore/export" => walk.page(Walk::conversation),
        _ => walk.page(Walk::message_record),
    }
    .ok()?;
    walk.reader.end().ok()?;
    Some(walk.taken)
}

struct Walk<'a> {
    reader: Reader<'a>,
    taken: Taken,
}

type Step = Result<(), Failed>;

impl<'a> Walk<'a> {
    fn object(&mut self, mut member: impl FnMut(&mut Self, &'a str) -> Step) -> Step {
        if self.reader.peek()? != Kind::Object {
            return self.reader.skip().map(|_| ());
        }
        let mut has_more = self.reader.enter_object();
        while has_more {
            let key = self.reader.key()?;
            member(self, key)?;
            has_more = self.reader.next_member()?;
        }
        Ok(())
    }

    fn array(&mut self, mut element: impl FnMut(&mut Self) -> Step) -> Step {
        if self.reader.peek()? != Kind::Array {
            return self.reader.skip().map(|_| ());
        }
        let mut has_more = self.reader.enter_array();
        while has_more {
            element(self)?;
            has_more = self.reader.next_element()?;
        }
        Ok(())
    }

    fn text(&mut self) -> Step {
        let raw = self.reader.skip()?;
        self.taken.text(raw);
        Ok(())
    }

    fn raw(&mut self) -> Step {
        let raw = self.reader.skip()?;
        self.taken.raw(raw);
        Ok(())
    }

    fn rest(&mut self) -> Step {
        self.reader.skip().map(|_| ())
    }

    fn page(&mut self, record: fn(&mut Self) -> Step) -> Step {
        self.object(|walk, key| match key {
            "data" => walk.array(|walk| {
                walk.taken.records += 1;
                record(walk)
            }),
            _ => walk.rest(),
        })
    }

    fn conversation(&mut self) -> Step {
        self.object(|walk, key| match key {
            "metadata" => walk.object(|walk, key| match key {
                "ID" => walk.text(),
                "ts" => walk.raw(),
                _ => walk.rest(),
            }),
            "turns" => walk.array(|walk| {
                walk.object(|walk, key| match key {
                    "messages" => walk.array(Self::message),
                    _ => walk.rest(),
                })
            }),
            _ => walk.rest(),
        })
    }

    fn message(&mut self) -> Step {
        self.taken.messages += 1;
        self.object(|walk, key| match key {
            "type" => walk.text(),
            "payload" | "ts" => walk.raw(),
            _ => walk.rest(),
        })
    }

    fn message_record(&mut self) -> Step {
        self.taken.messages += 1;
        self.object(|walk, key| match key {
            "_id" | "conversationId" | "type" => walk.text(),
            "time" | "outMsg" => walk.raw(),
            _ => walk.rest(),
        })
    }
}
