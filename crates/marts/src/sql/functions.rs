//! Functions of SQL that Polars does not have.

use std::sync::Arc;

use jiff::Timestamp;
use polars::prelude::{
    Column, DataFrame, DataType, Expr, Field, IntoLazy, NonExistent, PolarsResult, Schema, TimeUnit,
    TimeZone, col, lit, polars_bail, polars_err,
};
use polars::sql::FunctionRegistry;
use polars_plan::dsl::{BaseColumnUdf, UserDefinedFunction};
use polars_plan::prelude::FunctionOptions;

/// `date_trunc(unit, instant)`: the beginning of its month, week, ...
const DATE_TRUNC: &str = "date_trunc";
/// `AT TIME ZONE` becomes this: what a clock in a zone shows at an instant.
pub(super) const AT_TIME_ZONE: &str = "at_time_zone";
/// A literal of an instant of UTC becomes this.
pub(super) const INSTANT: &str = "instant_of_utc";

/// `json_extract_string(json, path)`, which `json ->> 'key'` becomes: the value at a JSONPath, a text without its quotes.
pub(super) const JSON_EXTRACT: &str = "json_extract_string";

/// All of them.
pub(super) const OURS: [&str; 4] = [DATE_TRUNC, AT_TIME_ZONE, INSTANT, JSON_EXTRACT];

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
            AT_TIME_ZONE => Some(function(AT_TIME_ZONE, at_time_zone, local)),
            INSTANT => Some(function(INSTANT, instant, utc)),
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

fn local(fields: &[Field]) -> PolarsResult<Field> {
    match fields {
        [instant, _] => {
            Ok(Field::new(instant.name().clone(), DataType::Datetime(TimeUnit::Microseconds, None)))
        }
        _ => polars_bail!(InvalidOperation: "AT TIME ZONE takes a timestamp and a zone"),
    }
}

fn at_time_zone(columns: &mut [Column]) -> PolarsResult<Column> {
    let [instants, zone] = columns else { polars_bail!(InvalidOperation: "AT TIME ZONE takes two values") };
    let zone = text(zone)?;
    let Some(zone) = TimeZone::opt_try_new(Some(zone.as_str()))? else {
        polars_bail!(InvalidOperation: "AT TIME ZONE takes a zone, as in 'Europe/Berlin'")
    };
    computed(instants, |instants| {
        let there = instants.dt().convert_time_zone(zone);
        there.dt().replace_time_zone(None, lit("raise"), NonExistent::Raise)
    })
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
