//! The HTTP side over real connections.

use crate::{
    DemoLogin, WebState,
    testing::{FakeDoor, NOW, PASSWORD, StoppedClock, TestHouse, http, id, serve, taped},
};
use domain::{
    access::Role,
    values::id::{ClientKind, VisitKind},
};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::sync::Arc;

async fn ask(house: &TestHouse, method: Method, path: &str, cookie: &str, body: Option<&str>) -> Response {
    let mut request = http().request(method, house.url(path)).header("cookie", cookie);
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_owned());
    }
    request.send().await.expect("an answer")
}

/// A problem as RFC 9457 wants it, with the status it is sent with.
async fn problem(answer: Response) -> Value {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["status"], status);
    assert!(problem["type"].as_str().expect("text").starts_with("/problems/"), "{problem}");
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
    problem
}

#[tokio::test]
async fn somebody_signs_in_works_and_signs_out() {
    let house = TestHouse::open().await;
    let credentials = json!({ "login": " Dora ", "password": PASSWORD }).to_string();
    let answer = ask(&house, Method::POST, "/api/login", "", Some(&credentials)).await;
    assert_eq!(answer.status(), 200);
    let set = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"), "{set}");
    assert_eq!(answer.json::<Value>().await.expect("JSON")["user"]["role"], "dispatcher");
    let cookie = set.split(';').next().expect("a pair").to_owned();
    assert_eq!(cookie.len(), "callout=".len() + 64, "256 bits");
    let me: Value = ask(&house, Method::GET, "/api/me", &cookie, None).await.json().await.expect("JSON");
    assert_eq!(me["user"]["name"], "DORA");
    let command = r#"{"id":"one","name":"visit.pin","args":{}}"#;
    for dup in [Value::Null, json!(true)] {
        let answer = ask(&house, Method::POST, "/api/cmd", &cookie, Some(command)).await;
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!((&answer["ok"]["number"], &answer["dup"]), (&json!(1), &dup));
    }
    let answer = ask(&house, Method::POST, "/api/logout", &cookie, None).await;
    assert!(answer.headers()["set-cookie"].to_str().expect("text").contains("Max-Age=0"));
    assert_eq!(ask(&house, Method::GET, "/api/me", &cookie, None).await.status(), 401);
}

#[tokio::test]
async fn an_administrator_reads_who_may_come_in_and_how_the_house_is() {
    let house = TestHouse::open().await;
    house.door.roles.lock().insert("dora".into(), Role::Admin);
    let (dora, anna) = (house.cookie("dora").await, house.cookie("anna").await);
    let users: Value = ask(&house, Method::GET, "/api/users", &dora, None).await.json().await.expect("JSON");
    let logins: Vec<&str> =
        users["users"].as_array().expect("a list").iter().filter_map(|u| u["login"].as_str()).collect();
    assert_eq!(logins, ["anna", "boris", "dora"]);
    assert!(!users.to_string().contains("argon2"), "a password never leaves: {users}");
    domain::ports::NewsBoard::publish(&*house.hub, "board", "visit_1", Some(json!(1)));
    let system: Value =
        ask(&house, Method::GET, "/api/system", &dora, None).await.json().await.expect("JSON");
    assert_eq!(
        (&system["now"], &system["lapse"], &system["signed_in"]),
        (&json!(NOW), &json!(60.0), &json!(2))
    );
    let board = json!({ "name": "board", "topics": 1, "rows": 1, "changes": 1, "readers": 0 });
    assert!(system["topics"].as_array().expect("a list").contains(&board), "{system}");
    for path in ["/api/users", "/api/system"] {
        assert_eq!(problem(ask(&house, Method::GET, path, &anna, None).await).await["status"], 403);
        assert_eq!(problem(ask(&house, Method::GET, path, "", None).await).await["status"], 401);
    }
}

#[tokio::test]
async fn desks_read_clients_and_what_happened() {
    let house = TestHouse::open().await;
    let cookie = house.cookie("anna").await;
    let (client, visit) = (id::<ClientKind>(1), id::<VisitKind>(1));
    for (path, body) in [
        (
            "/api/clients?q=%D0%9F%D0%B5%D1%82%D1%80%D0%BE%D0%B2".to_owned(),
            json!({ "found": [{ "name": "Петров" }, { "name": "Петров" }] }),
        ),
        ("/api/clients?q=+".to_owned(), json!({ "found": [] })),
        (format!("/api/clients/{client}"), json!({ "id": client })),
        (
            format!("/api/visits/{visit}/events"),
            json!([{ "at": NOW, "by": "dora", "name": "visit.planned", "data": { "n": 1 } }]),
        ),
        ("/api/health".to_owned(), json!({ "status": "ok", "now": NOW, "lapse": 60.0 })),
    ] {
        let answer = ask(&house, Method::GET, &path, &cookie, None).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.json::<Value>().await.expect("JSON"), body, "{path}");
    }
}

#[tokio::test]
async fn the_board_s_past_is_for_who_may_see_the_board() {
    let house = TestHouse::open().await;
    let dora = house.cookie("dora").await;
    let path = format!("/api/board/past?from={}&until={NOW}", NOW - 3_600_000);
    let tape: Value = ask(&house, Method::GET, &path, &dora, None).await.json().await.expect("JSON");
    assert_eq!((tape["from"].as_i64(), tape["until"].as_i64()), (Some(NOW - 3_600_000), Some(NOW)));
    let still = format!("/api/board/past?from={NOW}");
    let tape: Value = ask(&house, Method::GET, &still, &dora, None).await.json().await.expect("JSON");
    assert_eq!(tape["from"], tape["until"]);
    let answer = ask(&house, Method::GET, "/api/board/past?from=yesterday", &dora, None).await;
    assert_eq!(problem(answer).await["type"], "/problems/query");
    let answer = ask(&house, Method::GET, "/api/board/past?from=9223372036854775807", &dora, None).await;
    assert_eq!(problem(answer).await["type"], "/problems/past");
    let boris = house.cookie("boris").await;
    assert_eq!(problem(ask(&house, Method::GET, &path, &boris, None).await).await["status"], 403);
}

#[tokio::test]
async fn errors_by_the_table() {
    let house = TestHouse::open().await;
    let (dora, boris) = (house.cookie("dora").await, house.cookie("boris").await);
    let absent = format!("/api/clients/{}", id::<ClientKind>(9));
    let cmd = |name: &str, rev: u64| format!(r#"{{"id":"1","name":"{name}","args":{{}},"rev":{rev}}}"#);
    let (post, get) = (Method::POST, Method::GET);
    let long = "x".repeat(300 * 1024);
    for (method, path, cookie, body, status, named) in [
        (&post, "/api/cmd", &*dora, Some(r#"{"id": oops}"#), 400, "line 1 column 8"),
        (&post, "/api/cmd", &dora, Some("{"), 400, "line 1"),
        (&post, "/api/login", "", Some(""), 400, "EOF"),
        (&post, "/api/cmd", "", Some("{}"), 401, "sign in"),
        (&get, "/api/me", "callout=guess", None, 401, "sign in"),
        (&post, "/api/cmd", &boris, Some(&*cmd("visit.assign", 0)), 403, "`visit.assign`"),
        (&get, "/api/clients?q=a", &boris, None, 403, "`master`"),
        (&get, "/api/nothing/here", &dora, None, 404, "`/api/nothing/here`"),
        (&get, "/api", &dora, None, 404, "`/api`"),
        (&get, "/api/", &dora, None, 404, "`/api/`"),
        (&get, "/api/demo", &dora, None, 404, "/api/demo"),
        (&get, &absent, &dora, None, 404, "client_"),
        (&post, "/api/cmd", &dora, Some(&cmd("visit.unassign", 0)), 404, "`visit_x`"),
        (&get, "/api/cmd", &dora, None, 405, "`GET`"),
        (&post, "/board", &dora, None, 405, "`POST`"),
        (&post, "/api/cmd", &dora, Some(&cmd("visit.cancel", 0)), 409, "`completed`"),
        (&post, "/api/cmd", &dora, Some(&cmd("visit.pin", 1)), 409, "`2`"),
        (&post, "/api/cmd", &dora, Some(&long), 413, "body"),
        (&post, "/api/cmd", &dora, None, 415, "`application/json`"),
        (&post, "/api/cmd", &dora, Some(&cmd("visit.assign", 0)), 422, "`master`"),
        (&post, "/api/cmd", &dora, Some(r#"{"id":"1","name":"a","args":{},"more":1}"#), 422, "`more`"),
        (&post, "/api/cmd", &dora, Some(r#"{"id":"1","name":"a","args":7}"#), 422, "`7`"),
        (&post, "/api/login", "", Some(r#"{"login":"a","password":"b","x":1}"#), 422, "`x`"),
        (&post, "/api/login", "", Some(r#"{"login":" ","password":"b"}"#), 422, "login"),
        (&get, "/api/clients/client_7", &dora, None, 422, "`client_7`"),
        (&get, "/api/clients?q=a&w=b", &dora, None, 422, "`w`"),
        (&get, "/api/clients", &dora, None, 422, "`q`"),
        (&post, "/api/cmd", &dora, Some(&cmd("slots.offer", 0)), 503, "starting"),
    ] {
        let answer = ask(&house, method.clone(), path, cookie, body).await;
        assert_eq!(
            answer.status(),
            status,
            "{method} {path} {:?}",
            body.map(|body| &body[..body.len().min(80)])
        );
        assert_eq!(answer.headers().contains_key("retry-after"), status == 503);
        let problem = problem(answer).await;
        assert!(problem["detail"].as_str().expect("text").contains(named), "{path}: {problem}");
    }
}

#[tokio::test]
async fn guesses_at_the_door_are_limited() {
    let house = TestHouse::open().await;
    for login in ["dora", "nobody"] {
        let guess = json!({ "login": login, "password": "guess" }).to_string();
        for _ in 0..10 {
            let answer = ask(&house, Method::POST, "/api/login", "", Some(&guess)).await;
            assert_eq!(answer.status(), 401, "the same for a user and for nobody");
            assert_eq!(problem(answer).await["type"], "/problems/wrong-password");
        }
        let right = json!({ "login": login, "password": PASSWORD }).to_string();
        let answer = ask(&house, Method::POST, "/api/login", "", Some(&right)).await;
        assert_eq!(answer.status(), 429);
        assert!(answer.headers().contains_key("retry-after"));
        problem(answer).await;
    }
    house.cookie("anna").await;
}

#[tokio::test]
async fn more_than_50_commands_a_second_are_refused() {
    let house = TestHouse::open().await;
    let cookie = house.cookie("dora").await;
    let (client, url) = (http(), house.url("/api/cmd"));
    let command = |number: usize| {
        let body = json!({ "id": format!("c{number}"), "name": "visit.pin", "args": {} });
        client.post(&url).header("cookie", &cookie).json(&body).send()
    };
    let answers = futures_util::future::join_all((0..200).map(command)).await;
    let statuses: Vec<u16> =
        answers.into_iter().map(|answer| answer.expect("an answer").status().as_u16()).collect();
    assert!(statuses.iter().filter(|status| **status == 200).count() >= 50, "{statuses:?}");
    assert!(
        statuses.contains(&429) && statuses.iter().all(|status| matches!(status, 200 | 429)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let house = TestHouse::open().await;
    let cookie = house.cookie("dora").await;
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 200)] {
        let request =
            http().post(house.url("/api/cmd")).header("cookie", &cookie).header("sec-fetch-site", site);
        let answer =
            request.json(&json!({ "id": site, "name": "visit.pin" })).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{site}");
    }
}

#[tokio::test]
async fn a_demo_shows_its_logins_and_every_answer_is_guarded() {
    let anna = DemoLogin {
        login: "anna".into(),
        password: PASSWORD.into(),
        name: "ANNA".into(),
        role: Role::Operator,
    };
    let state = WebState {
        door: Arc::new(FakeDoor::default()),
        hub: Arc::default(),
        clock: Arc::new(StoppedClock),
        blobs: Arc::new(crate::testing::FakeShelf),
        tables: Arc::new(crate::testing::FakeShelf),
        recordings: Arc::new(crate::testing::FakeTapes),
        traces: Arc::new(crate::testing::FakeTapes),
        link_key: [7; 32],
        first_key: String::new(),
        demo: Some(vec![anna]),
    };
    let address = serve(state).await;
    let answer = http().get(format!("http://{address}/api/demo")).send().await.expect("an answer");
    let logins = json!([{ "login": "anna", "password": PASSWORD, "name": "ANNA", "role": "operator" }]);
    assert_eq!(answer.json::<Value>().await.expect("JSON"), logins);
    for path in ["/", "/board/today", "/api/health", "/api/none", "/ws"] {
        let answer = http().get(format!("http://{address}{path}")).send().await.expect("an answer");
        for header in
            ["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"]
        {
            assert!(answer.headers().contains_key(header), "{path} has no {header}");
        }
    }
}

#[tokio::test]
async fn a_recording_is_heard_by_a_ticket_from_any_place_of_it() {
    let house = TestHouse::open().await;
    let (anna, dora) = (house.cookie("anna").await, house.cookie("dora").await);
    let (path, asked) = ("/api/calls/call_1/recording", r#"{"id":"once"}"#);
    assert_eq!(problem(ask(&house, Method::POST, path, &dora, Some(asked)).await).await["status"], 403);
    let given: Value = ask(&house, Method::POST, path, &anna, Some(asked)).await.json().await.expect("JSON");
    let url = given["url"].as_str().expect("an address").to_owned();
    let (first, later) = (&given["parts"][0], &given["parts"][1]);
    assert_eq!(
        (first["url"].as_str(), &first["from"], &first["length"]),
        (Some(url.as_str()), &json!(0), &json!(6246))
    );
    assert_eq!(later["length"], 6246, "what was recorded after a stop of the house is a part of it");
    let later = later["url"].as_str().expect("an address");
    let whole = ask(&house, Method::GET, later, &anna, None).await;
    assert_eq!(whole.bytes().await.expect("bytes").len(), 100_000);
    assert_eq!(problem(ask(&house, Method::GET, later, &dora, None).await).await["status"], 403);
    let part = |range: &'static str| {
        let request = http().get(house.url(&url)).header("cookie", &anna).header("range", range);
        async move { request.send().await.expect("an answer") }
    };
    let whole = ask(&house, Method::GET, &url, &anna, None).await;
    assert_eq!(
        (whole.status().as_u16(), &whole.headers()["accept-ranges"]),
        (200, &"bytes".parse().expect("text"))
    );
    let bytes = whole.bytes().await.expect("bytes");
    assert!(bytes.len() == 100_000 && bytes.iter().enumerate().all(|(at, byte)| *byte == taped(at as u64)));
    let answer = part("bytes=70000-70999").await;
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.headers()["content-range"], "bytes 70000-70999/100000");
    let bytes = answer.bytes().await.expect("bytes");
    assert!(bytes.len() == 1000 && bytes[0] == taped(70_000) && bytes[999] == taped(70_999));
    assert_eq!(part("bytes=99990-").await.bytes().await.expect("bytes").len(), 10);
    let past = part("bytes=100000-").await;
    assert_eq!(
        (past.status().as_u16(), &past.headers()["content-range"]),
        (416, &"bytes */100000".parse().expect("text"))
    );
    for (cookie, status) in [(dora.as_str(), 403), ("", 401)] {
        assert_eq!(problem(ask(&house, Method::GET, &url, cookie, None).await).await["status"], status);
    }
    let gone = ask(&house, Method::POST, "/api/calls/call_2/recording", &anna, Some(asked)).await;
    assert_eq!(problem(gone).await["status"], 404);
}

#[tokio::test]
async fn the_messages_and_the_history_of_calls_are_for_supervisors() {
    let house = TestHouse::open().await;
    let (anna, dora) = (house.cookie("anna").await, house.cookie("dora").await);
    house.door.roles.lock().insert("dora".into(), Role::Manager);
    let call = id::<domain::values::id::CallKind>(5);
    let client = id::<ClientKind>(1);
    for path in
        ["/api/calls".to_owned(), format!("/api/calls/{call}/events"), format!("/api/calls/{call}/trace")]
    {
        assert_eq!(ask(&house, Method::GET, &path, &dora, None).await.status(), 200, "{path}");
        assert_eq!(
            problem(ask(&house, Method::GET, &path, &anna, None).await).await["status"],
            403,
            "{path}"
        );
        assert_eq!(problem(ask(&house, Method::GET, &path, "", None).await).await["status"], 401, "{path}");
    }
    let of = format!("/api/calls?client={client}");
    assert_eq!(ask(&house, Method::GET, &of, &anna, None).await.status(), 200);
    let path = format!("/api/calls/{call}/trace");
    let trace: Value = ask(&house, Method::GET, &path, &dora, None).await.json().await.expect("JSON");
    let lines = trace["messages"].as_array().expect("a list");
    let told: Vec<_> = lines.iter().map(|m| (m["dialog"].as_u64(), m["flow"].as_str())).collect();
    assert_eq!(told, [(Some(0), Some("in")), (Some(1), Some("in"))]);
    assert!(lines[1]["text"].as_str().expect("text").contains("two@house"));
    assert_eq!(
        problem(ask(&house, Method::GET, "/api/calls/x/trace", &dora, None).await).await["status"],
        422
    );
}
