//! Figures, each with what it is to be, printed as they are found.

/// A number that was measured.
pub(crate) struct Figure {
    name: String,
    value: f64,
    aim: Option<f64>,
}

impl Figure {
    pub(crate) fn at_most(name: &str, value: f64, aim: f64) -> Self {
        Self { name: name.to_owned(), value, aim: Some(aim) }
    }

    pub(crate) fn told(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), value, aim: None }
    }

    /// On a line of its own.
    pub(crate) fn print(self) {
        let Self { name, value, aim } = self;
        let number = match value.abs() >= 100.0 {
            true => format!("{value:.0}"),
            false => format!("{value:.3}"),
        };
        let aim = match aim {
            None => String::new(),
            Some(aim) if value <= aim => format!("at most {aim}: met"),
            Some(aim) => format!("at most {aim}: MISSED"),
        };
        println!("{name:<60} {number:>10}  {aim}");
    }
}
