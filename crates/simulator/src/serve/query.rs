use axum::extract::Query;
use axum::http::Uri;

/// The parameters of a request, each at most once.
#[derive(Debug, Default)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
}

/// What is wrong with a parameter, as the answer says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadParam(pub(super) String);

impl Params {
    pub(super) fn of(uri: &Uri) -> Result<Self, BadParam> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| BadParam("the query string cannot be read".to_owned()))?;
        for (position, (name, _)) in pairs.iter().enumerate() {
            if pairs[..position].iter().any(|(earlier, _)| earlier == name) {
                return Err(BadParam(format!("{name} is given twice")));
            }
        }
        Ok(Self { pairs })
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&str, BadParam> {
        self.text(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| BadParam(format!("{name} is required")))
    }

    pub(super) fn required_integer(&self, name: &str) -> Result<i64, BadParam> {
        let value = self.required_text(name)?;
        value.parse().map_err(|_| BadParam(format!("{name} must be an integer")))
    }

    /// A number from 1 to `most`.
    pub(super) fn count(&self, name: &str, default: usize, most: usize) -> Result<usize, BadParam> {
        let Some(value) = self.text(name) else {
            return Ok(default);
        };
        match value.parse() {
            Ok(0) => Err(BadParam(format!("{name} must be at least 1"))),
            Ok(count) if count > most => Err(BadParam(format!("{name} must be at most {most}"))),
            Ok(count) => Ok(count),
            Err(_) => Err(BadParam(format!("{name} must be an integer of at least 1"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_checked() {
        let params = |query: &str| Params::of(&format!("/x?{query}").parse().unwrap());
        let count = |query: &str| params(query).and_then(|params| params.count("n", 20, 100));
        let cases = [
            ("", Ok(20)),
            ("n=100", Ok(100)),
            ("n=1&m=2", Ok(1)),
            ("n=0", Err("n must be at least 1")),
            ("n=101", Err("n must be at most 100")),
            ("n=1.5", Err("n must be an integer of at least 1")),
            ("n=-1", Err("n must be an integer of at least 1")),
            ("n=", Err("n must be an integer of at least 1")),
            ("n=1&n=2", Err("n is given twice")),
        ];
        for (query, expected) in cases {
            assert_eq!(count(query), expected.map_err(|text| BadParam(text.to_owned())), "{query}");
        }
        assert_eq!(params("a=b%2Cc+d").unwrap().text("a"), Some("b,c d"));
        assert!(params("").unwrap().required_integer("t").is_err());
        assert!(params("t=1.0").unwrap().required_integer("t").is_err());
    }
}
