//! Functions of SQL that Polars does not have.

use std::sync::Arc;

use jiff::Timestamp;
use polars::prelude::{
    Column, DataFrame, DataType, Expr, Field, Int64Chunked, IntoLazy, NonExistent, PolarsResult, Schema,
    StringChunked, TimeUnit, TimeZone, coalesce, col, lit, polars_bail, polars_err,
};
use polars::sql::FunctionRegistry;
use polars_plan::dsl::{BaseColumnUdf, UserDefinedFunction};
use polars_plan::prelude::FunctionOptions;

/// `date_trunc(unit, instant)`: the beginning of its month, week, ...
pub(super) const DATE_TRUNC: &str = "date_trunc";
/// `AT TIME ZONE` becomes this: what a clock in a zone shows at an instant.
pub(super) const AT_TIME_ZONE: &str = "at_time_zone";
/// A literal of an instant of UTC becomes this.
pub(super) const INSTANT: &str = "instant_of_utc";

/// `json_extract_string(json, path)`, which `json ->> 'key'` becomes: the value at a JSONPath, a text without its quotes.
pub(super) const JSON_EXTRACT: &str = "json_extract_string";

/// `strpos(text, part)` becomes this: the first character, from 1, where a part begins, 0 where it does not stand, null of null.
pub(super) const POSITION: &str = "position_in_text";
/// A sum of integers becomes this of the sum and of that of the same numbers as floats: an error where 64 bits are too few.
pub(super) const CHECKED_SUM: &str = "sum_of_64_bits";
/// Sums, differences and products of two integers become these: an error where 64 bits are too few.
pub(super) const PLUS: &str = "plus_of_64_bits";
pub(super) const MINUS: &str = "minus_of_64_bits";
pub(super) const TIMES: &str = "times_of_64_bits";

/// All of them.
pub(super) const OURS: [&str; 9] =
    [DATE_TRUNC, AT_TIME_ZONE, INSTANT, JSON_EXTRACT, POSITION, CHECKED_SUM, PLUS, MINUS, TIMES];

/// Our functions, beside those of Polars.
struct Functions;

/// What SQL is planned with beside Polars' own functions.
pub(super) fn registry() -> Arc<dyn FunctionRegistry> {
    Arc::new(Functions)
}

impl FunctionRegistry for Functions {
    fn register(&mut self, name: &str, _: UserDefinedFunction) -> PolarsResult<()> {
        polars_bail!(InvalidOperation: "`{name}` cannot be added")
    }

    fn get_udf(&self, name: &str) -> PolarsResult<Option<UserDefinedFunction>> {
        Ok(match name.to_ascii_lowercase().as_str() {
            DATE_TRUNC => Some(function(DATE_TRUNC, date_trunc, same_as_second)),
            AT_TIME_ZONE => Some(function(AT_TIME_ZONE, at_time_zone, other_clock)),
            INSTANT => Some(function(INSTANT, instant, utc)),
            POSITION => Some(function(POSITION, position, whole)),
            CHECKED_SUM => Some(function(CHECKED_SUM, checked_sum, whole)),
            PLUS => Some(function(PLUS, plus, whole)),
            MINUS => Some(function(MINUS, minus, whole)),
            TIMES => Some(function(TIMES, times, whole)),
            JSON_EXTRACT => Some(function(JSON_EXTRACT, json_extract, text_of_first)),
            _ => None,
        })
    }

    fn contains(&self, name: &str) -> bool {
        OURS.contains(&name.to_ascii_lowercase().as_str())
    }
}

type Values = fn(&mut [Column]) -> PolarsResult<Column>;
type Kind = fn(&[Field]) -> PolarsResult<Field>;

fn function(name: &'static str, values: Values, kind: Kind) -> UserDefinedFunction {
    let kind = move |_: &Schema, fields: &[Field]| kind(fields);
    let mut function = UserDefinedFunction::new(name.into(), BaseColumnUdf::new(values, kind));
    function.options = FunctionOptions::elementwise();
    function
}

fn same_as_second(fields: &[Field]) -> PolarsResult<Field> {
    match fields {
        [_, instant] if matches!(instant.dtype(), DataType::Datetime(..) | DataType::Date) => {
            Ok(instant.clone())
        }
        _ => {
            polars_bail!(InvalidOperation: "date_trunc takes a unit and a timestamp or date, as in date_trunc('month', sent_at)")
        }
    }
}

fn date_trunc(columns: &mut [Column]) -> PolarsResult<Column> {
    let [unit, instants] = columns else { polars_bail!(InvalidOperation: "date_trunc takes two values") };
    let unit = text(unit)?.to_ascii_lowercase();
    let every = match unit.as_str() {
        "year" => "1y",
        "quarter" => "1q",
        "month" => "1mo",
        "week" => "1w",
        "day" => "1d",
        "hour" => "1h",
        "minute" => "1m",
        "second" => "1s",
        _ => {
            polars_bail!(InvalidOperation: "date_trunc knows year, quarter, month, week, day, hour, minute and second, not `{unit}`")
        }
    };
    computed(instants, |instants| instants.dt().truncate(lit(every)))
}

/// Of an instant the clock of a zone, and of what a clock shows the instant.
fn other_clock(fields: &[Field]) -> PolarsResult<Field> {
    let zone = match fields {
        [instant, _] => match instant.dtype() {
            DataType::Datetime(_, None) => Some(TimeZone::UTC),
            DataType::Datetime(_, Some(_)) => None,
            _ => polars_bail!(InvalidOperation: "AT TIME ZONE takes a timestamp and a zone"),
        },
        _ => polars_bail!(InvalidOperation: "AT TIME ZONE takes a timestamp and a zone"),
    };
    let name = fields.first().map(|field| field.name().clone()).unwrap_or_default();
    Ok(Field::new(name, DataType::Datetime(TimeUnit::Microseconds, zone)))
}

fn at_time_zone(columns: &mut [Column]) -> PolarsResult<Column> {
    let [times, zone] = columns else { polars_bail!(InvalidOperation: "AT TIME ZONE takes two values") };
    let zone = text(zone)?;
    // Polars takes offsets as `+02:00`, too, and gives nulls for them.
    let known =
        jiff::tz::TimeZone::get(&zone).ok().and_then(|_| TimeZone::opt_try_new(Some(zone.as_str())).ok()?);
    let Some(zone) = known else {
        polars_bail!(InvalidOperation: "AT TIME ZONE takes a zone, as in 'Europe/Berlin', and not `{zone}`")
    };
    let is_local = matches!(times.dtype(), DataType::Datetime(_, None));
    computed(times, |times| match is_local {
        // Of an hour that a clock shows twice the second is meant, and one that it skips is told by the clock of the day before.
        true => {
            let instants = |times: Expr| {
                let there =
                    times.dt().replace_time_zone(Some(zone.clone()), lit("latest"), NonExistent::Null);
                there.dt().convert_time_zone(TimeZone::UTC)
            };
            let day = lit(86_400_000_000_i64).cast(DataType::Duration(TimeUnit::Microseconds));
            coalesce(&[instants(times.clone()), instants(times - day.clone()) + day])
        }
        false => {
            let there = times.dt().convert_time_zone(zone);
            there.dt().replace_time_zone(None, lit("raise"), NonExistent::Raise)
        }
    })
}

/// The rows of two columns, of which one may be a literal: none where the other has none.
fn rows_of(left: &Column, right: &Column) -> usize {
    match left.is_empty() || right.is_empty() {
        true => 0,
        false => left.len().max(right.len()),
    }
}

fn reckoned(columns: &mut [Column], with: fn(i64, i64) -> Option<i64>) -> PolarsResult<Column> {
    let [left, right] = columns else { polars_bail!(InvalidOperation: "two numbers are reckoned with") };
    let (left, right) = (left.cast(&DataType::Int64)?, right.cast(&DataType::Int64)?);
    let (name, rows) = (left.name().clone(), rows_of(&left, &right));
    let (left, right) = (left.i64()?, right.i64()?);
    let at = |values: &Int64Chunked, row: usize| values.get(if values.len() == 1 { 0 } else { row });
    let mut reckoned = Vec::with_capacity(rows);
    for row in 0..rows {
        reckoned.push(match (at(left, row), at(right, row)) {
            (Some(left), Some(right)) => match with(left, right) {
                Some(value) => Some(value),
                None => polars_bail!(InvalidOperation: "{left} and {right} make a number that is greater than 64 bits hold; CAST(.. AS DOUBLE) one of them, which rounds"),
            },
            _ => None,
        });
    }
    Ok(Column::new(name, reckoned))
}

fn plus(columns: &mut [Column]) -> PolarsResult<Column> {
    reckoned(columns, i64::checked_add)
}

fn minus(columns: &mut [Column]) -> PolarsResult<Column> {
    reckoned(columns, i64::checked_sub)
}

fn times(columns: &mut [Column]) -> PolarsResult<Column> {
    reckoned(columns, i64::checked_mul)
}

fn whole(fields: &[Field]) -> PolarsResult<Field> {
    let name = fields.first().map(|field| field.name().clone()).unwrap_or_default();
    Ok(Field::new(name, DataType::Int64))
}

fn position(columns: &mut [Column]) -> PolarsResult<Column> {
    let [texts, parts] = columns else {
        polars_bail!(InvalidOperation: "strpos takes a text and a part of it")
    };
    let (texts, parts) = (texts.cast(&DataType::String)?, parts.cast(&DataType::String)?);
    let rows = rows_of(&texts, &parts);
    let (texts, parts) = (texts.str()?, parts.str()?);
    let at = |values: &StringChunked, row: usize| -> Option<String> {
        values.get(if values.len() == 1 { 0 } else { row }).map(ToOwned::to_owned)
    };
    let position = |row| {
        let (text, part) = (at(texts, row)?, at(parts, row)?);
        let found =
            text.find(&part).and_then(|byte| text.get(..byte)).map(|before| before.chars().count() + 1);
        i64::try_from(found.unwrap_or_default()).ok()
    };
    Ok(Column::new(texts.name().clone(), (0..rows).map(position).collect::<Vec<Option<i64>>>()))
}

/// A sum of integers, which fails where the sum of the same numbers as floats is beyond 64 bits.
pub(super) fn checked(sum: Expr, bound: Expr) -> Expr {
    let checked = function(CHECKED_SUM, checked_sum, whole);
    checked.call(vec![sum, bound])
}

fn checked_sum(columns: &mut [Column]) -> PolarsResult<Column> {
    let [sums, bounds] = columns else { polars_bail!(InvalidOperation: "a sum is checked by another") };
    let most = bounds.f64()?.iter().flatten().fold(0.0_f64, |most, bound| most.max(bound.abs()));
    if most > 9.2e18 {
        polars_bail!(InvalidOperation: "a sum of integers is greater than 64 bits hold; sum CAST(.. AS DOUBLE), which rounds");
    }
    Ok(sums.clone())
}

fn utc(fields: &[Field]) -> PolarsResult<Field> {
    let name = fields.first().map(|field| field.name().clone()).unwrap_or_default();
    Ok(Field::new(name, DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))))
}

fn instant(columns: &mut [Column]) -> PolarsResult<Column> {
    let [texts] = columns else { polars_bail!(InvalidOperation: "an instant is one text") };
    let instant: Timestamp = text(texts)?
        .parse()
        .map_err(|_| polars_err!(InvalidOperation: "a timestamp reads as in 2025-04-01 10:30:00"))?;
    let data_type = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let column = Column::new(texts.name().clone(), [instant.as_microsecond()]).cast(&data_type)?;
    Ok(column.new_from_index(0, texts.len().max(1)))
}

fn text_of_first(fields: &[Field]) -> PolarsResult<Field> {
    match fields {
        [json, _] if *json.dtype() == DataType::String => Ok(json.clone()),
        _ => {
            polars_bail!(InvalidOperation: "a JSON column and a path are taken, as in extra ->> 'key' or json_extract_string(extra, '$.key')")
        }
    }
}

fn json_extract(columns: &mut [Column]) -> PolarsResult<Column> {
    let [json, path] = columns else {
        polars_bail!(InvalidOperation: "json_extract_string takes two values")
    };
    let path = text(path)?;
    computed(json, |json| json.str().json_path_match(lit(path)))
}

/// The text that stands in all rows.
fn text(column: &Column) -> PolarsResult<String> {
    Ok(column.str()?.get(0).unwrap_or_default().to_owned())
}

/// What an expression makes of a column.
fn computed(column: &Column, of: impl FnOnce(Expr) -> Expr) -> PolarsResult<Column> {
    let rows = DataFrame::new(column.len(), vec![column.clone()])?;
    let rows = rows.lazy().select([of(col(column.name().clone()))]).collect()?;
    rows.columns().first().cloned().ok_or_else(|| polars_err!(NoData: "a function gave no column"))
}
