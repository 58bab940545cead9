//! The registry of commands against the front desk: what the one describes the other takes, and nothing else.

use crate::kit::{branch::Branch, firm, firm::id, seats};
use domain::{
    access::Role,
    commands::{self, Spec, named, notation::schema},
    ports::Seat,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, fs, path::Path};

/// Commands that say nothing and do not look at what is said.
const SAY_NOTHING: [&str; 10] = [
    "operator.ready",
    "operator.pause",
    "operator.offline",
    "operator.more",
    "leg.offer",
    "leg.close",
    "seat.take",
    "seat.leave",
    "shift.start",
    "shift.end",
];
/// Commands with values that have a form of their own, which the notation has no word for: hours, days of a week, an
/// area. What they take is held by the tests of their own.
const SHAPED: [&str; 19] = [
    "agreement.change",
    "agreement.create",
    "branch.change",
    "branch.open",
    "campaign.begin",
    "lines.save",
    "master.absent",
    "master.change",
    "master.hours",
    "master.present",
    "month.confirm",
    "month.move",
    "month.plan",
    "month.show",
    "person.create",
    "schedule.write",
    "template.write",
    "zone.change",
    "zone.draw",
];
/// Commands that look for whom is meant, or at a password, before they read the rest: what is refused first is that.
const LOOK_FIRST: [&str; 3] = ["person.change", "person.create", "person.off"];
/// Texts with a point that are no commands although the front desk reads the same area.
const FACTS: [&str; 3] = ["call.recording_begun", "call.voicemail_left", "callback.auto_dial_refused"];

fn seat(spec: &Spec) -> Seat {
    match spec.roles[0] {
        Role::Master => seats::master(41),
        Role::Operator => seats::operator(61),
        Role::Dispatcher => seats::dispatcher(),
        Role::Client => Seat { role: Role::Client, ..seats::dispatcher() },
        Role::Manager => Seat { operator: Some(id(61)), ..seats::manager() },
        Role::Admin => seats::admin(),
    }
}

/// Something that fits a schema, with all that may be absent.
fn example(schema: &Value) -> Value {
    if let Some(word) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return word.clone();
    }
    if let Some(kinds) = schema["anyOf"].as_array() {
        return example(&kinds[0]);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object().expect("fields");
            fields.iter().map(|(name, it)| (name.clone(), example(it))).collect::<Map<_, _>>().into()
        }
        Some("array") => json!([example(&schema["items"])]),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("string") => match schema["pattern"].as_str() {
            Some(hash) if hash.contains("{64}") => "a".repeat(64).into(),
            Some(day) if day.contains("{4}-") => "2026-05-01".into(),
            Some(money) if money.contains("-?") => "100.00".into(),
            Some(id) => {
                let kind = id.trim_start_matches('^').split('_').next().expect("a kind");
                format!("{kind}_01h455vb4pex5vsknk084sn02q").into()
            }
            None => "1".into(),
        },
        _ => json!({}),
    }
}

/// Every way to say it, with every word of it.
fn ways(spec: &Spec) -> Vec<Value> {
    let read = schema(spec.args).expect("a type");
    let forms = read["anyOf"].as_array().cloned().unwrap_or_else(|| vec![read.clone()]);
    let mut all = Vec::new();
    for form in &forms {
        all.push(example(form));
        for (name, field) in form["properties"].as_object().into_iter().flatten() {
            for word in field["enum"].as_array().into_iter().flatten() {
                let mut said = example(form);
                said[name] = word.clone();
                all.push(said);
            }
        }
    }
    all
}

async fn open() -> Branch {
    Branch::open(|journal| journal.put(&firm::operator(61, "Мария"))).await
}

#[actix::test]
async fn the_front_desk_takes_what_the_registry_describes() {
    let branch = open().await;
    let mut broken = Vec::new();
    for spec in commands::all().filter(|spec| !SHAPED.contains(&spec.name)) {
        for args in ways(spec) {
            let said = branch.says(&seat(spec), spec.name, args.clone()).await;
            if let Err(refusal) = said
                && ["arguments", "unknown-command"].contains(&refusal.code.as_str())
            {
                broken.push(format!("{} {args}: {refusal}", spec.name));
            }
        }
    }
    assert!(broken.is_empty(), "described and not understood:\n{}", broken.join("\n"));
}

#[actix::test]
async fn what_the_registry_does_not_describe_is_refused() {
    let branch = open().await;
    let mut broken = Vec::new();
    let blind = |name: &str| SAY_NOTHING.contains(&name) || LOOK_FIRST.contains(&name);
    let strict = |spec: &&Spec| !blind(spec.name) && !spec.name.starts_with("link.");
    for spec in commands::all().filter(strict).filter(|spec| spec.args != "{}") {
        let mut args = ways(spec).remove(0);
        args["nonsense"] = json!(1);
        let refusal = branch.says(&seat(spec), spec.name, args).await.map_err(|refusal| refusal.code);
        if refusal != Err("arguments".to_owned()) {
            broken.push(format!("{}: {refusal:?}", spec.name));
        }
    }
    assert!(broken.is_empty(), "not described and taken:\n{}", broken.join("\n"));
}

/// Everything in the sources of the actors that looks like a command.
fn candidates(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("tests") {
            candidates(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).expect("text");
            let words = text.split('"').skip(1).step_by(2);
            let fits = |word: &&str| {
                let letters = word.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.');
                letters && word.split('.').count() == 2 && !word.starts_with('.') && !word.ends_with('.')
            };
            found.extend(words.filter(fits).map(str::to_owned));
        }
    }
}

#[actix::test]
async fn a_command_that_the_front_desk_knows_is_in_the_registry() {
    let branch = open().await;
    let mut found = BTreeSet::new();
    candidates(Path::new(env!("CARGO_MANIFEST_DIR")), &mut found);
    assert!(found.len() > 50 && found.contains("visit.assign"), "the sources are not read: {found:?}");
    let anybody = Seat { master: Some(id(41)), operator: Some(id(61)), ..seats::admin() };
    let mut broken = Vec::new();
    for name in found.iter().filter(|name| named(name).is_none() && !FACTS.contains(&name.as_str())) {
        match branch.says(&anybody, name, json!({})).await {
            Err(refusal) if refusal.code == "unknown-command" => {}
            said => broken.push(format!("`{name}`: {said:?}")),
        }
    }
    assert!(broken.is_empty(), "known to the front desk and not described:\n{}", broken.join("\n"));
}
