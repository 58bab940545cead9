//! Typed identifiers: UUIDv7 inside, TypeID text outside (`visit_01h455vb4pex5vsknk084sn02q`).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};
use uuid::Uuid;

/// What an id names; the prefix is the entity's word on the wire.
pub trait Kind {
    /// The part before `_`, in lower case.
    const PREFIX: &'static str;
}

/// An identifier of one kind of thing; two kinds never mix.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

/// The text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{typed}` is not an identifier: expected `{prefix}_` and 26 characters of 0-9 and a-z")]
pub struct InvalidId {
    /// What was given.
    pub typed: String,
    /// The prefix that was wanted.
    pub prefix: &'static str,
}

/// Crockford's base32 in lower case, as TypeID (jetify.com/typeid, spec 0.3) has it.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<K> Id<K> {
    /// Takes a ready UUID; the caller owns time and randomness.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }
    /// The UUID inside.
    pub const fn uuid(&self) -> Uuid {
        self.uuid
    }
    /// The UUID as a number: a stable key for the solver.
    pub const fn key(&self) -> u128 {
        self.uuid.as_u128()
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 26];
        let mut rest = self.uuid.as_u128();
        for slot in text.iter_mut().rev() {
            *slot = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        let text = std::str::from_utf8(&text).map_err(|_| fmt::Error)?;
        write!(f, "{}_{text}", K::PREFIX)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = InvalidId;
    fn from_str(typed: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId { typed: typed.chars().take(60).collect(), prefix: K::PREFIX };
        let text = typed.strip_prefix(K::PREFIX).and_then(|t| t.strip_prefix('_')).ok_or_else(wrong)?;
        if text.len() != 26 || !matches!(text.as_bytes()[0], b'0'..=b'7') {
            return Err(wrong());
        }
        let mut number = 0u128;
        for byte in text.bytes() {
            let digit = ALPHABET.iter().position(|&c| c == byte).ok_or_else(wrong)?;
            number = (number << 5) | digit as u128;
        }
        Ok(Self::from_uuid(Uuid::from_u128(number)))
    }
}
impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Declares the kinds of things that have identifiers.
macro_rules! kinds {
    ($($(#[$doc:meta])* $marker:ident, $alias:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $marker {}
        impl Kind for $marker {
            const PREFIX: &'static str = $prefix;
        }
        #[doc = concat!("Identifies one `", $prefix, "`.")]
        pub type $alias = Id<$marker>;
    )*};
}
kinds! {
    /// Kind of client ids.
    ClientKind, ClientId, "client";
    /// Kind of service point ids.
    PointKind, PointId, "point";
    /// Kind of equipment unit ids.
    UnitKind, UnitId, "unit";
    /// Kind of agreement ids.
    AgreementKind, AgreementId, "agreement";
    /// Kind of request ids.
    RequestKind, RequestId, "request";
    /// Kind of repair order ids.
    OrderKind, OrderId, "order";
    /// Kind of visit ids.
    VisitKind, VisitId, "visit";
    /// Kind of master ids.
    MasterKind, MasterId, "master";
    /// Kind of vehicle ids.
    VehicleKind, VehicleId, "vehicle";
    /// Kind of call ids.
    CallKind, CallId, "call";
    /// Kind of callback task ids.
    CallbackKind, CallbackId, "callback";
    /// Kind of payment ids.
    PaymentKind, PaymentId, "payment";
    /// Kind of user ids.
    UserKind, UserId, "user";
    /// Kind of proposal ids.
    ProposalKind, ProposalId, "proposal";
    /// Kind of ids of phones that may be rung by a push.
    DeviceKind, DeviceId, "device";
    /// Kind of call-centre operator ids.
    OperatorKind, OperatorId, "operator";
    /// Kind of import ids.
    ImportKind, ImportId, "import";
    /// Kind of ids of books of lines.
    LineBookKind, LineBookId, "lines";
    /// Kind of campaign ids.
    CampaignKind, CampaignId, "campaign";
    /// Kind of the firm's id.
    CompanyKind, CompanyId, "company";
    /// Kind of the id of what is planned by.
    PolicyKind, PolicyId, "policy";
    /// Kind of ids of skills.
    SkillKind, SkillId, "skill";
    /// Kind of branch ids.
    BranchKind, BranchId, "branch";
    /// Kind of ids of templates of work.
    TemplateKind, TemplateId, "template";
    /// Kind of zone ids.
    ZoneKind, ZoneId, "zone";
    /// Kind of ids of links to other programmes.
    HookKind, HookId, "hook";
    /// Kind of ids of service schedules.
    ScheduleKind, ScheduleId, "schedule";
    /// Kind of ids of occurrences of service schedules.
    OccurrenceKind, OccurrenceId, "occurrence";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_and_reads_back() {
        let uuid = Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881);
        let id = VisitId::from_uuid(uuid);
        assert_eq!(
            id.to_string(),
            "visit_01h2xcejqtf2nbrexx3vqjhp41",
            "the example of the TypeID specification"
        );
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn another_kind_or_a_torn_text_is_refused() {
        for wrong in [
            "client_01h2xcejqtf2nbrexx3vqjhp41",
            "visit_",
            "visit_81h2xcejqtf2nbrexx3vqjhp41",
            "visit_01h2xcejqtf2nbrexx3vqjhp4u",
            "визит",
        ] {
            let refusal = wrong.parse::<VisitId>().expect_err("must be refused");
            assert!(refusal.to_string().contains(wrong), "{refusal}");
        }
    }
}
