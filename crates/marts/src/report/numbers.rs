//! The numbers of the page, read from a lake by Polars. What comes out is small: days, series, bins.

use std::collections::BTreeMap;

use polars::prelude::{DataType, Expr, LazyFrame, QuantileMethod, TimeZone, col, len, lit};

use super::cells::{float, whole};
use super::day_counts::{DayCounts, counted};
use super::timeline::{Timeline, day_of_number, number_of_day};
use crate::catalog::Catalog;
use crate::checks::{RowScan, collect};
use crate::failure::{Failure, of_polars};

/// Tables and marts of a lake, with days in one zone.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    pub(super) catalog: &'a Catalog,
    /// The name of the zone.
    pub(super) zone: String,
}

/// What the conversations of a step came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Outcomes {
    pub(super) ended: f64,
    pub(super) contained: f64,
    pub(super) handed_off: f64,
    pub(super) abandoned: f64,
    pub(super) declared: f64,
    pub(super) complete: f64,
}

/// Median and 95th percentile of response times of a step, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quantiles {
    pub(super) replies: u64,
    pub(super) p50: Option<f64>,
    pub(super) p95: Option<f64>,
}

impl Numbers<'_> {
    /// A table or mart of all pipelines; `None` where the lake has none of this name, or it has no files.
    pub(super) fn frame(&self, name: &str) -> Result<Option<LazyFrame>, Failure> {
        match self.catalog.table(name) {
            Some(table) if !table.files.is_empty() => self.catalog.frame(name).map(Some),
            _ => Ok(None),
        }
    }

    /// The day of an instant in the zone, by its number.
    fn day(&self, instant: Expr) -> Result<Expr, Failure> {
        let zone = TimeZone::opt_try_new(Some(self.zone.as_str()))
            .map_err(|error| of_polars("reading the zone", &error))?;
        let zone = zone.unwrap_or(TimeZone::UTC);
        Ok(instant.dt().convert_time_zone(zone).dt().date().cast(DataType::Int32))
    }

    /// Conversations that began and messages that were sent, a day and channel, by `daily_stats`.
    pub(super) fn by_channel(&self, daily: LazyFrame) -> Result<(DayCounts, DayCounts), Failure> {
        let counts = |what: &str| {
            let frame = daily.clone().select([
                col("day").cast(DataType::Int32),
                col("channel").alias("word"),
                col(what).alias("count"),
            ]);
            counted(frame, self.catalog)
        };
        Ok((counts("opened")?, counts("messages")?))
    }

    /// Conversations that began, a day and channel, by the table alone.
    pub(super) fn conversations(&self, table: LazyFrame) -> Result<DayCounts, Failure> {
        let began = polars::prelude::coalesce(&[col("first_message_at"), col("started_at")]);
        let frame = table.select([
            self.day(began)?.alias("day"),
            col("channel").alias("word"),
            lit(1_u32).alias("count"),
        ]);
        counted(frame, self.catalog)
    }

    /// Messages that were sent, a day and type.
    pub(super) fn messages_by_type(&self, table: LazyFrame) -> Result<DayCounts, Failure> {
        let frame = table.select([
            self.day(col("sent_at"))?.alias("day"),
            col("type").alias("word"),
            lit(1_u32).alias("count"),
        ]);
        counted(frame, self.catalog)
    }

    /// What people sent, by weekday (Monday first) and hour of the zone.
    pub(super) fn hours(&self, table: LazyFrame) -> Result<Vec<Vec<f64>>, Failure> {
        let zone = TimeZone::opt_try_new(Some(self.zone.as_str()))
            .map_err(|error| of_polars("reading the zone", &error))?;
        let local = col("sent_at").dt().convert_time_zone(zone.unwrap_or(TimeZone::UTC));
        let frame = table
            .filter(col("role").eq(lit("human")).and(col("sent_at").is_not_null()))
            .select([
                local.clone().dt().weekday().cast(DataType::Int32).alias("weekday"),
                local.dt().hour().cast(DataType::Int32).alias("hour"),
            ])
            .group_by([col("weekday"), col("hour")])
            .agg([len().alias("count")]);
        let rows = collect(frame, self.catalog)?;
        let mut cells = vec![vec![0.0; 24]; 7];
        for row in 0..rows.height() {
            let (weekday, hour) = (whole(&rows, "weekday", row), whole(&rows, "hour", row));
            let cell = weekday.zip(hour).and_then(|(weekday, hour)| {
                cells.get_mut(usize::try_from(weekday - 1).ok()?)?.get_mut(usize::try_from(hour).ok()?)
            });
            if let Some(cell) = cell {
                *cell += float(&rows, "count", row).unwrap_or_default();
            }
        }
        Ok(cells)
    }

    /// Response times a step of the timeline, by `response_times`.
    pub(super) fn quantiles(
        &self,
        replies: &LazyFrame,
        timeline: &Timeline,
    ) -> Result<Vec<Quantiles>, Failure> {
        let first = lit(number_of_day(timeline.first));
        let days = lit(number_of_day(timeline.day(1)) - number_of_day(timeline.first));
        let place = (self.day(col("replied_at"))? - first).floor_div(days);
        let seconds = col("response_seconds");
        let quantile = |share: f64| seconds.clone().quantile(lit(share), QuantileMethod::Linear);
        let frame = replies
            .clone()
            .select([place.alias("place"), seconds.clone()])
            .filter(
                col("place")
                    .gt_eq(lit(0))
                    .and(col("place").lt(lit(i64::try_from(timeline.n_steps).unwrap_or(i64::MAX)))),
            )
            .group_by([col("place")])
            .agg([len().alias("replies"), quantile(0.5).alias("p50"), quantile(0.95).alias("p95")]);
        let rows = collect(frame, self.catalog)?;
        let mut steps = vec![Quantiles { replies: 0, p50: None, p95: None }; timeline.n_steps];
        for row in 0..rows.height() {
            let place = whole(&rows, "place", row).and_then(|place| usize::try_from(place).ok());
            if let Some(step) = place.and_then(|place| steps.get_mut(place)) {
                let replies = whole(&rows, "replies", row)
                    .and_then(|count| u64::try_from(count).ok())
                    .unwrap_or_default();
                *step = Quantiles { replies, p50: float(&rows, "p50", row), p95: float(&rows, "p95", row) };
            }
        }
        Ok(steps)
    }

    /// All response times together.
    pub(super) fn overall(&self, replies: &LazyFrame) -> Result<Quantiles, Failure> {
        let seconds = col("response_seconds");
        let quantile = |share: f64| seconds.clone().quantile(lit(share), QuantileMethod::Linear);
        let frame = replies.clone().select([
            seconds.clone().count().alias("replies"),
            quantile(0.5).alias("p50"),
            quantile(0.95).alias("p95"),
        ]);
        let rows = collect(frame, self.catalog)?;
        let replies =
            whole(&rows, "replies", 0).and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
        Ok(Quantiles { replies, p50: float(&rows, "p50", 0), p95: float(&rows, "p95", 0) })
    }

    /// How many response times lie between bounds (from one to below the next, the last without end), by who replied.
    pub(super) fn distribution(
        &self,
        replies: &LazyFrame,
        bounds: &[f64],
    ) -> Result<BTreeMap<&'static str, Vec<f64>>, Failure> {
        let mut scan = RowScan::default();
        let seconds = col("response_seconds");
        let by = [("bot", col("replied_by").eq(lit("bot"))), ("agent", col("replied_by").eq(lit("agent")))];
        let mut asked = Vec::new();
        for (name, replied_by) in by {
            for (place, bound) in bounds.iter().enumerate() {
                let above = seconds.clone().gt_eq(lit(*bound));
                let within = match bounds.get(place + 1) {
                    Some(next) => above.and(seconds.clone().lt(lit(*next))),
                    None => above,
                };
                asked.push((name, scan.count(within.and(replied_by.clone()).fill_null(lit(false)))));
            }
        }
        let numbers = scan.run(replies.clone(), self.catalog)?;
        let mut found: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
        for (name, number) in asked {
            #[expect(clippy::cast_precision_loss, reason = "what is drawn needs no more digits")]
            found.entry(name).or_default().push(numbers.count(number) as f64);
        }
        Ok(found)
    }

    /// What the conversations that opened in a step came to, by `daily_stats`.
    pub(super) fn outcomes(&self, daily: LazyFrame, timeline: &Timeline) -> Result<Vec<Outcomes>, Failure> {
        let sum = |name: &str| col(name).cast(DataType::Float64).sum();
        let frame = daily.group_by([col("day").cast(DataType::Int32)]).agg([
            sum("opened_and_ended"),
            sum("contained"),
            (col("handoff") * col("opened_and_ended").cast(DataType::Float64))
                .sum()
                .alias("handed_off_and_ended"),
            sum("abandoned"),
            sum("declared"),
            sum("complete"),
        ]);
        let rows = collect(frame, self.catalog)?;
        let mut steps = vec![Outcomes::default(); timeline.n_steps];
        for row in 0..rows.height() {
            let day = whole(&rows, "day", row).and_then(|day| day_of_number(i32::try_from(day).ok()?));
            if let Some(step) = day.and_then(|day| timeline.place(day)).and_then(|place| steps.get_mut(place))
            {
                let number = |name: &str| float(&rows, name, row).unwrap_or_default();
                step.ended += number("opened_and_ended");
                step.contained += number("contained");
                step.handed_off += number("handed_off_and_ended");
                step.abandoned += number("abandoned");
                step.declared += number("declared");
                step.complete += number("complete");
            }
        }
        Ok(steps)
    }
}
