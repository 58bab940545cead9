//! The registry of commands against the roles and against itself.

use domain::{
    access::Role,
    commands::{Spec, all, named, notation::schema, types::TYPES},
};
use serde_json::Value;
use std::collections::BTreeSet;

const ROLES: [Role; 6] =
    [Role::Operator, Role::Dispatcher, Role::Master, Role::Manager, Role::Admin, Role::Client];

#[test]
fn the_registry_and_the_roles_say_the_same() {
    for spec in all() {
        for role in ROLES {
            let said = spec.roles.contains(&role);
            assert_eq!(role.may(spec.name), said, "`{}` by {role:?}: the registry says {said}", spec.name);
        }
    }
}

#[test]
fn a_name_is_given_once_and_is_explained_in_both_languages() {
    let mut seen = BTreeSet::new();
    for Spec { name, roles, en, ru, .. } in all() {
        assert!(seen.insert(name), "`{name}` stands twice");
        assert!(
            !roles.is_empty() && en.ends_with(['.', '?', '`']) && ru.ends_with('.'),
            "`{name}`: {en} {ru}"
        );
        assert!(ru.chars().any(|c| ('а'..='я').contains(&c)), "`{name}`: {ru}");
    }
    assert_eq!(named("visit.assign").map(|spec| spec.roles), Some(&[Role::Dispatcher, Role::Manager][..]));
    assert_eq!(named("visit.explode"), None);
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(at)) = fields.get("$ref") {
                found.insert(at.trim_start_matches("#/components/schemas/").to_owned());
            }
            fields.values().for_each(|it| references(it, found));
        }
        Value::Array(all) => all.iter().for_each(|it| references(it, found)),
        _ => {}
    }
}

#[test]
fn every_type_can_be_read_and_names_types_that_are_there() {
    let known: BTreeSet<String> = TYPES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(known.len(), TYPES.len(), "a type stands twice");
    let of_commands = all().flat_map(|spec| [(spec.name, spec.args), (spec.name, spec.reply)]);
    for (name, text) in of_commands.chain(TYPES.iter().map(|(name, text, _)| (*name, *text))) {
        let read = schema(text).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        let mut named = BTreeSet::new();
        references(&read, &mut named);
        assert!(named.is_subset(&known), "{name} names {:?}", named.difference(&known));
    }
}
