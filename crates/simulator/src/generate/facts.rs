use super::talk::Talk;

/// What export and list must agree on.
pub(super) struct Facts {
    pub(super) id: String,
    pub(super) user_id: Option<String>,
    pub(super) origin: Option<&'static str>,
    pub(super) state: Option<&'static str>,
    pub(super) tags: Option<Vec<&'static str>>,
    pub(super) has_name: bool,
    pub(super) has_email: bool,
    pub(super) has_phone: bool,
    pub(super) has_count: bool,
    pub(super) has_last_modified: bool,
    pub(super) last_modified: i64,
}

const TAGS: [&str; 9] =
    ["new-lead", "vip", "support", "a,b", "follow up", "返品", "spam?", "[urgent]", "Größe \"L\""];

impl Facts {
    pub(super) fn of(talk: &Talk) -> Self {
        let mut rng = talk.rng("facts");
        let id = talk.convocore_id.clone();
        let origin = rng.pick(&[
            "web-chat",
            "web-chat",
            "web-chat",
            "whatsapp",
            "discord",
            "gb-chat",
            "instagram",
            "telegram",
            "voice",
            "web",
        ]);
        let user_id = match rng.below(10) {
            0 => None,
            1 => Some(talk.person.phone.clone()),
            _ => Some(id.clone()),
        };
        Self {
            id,
            user_id,
            origin: rng.chance(0.97).then_some(origin),
            state: rng.chance(0.9).then(|| {
                rng.pick(&[
                    "ended_chat",
                    "ended_chat",
                    "ai-chatting",
                    "ai-chatting",
                    "requested_chat",
                    "human-chatting",
                    "open",
                    "completed",
                ])
            }),
            tags: rng.chance(0.6).then(|| (0..rng.below(4)).map(|_| rng.pick(&TAGS)).collect()),
            has_name: rng.chance(0.5),
            has_email: rng.chance(0.4),
            has_phone: rng.chance(0.3),
            has_count: rng.chance(0.98),
            has_last_modified: rng.chance(0.85),
            last_modified: talk.ended_ms().div_euclid(1000)
                + if rng.chance(0.5) { 0 } else { rng.between(0, 30) },
        }
    }
}
