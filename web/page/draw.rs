//! Draws the client's page, the act, and the pages that say why a link opens nothing.

use super::words::Language;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use std::fmt::Write;

/// What a page is drawn from.
pub(crate) struct Sight {
    /// In which language.
    pub(crate) language: Language,
    /// The link it was opened by.
    pub(crate) token: String,
    /// The row of the board.
    pub(crate) row: Value,
    /// What the dispatcher adds for a client: offers, lines, the quote.
    pub(crate) more: Value,
    /// The master's name.
    pub(crate) master: Option<String>,
    /// Where the master is, while on the way to this client.
    pub(crate) pos: Option<Value>,
    /// Where the times are read.
    pub(crate) zone: TimeZone,
    /// The instant, milliseconds since the epoch.
    pub(crate) now: i64,
    /// A sentence to begin with: a step that was refused.
    pub(crate) said: Option<String>,
    /// The key of the forms of this page.
    pub(crate) fresh: String,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--page:light-dark(#f3f5f8,#14181f);--panel:light-dark(#fff,#1c222b);\
--text:light-dark(#1b2433,#eef1f5);--soft:light-dark(#515c6e,#aab4c3);--line:light-dark(#d8dee7,#37414f);\
--ink:light-dark(#253044,#e6ebf2);--on-ink:light-dark(#fff,#161b22);--road:light-dark(#eef1f5,#232b36)}\
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);\
font:16px/1.45 system-ui,'Segoe UI','DejaVu Sans',sans-serif}\
header{background:#1d2636;color:#f2f4f8;padding:14px 20px}header div,main{max-width:560px;margin:0 auto}\
header div{display:flex;gap:12px;align-items:center}header b{font-size:17px}header a{color:inherit;margin-left:auto;\
padding:12px 0 12px 16px}main{padding:16px 12px 40px;display:grid;gap:12px}\
section{background:var(--panel);border:1px solid var(--line);border-radius:14px;padding:18px 16px;display:grid;gap:10px}\
h1{font-size:26px;line-height:1.2;margin:0;letter-spacing:-.01em}h2{font-size:18px;margin:0}p{margin:0}\
.soft{color:var(--soft)}.big{font-size:20px;font-weight:600}ol.way{list-style:none;display:grid;\
grid-template-columns:repeat(4,1fr);gap:6px;margin:4px 0 0;padding:0;font-size:13px}ol.way li{padding-top:8px;\
border-top:5px solid var(--line);color:var(--soft)}ol.way li.past{border-color:#f2cf2f;color:var(--text)}\
ol.way li[aria-current]{font-weight:650}table{border-collapse:collapse;width:100%}td,th{padding:8px 0;text-align:left;\
border-bottom:1px solid var(--line);font-weight:400}td:last-child{text-align:right;white-space:nowrap;\
font-variant-numeric:tabular-nums}tr.sum td,tr.sum th{border:0;font-weight:650}form{display:grid;gap:8px;margin:0}\
button,.button{min-height:52px;border-radius:8px;border:1px solid var(--ink);background:var(--ink);color:var(--on-ink);\
font:inherit;font-weight:600;line-height:1.2;padding:10px 16px;cursor:pointer;text-align:center;text-decoration:none;\
display:grid;place-items:center}button.quiet{background:none;color:inherit;font-weight:500}\
button:focus-visible,a:focus-visible,input:focus-visible{outline:3px solid #3f6ee8;outline-offset:2px}\
.stars{display:grid;grid-template-columns:repeat(5,1fr);gap:6px}.stars button{padding:0;font-size:18px}\
svg.map{width:100%;border-radius:8px;background:var(--road)}.note{border-left:5px solid #d98500}\
main>a{color:inherit;padding:12px 4px}img.sign{max-width:260px;background:#fff;border-radius:6px}\
@media print{header,.noprint{display:none}body{background:#fff;color:#000}section{border:0;padding:4px 0}}";

/// Text that stays text.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn shell(language: Language, title: &str, link: &str, inside: &str) -> String {
    let other = language.other();
    let away = match link {
        "" => String::new(),
        link => format!(
            "<a href=\"{link}?lang={0}\" lang=\"{0}\" hreflang=\"{0}\">{1}</a>",
            other.code(),
            other.say("lang")
        ),
    };
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>{}</title>\
         <style>{STYLE}</style></head><body><header><div><b>{}</b>{away}</div></header><main>{inside}</main></body></html>",
        language.code(),
        safe(title),
        language.say("house"),
    )
}

/// A page that says why a link opens nothing: `foreign`, `expired`, `busy`, `later`.
pub(crate) fn closed(language: Language, why: &str) -> String {
    let title = language.say(&format!("closed.{why}"));
    let inside =
        format!("<section><h1>{title}</h1><p class=\"soft\">{}</p></section>", language.say("closed.what"));
    shell(language, &title, "", &inside)
}

/// The bank's link after a client has chosen to pay.
pub(crate) fn paying(language: Language, token: &str, bank: &str) -> String {
    let title = language.say("pay.title");
    let inside = format!(
        "<section><h1>{title}</h1><p>{}</p><a class=\"button\" href=\"{}\" rel=\"noreferrer\">{}</a></section>\
         <a href=\"/t/{token}?lang={}\">{}</a>",
        language.say("pay.bank"),
        safe(bank),
        language.say("pay.open"),
        language.code(),
        language.say("back"),
    );
    shell(language, &title, "", &inside)
}

impl Sight {
    fn text(&self, name: &str) -> &str {
        self.row[name].as_str().unwrap_or_default()
    }
    fn at(&self, ms: Option<i64>, format: &str) -> String {
        let instant = ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        instant.map_or_else(String::new, |at| at.to_zoned(self.zone.clone()).strftime(format).to_string())
    }
    fn window(&self, of: &Value) -> Option<String> {
        let (from, to) = (of["from"].as_i64()?, of["to"].as_i64()?);
        Some(format!(
            "{}, {}–{}",
            self.at(Some(from), "%d.%m"),
            self.at(Some(from), "%H:%M"),
            self.at(Some(to), "%H:%M")
        ))
    }
    fn money(&self, amount: &str) -> String {
        let (whole, kopecks) = amount.split_once('.').unwrap_or((amount, "00"));
        let digits: Vec<char> = whole.chars().collect();
        let grouped: Vec<String> = digits.rchunks(3).rev().map(|c| c.iter().collect()).collect();
        let tail =
            if kopecks.trim_end_matches('0').is_empty() { String::new() } else { format!(",{kopecks:0<2}") };
        format!("{}{tail} ₽", grouped.join("\u{a0}")).replace(" ₽", "\u{a0}₽")
    }
    fn action(&self) -> String {
        format!(
            "<form method=\"post\" action=\"/t/{}?lang={}\"><input type=\"hidden\" name=\"key\" value=\"{}",
            self.token,
            self.language.code(),
            self.fresh
        )
    }
    /// A form of one command. The key differs by command, so that each form of a page is a step of its own.
    fn form(&self, what: &str, inside: &str) -> String {
        format!(
            "{}{what}\"><input type=\"hidden\" name=\"do\" value=\"{what}\">{inside}</form>",
            self.action()
        )
    }
    fn lines(&self, out: &mut String) {
        let none = Vec::new();
        let lines = self.more["lines"].as_array().unwrap_or(&none);
        out.push_str("<table><tbody>");
        for line in lines {
            let (name, price) =
                (line["name"].as_str().unwrap_or_default(), line["price"].as_str().unwrap_or_default());
            let _ =
                write!(out, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", safe(name), self.money(price));
        }
        let part = self.more["part"].as_str().unwrap_or("0");
        let _ = write!(
            out,
            "<tr class=\"sum\"><th scope=\"row\">{}</th><td>{}</td></tr></tbody></table>",
            self.language.say("total"),
            self.money(part)
        );
    }
    fn way(&self, out: &mut String) {
        let done = match self.text("state") {
            "unplanned" | "planned" | "confirmed" | "dispatched" => 0,
            "accepted" => 0,
            "en_route" => 1,
            "on_site" | "working" | "paused" => 2,
            "completed" | "verified" | "disputed" => 3,
            _ => return,
        };
        let _ = write!(out, "<ol class=\"way\" aria-label=\"{}\">", self.language.say("way"));
        for (n, step) in ["booked", "road", "work", "done"].into_iter().enumerate() {
            let past = if n <= done { " class=\"past\"" } else { "" };
            let here = if n == done { " aria-current=\"step\"" } else { "" };
            let _ = write!(out, "<li{past}{here}>{}</li>", self.language.say(&format!("way.{step}")));
        }
        out.push_str("</ol>");
    }
    /// The master and the door on a sheet without streets: how far, and from which side.
    fn map(&self, out: &mut String) {
        let Some(pos) = &self.pos else { return };
        let (Some(lat), Some(lon), Some(to_lat), Some(to_lon)) =
            (pos["lat"].as_f64(), pos["lon"].as_f64(), self.row["lat"].as_f64(), self.row["lon"].as_f64())
        else {
            return;
        };
        let (north, east) = ((lat - to_lat) * 111.2, (lon - to_lon) * 111.2 * to_lat.to_radians().cos());
        let km = north.hypot(east);
        let scale = 60.0 / km.max(0.2) * if east.abs() > north.abs() { 1.6 } else { 1.0 };
        let (x, y) = (160.0 + (east * scale).clamp(-140.0, 140.0), 90.0 - (north * scale).clamp(-70.0, 70.0));
        let said = self.language.fill(
            "away",
            "km",
            &format!("{km:.1}").replace('.', if self.language == Language::Ru { "," } else { "." }),
        );
        let _ = write!(
            out,
            "<svg class=\"map\" viewBox=\"0 0 320 180\" role=\"img\" aria-label=\"{said}\">\
             <g fill=\"none\" stroke=\"#8a97ab\" stroke-opacity=\".28\"><circle cx=\"160\" cy=\"90\" r=\"35\"/>\
             <circle cx=\"160\" cy=\"90\" r=\"70\"/><circle cx=\"160\" cy=\"90\" r=\"105\"/></g>\
             <path d=\"M{x:.0} {y:.0}L160 90\" stroke=\"#7d8ba1\" stroke-width=\"3\" stroke-dasharray=\"2 7\" stroke-linecap=\"round\"/>\
             <path d=\"M148 96V84l12-10 12 10v12z\" fill=\"#3f6ee8\" stroke=\"#fff\" stroke-width=\"2\"/>\
             <g transform=\"translate({x:.0} {y:.0})\"><circle r=\"13\" fill=\"#f2cf2f\" stroke=\"#1d2636\" stroke-width=\"2\"/>\
             <path d=\"M-7 4v-7h8v7zM1 4V-1h4l2 3v2z\" fill=\"#1d2636\"/></g></svg><p class=\"soft\">{said}</p>"
        );
    }
}

/// The page of a visit.
pub(crate) fn page(sight: &Sight) -> String {
    let (language, state) = (sight.language, sight.text("state"));
    let title = language.fill("title", "no", &sight.row["no"].to_string());
    let mut out = String::new();
    if let Some(said) = &sight.said {
        let _ = write!(out, "<section class=\"note\" role=\"alert\"><p>{}</p></section>", safe(said));
    }
    if sight.row.is_null() {
        let _ = write!(out, "<section><h1>{}</h1></section>", language.say("gone"));
        return shell(language, &language.say("house"), &format!("/t/{}", sight.token), &out);
    }
    let _ = write!(
        out,
        "<section><p class=\"soft\">{title}</p><h1>{}</h1>",
        language.say(&format!("state.{state}"))
    );
    if let Some(window) = sight
        .window(&sight.row["window"])
        .filter(|_| !matches!(state, "en_route" | "completed" | "verified" | "cancelled"))
    {
        let _ = write!(out, "<p class=\"big\">{}</p>", language.fill("window", "when", &window));
    }
    if state == "en_route" {
        let eta = sight.at(sight.row["start"].as_i64().map(|at| at.max(sight.now)), "%H:%M");
        let _ = write!(out, "<p class=\"big\">{}</p>", language.fill("eta", "at", &eta));
    }
    if let Some(master) =
        sight.master.as_deref().filter(|_| !matches!(state, "unplanned" | "planned" | "cancelled"))
    {
        let _ = write!(out, "<p>{}</p>", language.fill("master", "name", &safe(master)));
    }
    sight.map(&mut out);
    sight.way(&mut out);
    let _ = write!(
        out,
        "<p class=\"soft\">{}<br>{}</p></section>",
        safe(sight.text("symptom")),
        safe(sight.text("address"))
    );
    quote(sight, &mut out);
    money(sight, &mut out);
    stars(sight, &mut out);
    offers(sight, &mut out);
    let _ =
        write!(out, "<a href=\"/t/{}?lang={}\">{}</a>", sight.token, language.code(), language.say("again"));
    shell(language, &title, &format!("/t/{}", sight.token), &out)
}

fn quote(sight: &Sight, out: &mut String) {
    if sight.more["phase"] != "await_approval" {
        return;
    }
    let say = |key: &str| sight.language.say(key);
    let _ = write!(out, "<section><h2>{}</h2>", say("quote.title"));
    sight.lines(out);
    let inside = format!(
        "<input type=\"hidden\" name=\"quote\" value=\"{}\"><button name=\"agreed\" value=\"yes\">{}</button>\
         <button class=\"quiet\" name=\"agreed\" value=\"no\">{}</button>",
        sight.more["quote"],
        say("quote.yes"),
        say("quote.no")
    );
    out.push_str(&sight.form("quote", &inside));
    out.push_str("</section>");
}

fn money(sight: &Sight, out: &mut String) {
    if !matches!(sight.text("state"), "completed" | "incomplete" | "verified") {
        return;
    }
    let say = |key: &str| sight.language.say(key);
    let _ = write!(out, "<section><h2>{}</h2>", say("done.title"));
    sight.lines(out);
    let due = sight.text("due");
    if due.trim_start_matches(['0', '.']).is_empty() || due.starts_with('-') {
        let _ = write!(out, "<p>{}</p>", say("paid"));
    } else {
        let button = sight.language.fill("pay", "sum", &sight.money(due));
        let inside =
            format!("<input type=\"hidden\" name=\"sum\" value=\"{}\"><button>{button}</button>", safe(due));
        out.push_str(&sight.form("pay", &inside));
    }
    let _ = write!(
        out,
        "<a href=\"/t/{}/act?lang={}\" style=\"color:inherit;padding:10px 0\">{}</a></section>",
        sight.token,
        sight.language.code(),
        say("act")
    );
}

fn stars(sight: &Sight, out: &mut String) {
    if !matches!(sight.text("state"), "completed" | "verified") {
        return;
    }
    let say = |key: &str| sight.language.say(key);
    if let Some(given) = sight.more["rating"].as_u64() {
        let thanks = sight.language.fill("rate.thanks", "n", &given.to_string());
        let _ = write!(out, "<section><h2>{thanks}</h2></section>");
        return;
    }
    let _ = write!(out, "<section><h2>{}</h2>", say("rate.title"));
    let mut inside = String::from("<div class=\"stars\">");
    for n in 1..=5 {
        let label = sight.language.fill("rate.stars", "n", &n.to_string());
        let _ = write!(
            inside,
            "<button class=\"quiet\" name=\"stars\" value=\"{n}\" aria-label=\"{label}\">{n} ★</button>"
        );
    }
    inside.push_str("</div>");
    out.push_str(&sight.form("rate", &inside));
    out.push_str("</section>");
}

fn offers(sight: &Sight, out: &mut String) {
    let none = Vec::new();
    let offers = sight.more["offers"].as_array().unwrap_or(&none);
    if offers.is_empty() {
        return;
    }
    let _ = write!(out, "<section><h2>{}</h2>", sight.language.say("move.title"));
    let mut inside = String::new();
    for offer in offers {
        let Some(window) = sight.window(offer) else { continue };
        let _ = write!(
            inside,
            "<button class=\"quiet\" name=\"window\" value=\"{}-{}\">{window}</button>",
            offer["from"], offer["to"]
        );
    }
    out.push_str(&sight.form("move", &inside));
    out.push_str("</section>");
}

/// The act of the work, to be printed or kept.
pub(crate) fn act(sight: &Sight) -> String {
    let (language, say) = (sight.language, |key: &str| sight.language.say(key));
    let title = language.fill("act.title", "no", &sight.row["order_no"].to_string());
    let mut out = format!(
        "<section><h1>{title}</h1><p class=\"soft\">{}</p>",
        sight.at(sight.row["end"].as_i64(), "%d.%m.%Y %H:%M")
    );
    for (key, value) in [
        ("act.client", sight.text("client")),
        ("act.where", sight.text("address")),
        ("act.unit", sight.text("unit")),
        ("act.master", sight.master.as_deref().unwrap_or_default()),
        ("act.note", sight.text("reason")),
    ] {
        if !value.is_empty() {
            let _ = write!(out, "<p><span class=\"soft\">{}</span> {}</p>", say(key), safe(value));
        }
    }
    sight.lines(&mut out);
    let _ = write!(out, "<p>{}</p>", language.fill("act.paid", "sum", &sight.money(sight.text("paid"))));
    if let Some(name) = sight.row["proof"]["signature"]["name"].as_str() {
        let alt = language.fill("act.signed", "name", &safe(name));
        let _ = write!(
            out,
            "<p>{alt}</p><img class=\"sign\" src=\"/t/{}/signature\" alt=\"{alt}\">",
            sight.token
        );
    }
    out.push_str("</section>");
    let _ = write!(
        out,
        "<a class=\"noprint\" href=\"/t/{}?lang={}\">{}</a>",
        sight.token,
        language.code(),
        say("back")
    );
    shell(language, &title, &format!("/t/{}/act", sight.token), &out)
}
