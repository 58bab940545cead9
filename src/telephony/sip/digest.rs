//! Digest passwords (RFC 3261 §22, RFC 2617 and RFC 8760 with `qop=auth`), the server's side and the arithmetic of
//! both.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use md5::Digest as _;
use parking_lot::Mutex;

/// How long a nonce is good for.
const LIFETIME: Duration = Duration::from_secs(300);
/// Nonces remembered with their counts.
const REMEMBERED: usize = 10_000;

/// How a proof is hashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// What every phone speaks.
    #[default]
    Md5,
    /// RFC 8760.
    Sha256,
}

impl Algorithm {
    /// As written in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Algorithm::Md5, Algorithm::Sha256].into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
    }

    fn hash(self, text: &str) -> String {
        match self {
            Algorithm::Md5 => hex(&md5::Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex(&sha2::Sha256::digest(text.as_bytes())),
        }
    }
}

/// What a request proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// No password was shown for our realm.
    Missing,
    /// The password was right, the nonce is old or was used: ask again, `stale=true`.
    Stale,
    /// User or password is wrong.
    Wrong,
    /// This user.
    Good(String),
}

/// Asks for passwords and checks them.
#[derive(Debug)]
pub struct Digests {
    realm: String,
    algorithms: Vec<Algorithm>,
    secret: [u8; 16],
    epoch: Instant,
    counts: Mutex<HashMap<String, u32>>,
}

impl Digests {
    /// A checker for this realm with nonces of its own; the algorithms it takes, the best first.
    pub fn new(realm: &str, algorithms: &[Algorithm]) -> Self {
        let realm = realm.replace(['"', '\\'], "");
        Self {
            realm,
            algorithms: algorithms.to_vec(),
            secret: rand::random(),
            epoch: Instant::now(),
            counts: Mutex::default(),
        }
    }

    /// The values of `WWW-Authenticate` or `Proxy-Authenticate`, one for each algorithm in order of our liking.
    pub fn challenges(&self, stale: bool, now: Instant) -> Vec<String> {
        let stale = if stale { ", stale=true" } else { "" };
        let nonce = self.nonce(now.duration_since(self.epoch).as_millis() as u64);
        let realm = &self.realm;
        let challenge = |algorithm: &Algorithm| {
            let name = algorithm.name();
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={name}, qop=\"auth\"{stale}")
        };
        self.algorithms.iter().map(challenge).collect()
    }

    /// Checks the value of `Authorization`.
    pub fn verify<'p>(
        &self,
        header: Option<&str>,
        method: &str,
        password_of: impl Fn(&str) -> Option<&'p str>,
        now: Instant,
    ) -> Proof {
        let ours =
            |answer: &Answer| answer.realm == self.realm && self.algorithms.contains(&answer.algorithm);
        let Some(answer) = header.and_then(Answer::read).filter(ours) else { return Proof::Missing };
        // the arithmetic is done for unknown users too: they take as long as known ones
        let password = password_of(&answer.user);
        let expected = answer.expected(password.unwrap_or("\u{0}"), method);
        if !same(&expected, &answer.response) || password.is_none() {
            return Proof::Wrong;
        }
        if self.is_fresh(&answer, now) { Proof::Good(answer.user) } else { Proof::Stale }
    }

    fn nonce(&self, millis: u64) -> String {
        let mut hasher = sha2::Sha256::new();
        hasher.update(self.secret);
        hasher.update(millis.to_be_bytes());
        format!("{millis:012x}{}", hex(&hasher.finalize()[..10]))
    }

    fn is_fresh(&self, answer: &Answer, now: Instant) -> bool {
        let made = answer.nonce.get(..12).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let Some(made) = made.filter(|made| self.nonce(*made) == answer.nonce) else { return false };
        let age = (now.duration_since(self.epoch).as_millis() as u64).saturating_sub(made);
        if age > LIFETIME.as_millis() as u64 {
            return false;
        }
        let mut counts = self.counts.lock();
        if counts.len() >= REMEMBERED {
            let oldest = (now.duration_since(self.epoch).saturating_sub(LIFETIME)).as_millis() as u64;
            counts.retain(|nonce, _| {
                nonce.get(..12).and_then(|hex| u64::from_str_radix(hex, 16).ok()).is_some_and(|m| m > oldest)
            });
        }
        let used = counts.entry(answer.nonce.clone()).or_insert(0);
        let count = answer.qop.as_ref().map_or(1, |(_, count)| *count);
        let fresh = count > *used;
        *used = count.max(*used);
        fresh
    }
}

/// A digest answer taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Who claims.
    pub user: String,
    /// For which realm.
    pub realm: String,
    /// The nonce we gave.
    pub nonce: String,
    /// The URI as the claimant wrote it.
    pub uri: String,
    /// The proof.
    pub response: String,
    /// Its own nonce and count under `qop=auth`.
    pub qop: Option<(String, u32)>,
    /// How it is hashed.
    pub algorithm: Algorithm,
    count_text: String,
}

impl Answer {
    /// Reads the value of an `Authorization` header; sessions (`-sess`) and bodies (`auth-int`) are not spoken.
    pub fn read(header: &str) -> Option<Self> {
        let params = params(header)?;
        let get = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let algorithm = get("algorithm").map_or(Some(Algorithm::Md5), |name| Algorithm::of(&name))?;
        let count_text = get("nc").unwrap_or_default();
        let qop = match get("qop") {
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                Some((get("cnonce")?, u32::from_str_radix(&count_text, 16).ok()?))
            }
            Some(_) => return None,
            None => None,
        };
        Some(Self {
            user: get("username")?,
            realm: get("realm")?,
            nonce: get("nonce")?,
            uri: get("uri")?,
            response: get("response")?.to_ascii_lowercase(),
            qop,
            algorithm,
            count_text,
        })
    }

    /// The right proof for this password.
    pub fn expected(&self, password: &str, method: &str) -> String {
        let hash = |text: String| self.algorithm.hash(&text);
        let secret = hash(format!("{}:{}:{password}", self.user, self.realm));
        let request = hash(format!("{method}:{}", self.uri));
        match &self.qop {
            Some((own, _)) => {
                hash(format!("{secret}:{}:{}:{own}:auth:{request}", self.nonce, self.count_text))
            }
            None => hash(format!("{secret}:{}:{request}", self.nonce)),
        }
    }
}

/// The value of `Authorization` that answers a challenge: the client's side.
pub fn answer(challenge: &str, user: &str, password: &str, method: &str, uri: &str) -> Option<String> {
    let params = params(challenge)?;
    let get = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let with_qop = get("qop").is_some_and(|qop| qop.split(',').any(|q| q.trim() == "auth"));
    let algorithm = get("algorithm").map_or(Some(Algorithm::Md5), |name| Algorithm::of(&name))?;
    let own = hex(&rand::random::<[u8; 8]>());
    let mut answer = Answer {
        user: user.to_owned(),
        realm: get("realm")?,
        nonce: get("nonce")?,
        uri: uri.to_owned(),
        response: String::new(),
        qop: with_qop.then(|| (own.clone(), 1)),
        algorithm,
        count_text: "00000001".to_owned(),
    };
    answer.response = answer.expected(password, method);
    let Answer { realm, nonce, response, .. } = &answer;
    let qop = if with_qop { format!(", qop=auth, nc=00000001, cnonce=\"{own}\"") } else { String::new() };
    Some(format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", algorithm={}{qop}",
        algorithm.name()
    ))
}

fn params(header: &str) -> Option<Vec<(String, String)>> {
    let rest = header.trim().strip_prefix("Digest").or_else(|| header.trim().strip_prefix("digest"))?;
    let mut out = Vec::new();
    let mut rest = rest.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').map_or((after, ""), |(value, _)| (value, &after[value.len()..])),
        };
        out.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        rest = next.trim_start().trim_start_matches(',').trim_start();
    }
    Some(out)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Compares without telling by its time where the difference is.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(user: &str) -> Option<&'static str> {
        (user == "101").then_some("secret")
    }

    #[test]
    fn the_example_of_rfc_2617() {
        let header = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
            nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, nc=00000001, \
            cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc\"";
        let answer = Answer::read(header).unwrap();
        assert_eq!(answer.expected("Circle Of Life", "GET"), answer.response);
    }

    #[test]
    fn right_wrong_missing_and_replayed() {
        let digests = Digests::new("callout", &[Algorithm::Md5]);
        let now = Instant::now();
        let uri = "sip:127.0.0.1";
        let good = answer(&digests.challenges(false, now)[0], "101", "secret", "REGISTER", uri).unwrap();
        let check = |header: &str, at| digests.verify(Some(header), "REGISTER", password, at);
        assert_eq!(check(&good, now), Proof::Good("101".to_owned()));
        assert_eq!(check(&good, now), Proof::Stale, "the same count again is a replay");
        let wrong = answer(&digests.challenges(false, now)[0], "101", "guess", "REGISTER", uri).unwrap();
        assert_eq!(check(&wrong, now), Proof::Wrong);
        let nobody = answer(&digests.challenges(false, now)[0], "999", "\u{0}", "REGISTER", uri).unwrap();
        assert_eq!(check(&nobody, now), Proof::Wrong);
        assert_eq!(digests.verify(None, "REGISTER", password, now), Proof::Missing);
        let late = answer(&digests.challenges(false, now)[0], "101", "secret", "REGISTER", uri).unwrap();
        assert_eq!(check(&late, now + Duration::from_secs(301)), Proof::Stale);
        let forged = "Digest realm=\"callout\", nonce=\"0000000000ff00000000000000000000\", qop=\"auth\"";
        let forged = answer(forged, "101", "secret", "REGISTER", uri).unwrap();
        assert_eq!(check(&forged, now), Proof::Stale);
    }

    #[test]
    fn the_example_of_rfc_7616_in_sha_256() {
        let header = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
            algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
            cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
            response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"";
        let answer = Answer::read(header).unwrap();
        assert_eq!(answer.expected("Circle of Life", "GET"), answer.response);
        assert_eq!(Answer::read(&header.replace("SHA-256", "SHA-512-256")), None);
    }

    #[test]
    fn both_algorithms_are_offered_and_only_those_are_taken() {
        let now = Instant::now();
        let both = Digests::new("callout", &[Algorithm::Sha256, Algorithm::Md5]);
        for challenge in both.challenges(false, now) {
            let shown = answer(&challenge, "101", "secret", "REGISTER", "sip:h").unwrap();
            let proof = both.verify(Some(&shown), "REGISTER", password, now);
            // both share a nonce: the second proof counts as a replay of the first
            let expected =
                if challenge.contains("SHA-256") { Proof::Good("101".to_owned()) } else { Proof::Stale };
            assert_eq!(proof, expected, "{challenge}");
        }
        let strict = Digests::new("callout", &[Algorithm::Sha256]);
        let weak = strict.challenges(false, now)[0].replace("SHA-256", "MD5");
        let shown = answer(&weak, "101", "secret", "REGISTER", "sip:h").unwrap();
        assert_eq!(strict.verify(Some(&shown), "REGISTER", password, now), Proof::Missing);
    }
}
