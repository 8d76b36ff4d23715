//! The habits of all endpoints, as they are configured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Habits;
use crate::stream::Stream;

/// What each endpoint is like; one that is not named has no habits.
///
/// In JSON an object of endpoints: `{"convocore_export": {"lag": {"requests": 5}}, "agentx_messages": {..}}`. It is set when
/// the simulator starts ([`crate::SimulatorConfig::habits`]) and while it runs: `PUT /_simulator/habits` switches to a plan,
/// `PATCH` merges one into what is in force ([`HabitPlan::patched`]), `DELETE` switches all off, `GET` shows what is on. In
/// the bodies of `PUT` and `PATCH`, `*` names all endpoints. A habit that is set as it was already goes on; one that differs
/// begins anew.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HabitPlan {
    /// Per endpoint.
    pub endpoints: BTreeMap<Stream, Habits>,
}

/// Why a plan cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadHabit {
    /// It is no `ENDPOINT.HABIT[.FIELD]=VALUE`.
    #[error("`{setting}` is no ENDPOINT.HABIT[.FIELD]=VALUE")]
    Setting {
        /// As it was given.
        setting: String,
    },
    /// It names what there is not, or gives it a value of another type.
    #[error("habits do not read so: {reason}")]
    Plan {
        /// What does not read, and the right words.
        reason: String,
    },
}

/// Stands for all endpoints in patches and settings.
const ALL_ENDPOINTS: &str = "*";

impl HabitPlan {
    /// The habits of one endpoint, and no others.
    #[must_use]
    pub fn at(endpoint: Stream, habits: Habits) -> Self {
        Self::default().and(endpoint, habits)
    }

    /// The same habits at every endpoint.
    #[must_use]
    pub fn everywhere(habits: &Habits) -> Self {
        Stream::ALL.into_iter().fold(Self::default(), |plan, stream| plan.and(stream, habits.clone()))
    }

    /// This plan with other habits at one endpoint.
    #[must_use]
    pub fn and(mut self, endpoint: Stream, habits: Habits) -> Self {
        self.endpoints.insert(endpoint, habits);
        self
    }

    /// The plan after a JSON merge patch (RFC 7396): what is null is switched off, what is absent stays. `*` names all
    /// endpoints; patches of single endpoints come after it.
    pub fn patched(&self, patch: &Value) -> Result<Self, BadHabit> {
        let mut plan = serde_json::to_value(self).map_err(|error| unreadable(&error))?;
        let mut patch = patch.clone();
        if let Some(everywhere) = patch.as_object_mut().and_then(|patch| patch.remove(ALL_ENDPOINTS)) {
            let all = Stream::ALL.into_iter().map(|stream| (stream.name().to_owned(), everywhere.clone()));
            merge(&mut plan, &Value::Object(all.collect()));
        }
        merge(&mut plan, &patch);
        serde_json::from_value(plan).map_err(|error| unreadable(&error))
    }

    /// The plan with one setting of a command line, such as `convocore_export.lag.requests=5`, `*.end.past_end=404` or
    /// `convocore_list.poison={"kind":"nan"}`. A value that is no JSON is a string.
    pub fn set(&self, setting: &str) -> Result<Self, BadHabit> {
        let broken = || BadHabit::Setting { setting: setting.to_owned() };
        let (path, value) = setting.split_once('=').ok_or_else(broken)?;
        if path.split('.').count() < 2 || path.split('.').any(str::is_empty) {
            return Err(broken());
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        let patch = path.rsplit('.').fold(value, |inner, name| {
            let mut object = Map::new();
            object.insert(name.to_owned(), inner);
            Value::Object(object)
        });
        self.patched(&patch)
    }

    pub(crate) fn of(&self, endpoint: Stream) -> Habits {
        self.endpoints.get(&endpoint).cloned().unwrap_or_default()
    }
}

/// What the JSON reader said, in words of those who write habits.
fn unreadable(error: &serde_json::Error) -> BadHabit {
    let text = error.to_string();
    let wanted = |text: &str| match text {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        _ if text.starts_with("struct ") || text.starts_with("internally tagged") => "an object".to_owned(),
        _ => text.replace(" variant", " word"),
    };
    let reason = ["unknown field ", "unknown variant "]
        .iter()
        .find_map(|start| text.strip_prefix(start))
        .map(|rest| {
            format!(
                "there is no {}",
                rest.replace(", expected", "; write").replace(", there are no fields", "")
            )
        })
        .or_else(|| Some(format!("{} is missing", text.strip_prefix("missing field ")?)))
        .or_else(|| Some(format!("{} was expected", wanted(text.rsplit_once(", expected ")?.1))));
    BadHabit::Plan { reason: reason.unwrap_or(text) }
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.shift_remove(name);
            }
            _ => merge(target.entry(name.clone()).or_insert(Value::Null), value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::habits::{End, Lag, Version, Which};

    #[test]
    fn a_plan_is_set_word_by_word() {
        let set = |plan: HabitPlan, setting: &str| plan.set(setting).unwrap();
        let plan = [
            "convocore_export.lag.requests=5",
            r#"convocore_export.lag.of={"newest":3}"#,
            "convocore_export.lag.version=older",
            "*.end.past_end=404",
            "agentx_messages.end=null",
        ]
        .into_iter()
        .fold(HabitPlan::default(), set);
        let end = Some(End { past_end: Some(404), ..End::default() });
        let lag = Lag { requests: Some(5), seconds: None, of: Which::Newest(3), version: Version::Older };
        assert_eq!(plan.of(Stream::ConvocoreExport), Habits { lag: Some(lag), end, ..Habits::default() });
        assert_eq!(plan.of(Stream::AgentxMessages), Habits::default());
        let lifted = plan.patched(&json!({"convocore_export": {"lag": null}})).unwrap();
        assert_eq!(lifted.of(Stream::ConvocoreExport), lifted.of(Stream::ConvocoreList));
        for wrong in ["lag", "lag=1", "*.lag", "*..a=1", "*.lagg.requests=1", "other.lag.requests=1"] {
            assert!(HabitPlan::default().set(wrong).is_err(), "{wrong}");
        }
    }
}
