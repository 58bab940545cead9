//! Those who ring: clients, their phones, their service points, their agreements.

pub mod agreement;
pub mod agreement_card;
pub mod agreement_rules;
pub mod cards;
pub mod client;
pub mod consent;
pub mod merging;
pub mod parting;
pub mod point;
pub mod stone;
pub mod twins;
pub mod visiting;
