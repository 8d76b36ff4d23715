//! Which functions are taken, by what they take: rows, groups or windows.

use sqlparser::ast::Function;

use super::functions::{DATE_TRUNC, JSON_EXTRACT, OURS};
use super::scalar::name_of_function;

/// Functions of all rows of a group.
const AGGREGATES: &str = "array_agg avg bit_and bit_or bit_xor corr count covar covar_pop covar_samp first group_concat last \
    listagg max median min quantile_cont quantile_disc stddev stddev_samp stdev stdev_samp string_agg sum total var var_samp variance";
/// Functions of a window alone.
const OF_WINDOWS: &str = "dense_rank first_value lag last_value lead rank row_number";
/// Functions that give an integer of 8 or 32 bits.
const NARROW: &str =
    "array_length bit_count bit_length char_length character_length date_part length octet_length strpos";
/// All others.
const OF_ROWS: &str = "abs acos acosd array_contains array_get array_lower array_mean array_reverse array_sum array_to_string \
    array_unique array_upper asin asind atan atan2 atan2d atand cbrt ceil ceiling coalesce columns concat concat_ws cos cosd cot \
    cotd current_date current_timestamp date degrees div ends_with exp floor greatest if ifnull least left ln log log10 log1p log2 \
    lower lpad ltrim mod now nullif pi pow power radians regexp_like replace reverse right round rpad rtrim sign sin sind split_part \
    sqrt starts_with strftime string_to_array strptime substr tan tand today trunc truncate unnest upper";

fn is_one_of(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

/// True for a function of all rows of a group.
pub(super) fn is_aggregate(function: &Function) -> bool {
    is_one_of(AGGREGATES, &name_of_function(function))
}

/// True for a function whose integers are to be widened before they are reckoned with.
pub(super) fn gives_narrow_integer(name: &str) -> bool {
    is_one_of(NARROW, name)
}

/// True for a function that is taken.
pub(super) fn is_known(name: &str) -> bool {
    OURS.contains(&name)
        || [AGGREGATES, OF_WINDOWS, NARROW, OF_ROWS].iter().any(|names| is_one_of(names, name))
}

/// All functions that are taken.
pub(super) fn all_known() -> impl Iterator<Item = &'static str> {
    let ours = [DATE_TRUNC, JSON_EXTRACT].into_iter();
    ours.chain([AGGREGATES, OF_WINDOWS, NARROW, OF_ROWS].into_iter().flat_map(str::split_ascii_whitespace))
}
