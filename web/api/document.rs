//! The description of the interface (OpenAPI 3.1), made from the registry of commands and the list of paths; and a page
//! for people who read it.

mod paths;

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};
use domain::{
    access::Role,
    commands::{self, Spec, notation::schema, types::TYPES},
};
use paths::{PATHS, Path};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static WHOLE: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
});

/// What the whole of the HTTP side is, for programs.
fn openapi() -> &'static str {
    &WHOLE
}

pub(super) async fn json() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi()).into_response()
}

/// The same for people: a page without scripts, so that it opens anywhere.
pub(super) async fn page() -> Html<&'static str> {
    static PAGE: LazyLock<String> = LazyLock::new(drawn);
    Html(PAGE.as_str())
}

/// What the notation stands for; that all of it can be read is a test of the domain.
fn of(notation: &str) -> Value {
    schema(notation).unwrap_or_else(|_| json!({}))
}

fn title(name: &str) -> String {
    let parts = name.split(['.', '_']).map(|part| {
        let mut letters = part.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    });
    parts.collect()
}

fn role(role: Role) -> String {
    serde_json::to_value(role).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Commands that come by `/api/cmd`; those of clients come by the page of their link.
fn by_socket() -> impl Iterator<Item = &'static Spec> {
    commands::all().filter(|spec| spec.roles != [Role::Client])
}

/// The whole body of one command, and what is answered to it.
fn command(spec: &Spec) -> [(String, Value); 2] {
    let roles = spec.roles.iter().map(|it| role(*it)).collect::<Vec<_>>();
    let body = json!({
        "type": "object", "additionalProperties": false, "required": ["id", "name", "args"],
        "description": spec.en, "x-description-ru": spec.ru, "x-roles": roles,
        "properties": {
            "id": { "type": "string", "minLength": 1, "maxLength": 64, "description": "idempotency key" },
            "name": { "type": "string", "const": spec.name },
            "args": of(spec.args),
            "rev": { "type": "integer", "description": "the version that was seen" },
        },
    });
    let reply = json!({
        "type": "object", "additionalProperties": false, "required": ["ok"],
        "properties": { "ok": of(spec.reply), "dup": { "type": "boolean", "description": "carried out before; this is the first answer" } },
    });
    [(format!("Cmd{}", title(spec.name)), body), (format!("Ok{}", title(spec.name)), reply)]
}

fn problems(roles: &str) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![
        ("4XX", "it was refused, and the reason names what was expected"),
        ("5XX", "the house cannot answer just now"),
    ];
    if !roles.is_empty() {
        all.push(("401", "nobody is signed in"));
    }
    all
}

fn answers(reply: &str, roles: &str) -> Value {
    let mut all = Map::new();
    let ok = match reply {
        "" => json!({ "description": "done" }),
        "bytes" => json!({ "description": "the bytes", "content": { "application/octet-stream": {} } }),
        "html" => json!({ "description": "a page", "content": { "text/html": {} } }),
        _ => json!({ "description": "done", "content": { "application/json": { "schema": of(reply) } } }),
    };
    all.insert(if reply.is_empty() { "204" } else { "200" }.into(), ok);
    for (status, why) in problems(roles) {
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        let content = json!({ "application/problem+json": { "schema": schema } });
        all.insert(status.into(), json!({ "description": why, "content": content }));
    }
    all.into()
}

fn parameters(path: &Path) -> Vec<Value> {
    let in_path = path.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let in_path = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = path.query.split_whitespace().map(|name| {
        let bare = name.trim_end_matches('?');
        let kind = match bare {
            "from" | "until" | "after" | "limit" => "integer",
            "personal" => "boolean",
            _ => "string",
        };
        json!({ "name": bare, "in": "query", "required": bare == name, "schema": { "type": kind } })
    });
    in_path.chain(in_query).collect()
}

fn operation(path: &Path) -> Value {
    let mut operation = json!({
        "summary": path.says, "operationId": operation_id(path), "responses": answers(path.reply, path.roles),
        "x-roles": path.roles.split_whitespace().collect::<Vec<_>>(),
    });
    if path.roles.is_empty() {
        operation["security"] = json!([]);
    }
    let parameters = parameters(path);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if !path.body.is_empty() {
        let content = match path.body {
            "bytes" => json!({ "application/octet-stream": {} }),
            body => json!({ "application/json": { "schema": of(body) } }),
        };
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn operation_id(path: &Path) -> String {
    let words = path.path.split(['/', '.', '{', '}']).filter(|word| !word.is_empty());
    format!("{}{}", path.method, words.map(title).collect::<String>())
}

/// `POST /api/cmd`: one body for each command, told apart by its name.
fn commands_path() -> Value {
    let refs = |kind: &str| -> Vec<Value> {
        by_socket()
            .map(|spec| json!({ "$ref": format!("#/components/schemas/{kind}{}", title(spec.name)) }))
            .collect()
    };
    let mapping: Map<String, Value> = by_socket()
        .map(|spec| (spec.name.into(), format!("#/components/schemas/Cmd{}", title(spec.name)).into()))
        .collect();
    let body =
        json!({ "oneOf": refs("Cmd"), "discriminator": { "propertyName": "name", "mapping": mapping } });
    let mut responses = answers("json", "*");
    responses["200"]["content"]["application/json"]["schema"] = json!({ "anyOf": refs("Ok") });
    json!({ "post": {
        "summary": "Gives a command; success means that it is durable. The same `id` again gives the first answer again.",
        "operationId": "postCmd", "responses": responses,
        "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
    } })
}

fn document() -> Value {
    let mut all: Map<String, Value> = Map::new();
    for path in PATHS {
        let entry = all.entry(format!("/api{}", path.path)).or_insert_with(|| json!({}));
        entry[path.method] = operation(path);
    }
    all.insert("/api/cmd".into(), commands_path());
    let mut schemas: Map<String, Value> = by_socket().flat_map(command).collect();
    for (name, notation, says) in TYPES {
        let mut schema = of(notation);
        schema["description"] = (*says).into();
        schemas.insert((*name).into(), schema);
    }
    let cookie = json!({ "type": "apiKey", "in": "cookie", "name": "callout" });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Callout", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "The HTTP side of Callout. Times are milliseconds since 1970, UTC; money is a decimal string; ids are TypeIDs.",
        },
        "servers": [{ "url": "/" }], "security": [{ "session": [] }], "paths": all,
        "components": { "schemas": schemas, "securitySchemes": { "session": cookie } },
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn drawn() -> String {
    let mut page = String::from(include_str!("document/head.html"));
    page.push_str(
        "<h2 id=commands>Commands / Команды</h2><p>POST /api/cmd <code>{id, name, args, rev?}</code></p>",
    );
    for spec in commands::all() {
        let roles: Vec<String> = spec.roles.iter().map(|it| role(*it)).collect();
        page.push_str(&format!(
            "<section id=\"{name}\"><h3>{name} <small>{roles}</small></h3><p>{en}<br><span lang=ru>{ru}</span></p><pre>{args}\n→ {reply}</pre></section>",
            name = spec.name,
            roles = roles.join(", "),
            en = escaped(spec.en),
            ru = escaped(spec.ru),
            args = escaped(spec.args),
            reply = escaped(spec.reply),
        ));
    }
    page.push_str("<h2 id=paths>Paths</h2>");
    for path in PATHS {
        let query = if path.query.is_empty() {
            String::new()
        } else {
            format!("?{}", path.query.replace(' ', "&amp;"))
        };
        page.push_str(&format!(
            "<section><h3>{method} /api{at}{query} <small>{roles}</small></h3><p>{says}</p><pre>{body}\n→ {reply}</pre></section>",
            method = path.method.to_uppercase(),
            at = path.path,
            roles = path.roles,
            says = escaped(path.says),
            body = escaped(path.body),
            reply = escaped(path.reply),
        ));
    }
    page.push_str("<h2 id=types>Types</h2>");
    for (name, notation, says) in TYPES {
        page.push_str(&format!(
            "<section id=\"{name}\"><h3>{name}</h3><p>{}</p><pre>{}</pre></section>",
            escaped(says),
            escaped(notation)
        ));
    }
    page.push_str("</main></html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Where the checked-in copy is, which the client of the consoles is made from.
    const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

    /// `CALLOUT_WRITE=1` writes the copy anew.
    #[test]
    fn the_copy_is_as_the_server_gives_it() {
        if std::env::var_os("CALLOUT_WRITE").is_some() {
            std::fs::write(COPY, openapi()).expect("written");
        }
        let copy = std::fs::read_to_string(COPY).unwrap_or_default();
        assert!(copy == openapi(), "docs/openapi.json is stale: `make wire` writes it anew");
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let text = include_str!("../api.rs");
        let mut routes = BTreeSet::new();
        for call in text.split(".route(\"").skip(1) {
            let (path, rest) = call.split_once('"').expect("a path");
            let line = rest.lines().next().unwrap_or_default();
            for method in ["get", "post", "patch"] {
                if line.contains(&format!("{method}(")) && path != "/ws" {
                    routes.insert(format!("{method} {path}"));
                }
            }
        }
        assert!(routes.len() > 25, "the router is not read as expected: {routes:?}");
        let mut described: BTreeSet<String> =
            PATHS.iter().map(|it| format!("{} {}", it.method, it.path)).collect();
        described.insert("post /cmd".into());
        assert_eq!(routes, described);
    }

    #[test]
    fn every_command_has_a_body_and_an_answer_of_its_own() {
        let document: Value = serde_json::from_str(openapi()).expect("JSON");
        let bodies =
            &document["paths"]["/api/cmd"]["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(bodies["oneOf"].as_array().map(Vec::len), Some(by_socket().count()));
        let assign = &document["components"]["schemas"]["CmdVisitAssign"];
        assert_eq!(assign["properties"]["name"]["const"], "visit.assign");
        assert_eq!(assign["properties"]["args"]["required"], json!(["visit", "master"]));
        let ids: BTreeSet<String> = PATHS.iter().map(operation_id).collect();
        assert_eq!(ids.len(), PATHS.len(), "an operation is named twice");
    }
}
