use super::rng::Rng;

/// Somebody who never was.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) company: &'static str,
    pub(super) address: &'static str,
    pub(super) browser: &'static str,
    pub(super) platform: &'static str,
    pub(super) ip: String,
}

const FIRST: [&str; 24] = [
    "Amaru", "Birgit", "Çiğdem", "Dejan", "Eerika", "Fatou", "Giò", "Håkon", "Ilse", "Jaspal", "Kéo",
    "Łucja", "Minh-Anh", "Nour", "Øyvind", "Paloma", "Quill", "Réka", "Søren", "Tuğba", "Uzoma", "美咲",
    "Yıldız", "ليلى",
];
const LAST: [&str; 20] = [
    "Abendroth",
    "Brookmere",
    "Castelvecchio",
    "D'Orville",
    "Eisenpfad",
    "Farrowdale",
    "Grünwieser",
    "Hollowell",
    "Ibarrondo",
    "Jarnvik",
    "Kestrelby",
    "Lindqvast",
    "Moorhaven",
    "Nightingrove",
    "O'Fennel",
    "Pemberly-Ash",
    "Quartermain",
    "Rosenthaler",
    "Silverbrook",
    "Thistlewood",
];
const COMPANIES: [&str; 6] = [
    "Example GmbH & Co. KG",
    "Acme Corp",
    "شركة المثال",
    "株式会社サンプル",
    "Örnek A.Ş.",
    "Widgets \"R\" Us",
];
const ADDRESSES: [&str; 5] = [
    "1 Example Street\nSampletown",
    "Musterstraße 5, 12345 Musterstadt",
    "見本町1-2-3",
    "Calle Ejemplo 7, 2º B",
    "12/B Sample Rd",
];
const BROWSERS: [&str; 4] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Chrome",
];

impl Person {
    pub(super) fn invent(rng: &mut Rng) -> Self {
        let (first, last) = (rng.pick(&FIRST), rng.pick(&LAST));
        let number = rng.between(1, 999);
        let host = rng.pick(&["example.com", "example.org", "example.net"]);
        let local: String = format!("{first}.{last}")
            .to_lowercase()
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '.')
            .collect();
        Self {
            name: format!("{first} {last}"),
            email: format!("{}{number}@{host}", local.trim_matches('.')),
            phone: format!("+1555{:07}", rng.between(0, 9_999_999)),
            company: rng.pick(&COMPANIES),
            address: rng.pick(&ADDRESSES),
            browser: rng.pick(&BROWSERS),
            platform: rng.pick(&["mobile", "desktop", "tablet", "Mac OS X"]),
            ip: format!("203.0.113.{}", rng.between(1, 254)),
        }
    }
}
