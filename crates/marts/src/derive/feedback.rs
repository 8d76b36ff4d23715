//! A rating and its text, from the JSON of a lead's feedback.

use convolake_model::Pointer;
use polars::prelude::*;
use serde_json::Value;

/// The first of these places that holds a number, or a text of one.
pub(super) fn rating(json: Expr, places: &[Pointer]) -> Expr {
    let places = texts(places);
    let rate = move |column: Column| {
        let ratings: Float64Chunked = column
            .str()?
            .iter()
            .map(|json| first_of(json?, &places, |text| text.trim().parse::<f64>().ok()))
            .collect_ca(column.name().clone());
        Ok(ratings.into_column())
    };
    json.map(rate, |_, field| Ok(Field::new(field.name().clone(), DataType::Float64)))
}

/// The first of these places that holds anything but an empty text.
pub(super) fn text(json: Expr, places: &[Pointer]) -> Expr {
    let places = texts(places);
    let find = move |column: Column| {
        let found: StringChunked = column
            .str()?
            .iter()
            .map(|json| first_of(json?, &places, |text| (!text.is_empty()).then_some(text)))
            .collect_ca(column.name().clone());
        Ok(found.into_column())
    };
    json.map(find, |_, field| Ok(Field::new(field.name().clone(), DataType::String)))
}

fn texts(places: &[Pointer]) -> Vec<String> {
    places.iter().map(Pointer::to_string).collect()
}

fn first_of<T>(json: &str, places: &[String], read: impl Fn(String) -> Option<T>) -> Option<T> {
    if places.is_empty() {
        return None;
    }
    let document: Value = serde_json::from_str(json).ok()?;
    let text = |place: &String| match document.pointer(place)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    places.iter().filter_map(text).find_map(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_that_holds_something_counts() {
        let places = ["/rating".to_owned(), "/stars".to_owned()];
        let rating = |json| first_of(json, &places, |text| text.trim().parse::<f64>().ok());
        assert_eq!(rating(r#"{"rating":4,"stars":5}"#), Some(4.0));
        assert_eq!(rating(r#"{"rating":"great","stars":" 5 "}"#), Some(5.0));
        assert_eq!(rating(r#"{"rating":null,"stars":0.5}"#), Some(0.5));
        assert_eq!(rating(r#"{"rating":true}"#), None);
        assert_eq!(rating("no JSON"), None);
        let text = |json| first_of(json, &places, |text| (!text.is_empty()).then_some(text));
        assert_eq!(text(r#"{"rating":"","stars":"so so"}"#).as_deref(), Some("so so"));
    }
}
