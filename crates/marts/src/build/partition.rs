//! The conversations of one month, made anew.

use std::collections::BTreeSet;

use convolake_model::{Mart, Meaning};
use polars::prelude::*;

use super::cut::Cuts;
use super::reach;
use super::source_tables::SourceTables;
use super::state::{Month, MonthState, Reach};
use crate::derive::{
    AsOf, BusinessHours, CONVERSATIONS, Clock, ConversationStats, InputTable, Inputs, KEY, LEADS, MESSAGES,
    Spoken, TURNS, conversation_days, conversation_stats, derived_turns, ordered_messages, response_times,
};
use crate::failure::{Failure, of_polars};

/// What all months of a source are made by.
pub(super) struct Definitions {
    pub(super) meaning: Meaning,
    pub(super) clock: Clock,
    pub(super) hours: Option<BusinessHours>,
    pub(super) as_of: AsOf,
    /// What the rows of one share of a month may take.
    pub(super) memory_bytes: u64,
}

/// The derived tables of some of a month's conversations, each sorted by the key.
pub(super) struct MonthRows {
    pub(super) conversation_stats: DataFrame,
    turns: DataFrame,
    response_times: DataFrame,
    conversation_days: DataFrame,
}

/// Makes the rows of a month's conversations, share by share in the order of keys: at least one.
pub(super) fn month_rows<'a>(
    tables: &mut SourceTables<'_>,
    month: &Month,
    reach: &Reach,
    by: &'a Definitions,
) -> Result<impl Iterator<Item = Result<MonthRows, Failure>> + use<'a>, Failure> {
    let inputs = inputs(tables, month, reach)?;
    let messages = months_reaching(reach, &MESSAGES, month);
    let of_month = tables
        .files(&MESSAGES)
        .iter()
        .filter(|file| messages.contains(&super::source_tables::month_of(file)));
    let at_most = of_month.map(|file| file.rows.unwrap_or(0)).sum();
    let failed = |error: PolarsError| of_polars("deriving tables", &error);
    let cuts = Cuts::of(&inputs.messages, at_most, by.memory_bytes).map_err(failed)?;
    Ok(cuts.into_shares().map(move |share| {
        let inputs = Inputs {
            conversations: share.of(inputs.conversations.clone()),
            turns: share.of(inputs.turns.clone()),
            messages: share.of(inputs.messages.clone()),
            leads: share.of(inputs.leads.clone()),
        };
        derive(&inputs, by).map_err(failed)
    }))
}

fn derive(inputs: &Inputs, by: &Definitions) -> PolarsResult<MonthRows> {
    let messages = ordered_messages(inputs.messages.clone(), &by.meaning)?;
    // Few rows of many: what is read of a table's files is never held whole.
    let held = |rows: &LazyFrame| {
        Ok::<_, PolarsError>(rows.clone().collect_with_engine(Engine::Streaming)?.unwrap_single().lazy())
    };
    let inputs = Inputs {
        conversations: held(&inputs.conversations)?,
        turns: held(&inputs.turns)?,
        leads: held(&inputs.leads)?,
        messages: MESSAGES.empty(),
    };
    let spoken = Spoken::of(&messages, &by.meaning, by.as_of)?;
    let hours = by.hours.as_ref();
    let judged_by = ConversationStats { meaning: &by.meaning, hours, as_of: by.as_of };
    Ok(MonthRows {
        turns: derived_turns(&messages, inputs.turns.clone()).collect()?,
        response_times: response_times(&messages, &spoken, hours).collect()?,
        conversation_stats: conversation_stats(&inputs, &messages, &spoken, &judged_by).collect()?,
        conversation_days: conversation_days(&messages, &by.clock).collect()?,
    })
}

/// The rows of all tables that are of the month's conversations.
fn inputs(tables: &mut SourceTables<'_>, month: &Month, reach: &Reach) -> Result<Inputs, Failure> {
    let conversations = tables.rows(&CONVERSATIONS, &[month.clone()].into())?;
    let of_month = conversations.clone().select(KEY.map(col));
    let dated = if month.is_empty() { Some(reach::dated(tables)?.select(KEY.map(col))) } else { None };
    let mut rows = |table: &InputTable| {
        let rows = tables.rows(table, &months_reaching(reach, table, month))?;
        let key = || KEY.map(col);
        Ok::<_, Failure>(match &dated {
            None => rows.join(of_month.clone(), key(), key(), JoinArgs::new(JoinType::Semi)),
            // Messages whose conversation is not known, too.
            Some(dated) => rows.join(dated.clone(), key(), key(), JoinArgs::new(JoinType::Anti)),
        })
    };
    Ok(Inputs { turns: rows(&TURNS)?, messages: rows(&MESSAGES)?, leads: rows(&LEADS)?, conversations })
}

/// The months of those files of a table that have rows of the month's conversations.
fn months_reaching(reach: &Reach, table: &InputTable, month: &Month) -> BTreeSet<Month> {
    let of_table = reach.get(table.name).into_iter().flatten();
    of_table.filter(|(_, opened)| opened.contains(month)).map(|(files, _)| files.clone()).collect()
}

impl MonthRows {
    /// Each table's.
    pub(super) fn by_mart(self) -> [(Mart, DataFrame); 4] {
        [
            (Mart::Turns, self.turns),
            (Mart::ResponseTimes, self.response_times),
            (Mart::ConversationStats, self.conversation_stats),
            (Mart::ConversationDays, self.conversation_days),
        ]
    }

    /// What is kept of them for the next build.
    pub(super) fn state(&self, by: &Definitions) -> Result<MonthState, Failure> {
        let failed = |error: PolarsError| of_polars("finding the days of conversations", &error);
        let day_of = |column: &str| by.clock.day_of(col(column)).alias("day");
        let stats = || self.conversation_stats.clone().lazy();
        let days = [
            stats().select([day_of("opened_at")]),
            stats().filter(col("ended")).select([day_of("ended_at")]),
            self.conversation_days.clone().lazy().select([col("day")]),
            self.response_times.clone().lazy().select([day_of("replied_at")]),
        ];
        let months = concat(days, UnionArgs::default()).map_err(failed)?;
        let months =
            months.select([col("day").dt().to_string("%Y-%m")]).unique(None, UniqueKeepStrategy::Any);
        let months = months.collect().map_err(failed)?;
        let months = months.column("day").and_then(|days| days.str().cloned()).map_err(failed)?;
        let days = months.iter().map(|month| month.unwrap_or_default().to_owned()).collect();
        let last = self.conversation_stats.column("last_active_at").map_err(failed)?;
        let last = last.datetime().map_err(failed)?.physical();
        let over_after = by.meaning.abandoned_after.as_seconds() * 1_000_000;
        let (as_of, last_words) = match by.as_of {
            AsOf::Exactly(as_of) => (as_of, None),
            AsOf::Settling(as_of) => (as_of, Some(last.iter().flatten())),
        };
        Ok(MonthState::of_last_words(as_of, last_words.into_iter().flatten(), over_after, days))
    }
}
