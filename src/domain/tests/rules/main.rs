//! The rules of the house, each held against its drawing: what may happen, what is refused, what follows.

mod agreements;
mod book_laws;
mod callbacks;
mod calls;
mod clocks;
mod custody;
mod drafts;
mod firm;
mod intakes;
mod machine;
mod masters;
mod operators;
mod orders;
mod payments;
mod phones;
mod proofs;
mod quotes;
mod requests;
mod roles;
mod rows;
mod story;
mod values;
mod visits;
