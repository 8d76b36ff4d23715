//! Invented conversations: one coherent world, from which all four streams are rendered.
//!
//! A [`talk::Talk`] is what happened between one person and the agent. `convocore` and `agentx` each tell it in their
//! own words. Every conversation has its own random numbers, drawn from the seed and its index, so a change in how
//! one is told moves no other.

mod agentx;
mod broken;
mod convocore;
mod facts;
mod json_text;
mod odd;
mod payload;
mod person;
mod rng;
mod talk;
mod times;
mod words;

use std::sync::Arc;

use bytes::Bytes;

use crate::config::{Generator, ListTs};
use crate::record::Record;
use crate::store::Store;

pub(crate) use rng::Rng;
pub(crate) use times::{iso_without_zone, moment_text};

/// Texts are cut out of blocks of about this size, so that a million records are not a million allocations.
const BLOCK_BYTES: usize = 1 << 20;

/// Everything `generator` stands for.
pub(crate) fn generate(generator: &Generator) -> Store {
    let mut conversations = Block::default();
    let mut messages = Block::default();
    let mut list = Block::default();
    let mut export = Block::default();

    for index in 0..generator.conversations {
        let talk = talk::Talk::invent(generator, index);
        let began = seconds(talk.started_ms);
        let listed = match generator.list_ts {
            ListTs::FirstMessage => began,
            ListTs::LastMessage => seconds(talk.ended_ms()),
        };

        let id: Arc<str> = talk.convocore_id.as_str().into();
        export.add(&id, &id, whole(began), |bytes| convocore::export(&talk, bytes));
        if talk.n_messages() > 0 {
            list.add(&id, &id, whole(listed), |bytes| convocore::list(&talk, generator.list_ts, bytes));
        }

        let id: Arc<str> = talk.agentx_id.as_str().into();
        conversations.add(&id, &id, whole(began), |bytes| agentx::conversation(&talk, bytes));
        agentx::each_message(&talk, |message| {
            let key: Arc<str> = message.id.as_str().into();
            messages.add(&key, &id, seconds(message.at_ms), |bytes| bytes.extend_from_slice(&message.text));
        });

        if talk.has_broken_neighbour {
            let nobody: Arc<str> = format!("(no id {index})").into();
            let mut rng = talk.rng("broken");
            for block in [&mut conversations, &mut messages, &mut list, &mut export] {
                block.add(&nobody, &nobody, whole(began), |bytes| broken::record(&mut rng, bytes));
            }
        }
    }
    Store::new([conversations.finish(), messages.finish(), list.finish(), export.finish()])
}

/// Records whose texts share large allocations.
#[derive(Debug, Default)]
struct Block {
    records: Vec<Record>,
    open: Vec<u8>,
    /// Where in `open` the texts of the last records end; these still have empty texts.
    ends: Vec<usize>,
}

impl Block {
    fn add(&mut self, key: &Arc<str>, conversation: &Arc<str>, at: f64, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.open);
        self.ends.push(self.open.len());
        self.records.push(Record {
            text: Bytes::new(),
            key: Arc::clone(key),
            conversation: Arc::clone(conversation),
            at,
            number: self.records.len() as u64,
        });
        if self.open.len() >= BLOCK_BYTES {
            self.close();
        }
    }

    fn close(&mut self) {
        self.open.shrink_to_fit();
        let text = Bytes::from(std::mem::take(&mut self.open));
        let first = self.records.len() - self.ends.len();
        let mut start = 0;
        for (record, end) in self.records[first..].iter_mut().zip(self.ends.drain(..)) {
            record.text = text.slice(start..end);
            start = end;
        }
    }

    fn finish(mut self) -> Vec<Record> {
        self.close();
        self.records
    }
}

#[expect(clippy::cast_precision_loss, reason = "Unix milliseconds stay far below 2^53")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Conversations carry whole seconds.
fn whole(seconds: f64) -> f64 {
    seconds.floor()
}
