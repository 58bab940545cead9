//! The paths of the HTTP side, as the description of the interface lists them. A test holds them against the router.

/// One thing that may be asked for, in the notation of `domain::commands::notation`.
pub(super) struct Path {
    pub(super) method: &'static str,
    /// Behind `/api`.
    pub(super) path: &'static str,
    /// Names of roles; empty: whoever comes, `*`: whoever is signed in.
    pub(super) roles: &'static str,
    /// `name` or `name?` between commas, of the query.
    pub(super) query: &'static str,
    /// What is sent; empty: nothing, `bytes`: a piece of a file.
    pub(super) body: &'static str,
    /// What is answered; empty: nothing, `bytes`, `csv`, `html`: no JSON.
    pub(super) reply: &'static str,
    pub(super) says: &'static str,
}

const fn get(
    path: &'static str,
    roles: &'static str,
    query: &'static str,
    reply: &'static str,
    says: &'static str,
) -> Path {
    Path { method: "get", path, roles, query, body: "", reply, says }
}
const fn send(
    method: &'static str,
    path: &'static str,
    roles: &'static str,
    body: &'static str,
    reply: &'static str,
    says: &'static str,
) -> Path {
    Path { method, path, roles, query: "", body, reply, says }
}

pub(super) const PATHS: &[Path] = &[
    send(
        "post",
        "/login",
        "",
        "{login:str, password:str, chosen?:str}",
        "{user:User}",
        "Signs in; the session is in the cookie `callout`.",
    ),
    send("post", "/logout", "", "", "", "Signs out."),
    get("/me", "*", "", "{user:User}", "Who is signed in."),
    get("/demo", "", "", "DemoLogin[]", "Logins of a demo; 404 outside of one."),
    get("/health", "", "", "{status:'ok', now:ms, lapse:num}", "The server lives."),
    get("/openapi.json", "", "", "json", "This description."),
    get("/docs", "", "", "html", "The same for people."),
    get(
        "/clients",
        "operator dispatcher manager admin",
        "q",
        "{found:ClientHit[]}",
        "Clients by name, number, serial or address, as they are typed.",
    ),
    get(
        "/people",
        "operator dispatcher manager admin",
        "q",
        "{found:Person[]}",
        "Whom a call can be given to besides colleagues.",
    ),
    get("/clients/{id}", "operator dispatcher manager admin", "", "ClientCard", "Everything about a client."),
    get(
        "/visits/{id}/events",
        "operator dispatcher manager admin",
        "",
        "Happened[]",
        "What happened to a visit, oldest first.",
    ),
    get(
        "/visits/{id}/link",
        "operator dispatcher manager master",
        "",
        "{path:str, until:ms}",
        "The page of the visit's client.",
    ),
    get("/blobs/{name}", "*", "", "bytes", "A photograph or a signature, by the SHA-256 of its bytes."),
    send(
        "patch",
        "/blobs/{name}",
        "master",
        "bytes",
        "Held",
        "One more piece of it; headers `upload-offset` and `upload-length`.",
    ),
    get("/blobs/{name}/held", "*", "", "Held", "How much of it is here."),
    get(
        "/calls",
        "operator dispatcher manager admin",
        "client?",
        "{calls:PastCall[]}",
        "Calls that are over: supervisors all, others those of a client.",
    ),
    get(
        "/calls/{id}/events",
        "manager admin",
        "",
        "Happened[]",
        "What happened to a call, among it who heard its recording.",
    ),
    get("/calls/{id}/trace", "manager admin", "", "{messages:SipMessage[]}", "The SIP of all its lines."),
    send(
        "post",
        "/calls/{id}/recording",
        "operator manager admin",
        "{id:str}",
        "{url:str, until:ms, parts:{url:str, from:int, length:int}[]}",
        "A ticket to its recording, after it is kept who asked.",
    ),
    get("/recordings/{ticket}", "*", "", "bytes", "The recording, for who asked; with `Range`."),
    get(
        "/board/past",
        "operator dispatcher manager admin",
        "from until?",
        "Tape",
        "The board of a past day, at most 36 h.",
    ),
    get(
        "/masters/{id}/tracker",
        "dispatcher manager admin master",
        "",
        "{path:str, id:str}",
        "What a tracker is set up with.",
    ),
    get(
        "/lines",
        "admin",
        "",
        "json",
        "The lines in force, to be written anew by `lines.save`; never a password.",
    ),
    get("/company", "admin", "", "Company", "The firm, to be written anew by `company.change`."),
    get("/roster", "admin manager", "", "json", "Masters' cards, hours and absences, operators' skills."),
    get("/branches", "*", "", "{branches:Branch[]}", "The offices that masters belong to."),
    get(
        "/skills",
        "*",
        "",
        "{skills:{code:str, ru:str, en:str, tone:str, retired:bool}[]}",
        "The dictionary of skills.",
    ),
    get(
        "/templates",
        "admin",
        "",
        "Templates",
        "Templates of work, to be written by `template.write`, and the built-in checklists.",
    ),
    get(
        "/zones",
        "operator dispatcher manager admin",
        "",
        "json",
        "Zones with their points, as the map shows them.",
    ),
    get("/first", "", "", "{first:bool}", "Is nobody here yet?"),
    send(
        "post",
        "/first",
        "",
        "{key:str, wish:json}",
        "{user:User}",
        "Founds the firm with its first administrator; the key is told by the server when it starts empty.",
    ),
    get("/users", "admin", "", "{users:UserRow[]}", "Who may come in and who is here."),
    get("/system", "admin manager", "", "System", "How the process is."),
    get("/checkup", "admin manager", "", "Checkup", "What is set up so that work will not get done."),
    get("/imports", "admin", "", "{imports:json[]}", "Tables that were brought in."),
    send("post", "/imports/preview", "admin", "json", "json", "What would become of a table's lines."),
    get("/imports/files/{name}", "admin", "", "Held", "How much of a table is here."),
    send("patch", "/imports/files/{name}", "admin", "bytes", "Held", "One more piece of it."),
    get(
        "/imports/{id}/lines",
        "admin",
        "",
        "{bad:json[], kept:json[]}",
        "Lines that were not written, and cards that stayed.",
    ),
    get(
        "/hooks",
        "admin",
        "",
        "{hooks:Hook[]}",
        "Links to other programmes with their last tries; never a secret.",
    ),
    get(
        "/reports/calls",
        "manager admin",
        "from until by form? lang?",
        "Report",
        "Figures of calls by `day`, `hour`, `queue`, `operator`, `trunk` or `disposition`; `form=csv` for spreadsheets.",
    ),
    get(
        "/events",
        "admin",
        "after? kinds? limit? personal?",
        "{events:Event[], next:int, head:int}",
        "What has happened after the event of a number; ask again with `after` = `next`.",
    ),
];
