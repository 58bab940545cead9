//! The fifty messages of RFC 4475 (torture tests of SIP), each sent over a real socket to a running switchboard.
//!
//! The messages are looked for in `rfc4475` under `CALLOUT_TEST_DATA`, or under `../shared/data` beside the
//! workspace; without them the test says so and passes.

use std::path::PathBuf;
use std::time::Duration;

use telephony::{Counted, LegCommand, LineEvent};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::house::{House, settings};

/// How a message must be treated.
enum Treatment {
    /// Answered with this final status.
    Status(u16),
    /// The same, and the answer holds this line.
    With(u16, &'static str),
    /// A good INVITE: offered as a call to this number.
    Offered(&'static str),
    /// A response to nothing of ours: counted under this name, never answered.
    Dropped(Counted),
}

use Treatment::{Dropped, Offered, Status, With};

/// Section of RFC 4475, file, treatment.
const TABLE: [(&str, &str, Treatment); 50] = [
    ("3.1.1.1", "TC_WSINV", Status(481)), // well-formed, but its To names a dialog we never had
    ("3.1.1.2", "TC_INTMETH", Status(501)),
    ("3.1.1.3", "TC_ESC01_V", Offered("sips:user@example.com")),
    ("3.1.1.4", "TC_ESCNULL_V", With(401, "WWW-Authenticate: Digest")),
    ("3.1.1.5", "TC_ESC02_V", Status(501)), // not REGISTER: methods are not unescaped
    ("3.1.1.6", "TC_LWSDISP_V", Status(200)),
    ("3.1.1.7", "TC_LONGREQ_V", Offered("user")),
    ("3.1.1.8", "TC_DBLREQ", With(401, "CSeq: 8 REGISTER")),
    ("3.1.1.9", "TC_SEMIURI_V", Status(200)),
    ("3.1.1.10", "TC_TRANSPORTS_V", Status(200)),
    ("3.1.1.11", "TC_MPART01", With(405, "Allow: INVITE")),
    ("3.1.1.12", "TC_UNREASON_V", Dropped(Counted::DropStray)),
    ("3.1.1.13", "TC_NOREASON_V", Dropped(Counted::DropStray)),
    ("3.1.2.1", "TC_BADINV01_I", Status(400)),
    ("3.1.2.2", "TC_CLERR_I", Status(400)),
    ("3.1.2.3", "TC_NCL_I", Status(400)),
    ("3.1.2.4", "TC_SCALAR02_V", Status(400)),
    ("3.1.2.5", "TC_SCALARLG_V", Dropped(Counted::DropUnanswerable)),
    ("3.1.2.6", "TC_QUOTBAL_I", Status(400)),
    ("3.1.2.7", "TC_LTGTRURI_I", Status(400)),
    ("3.1.2.8", "TC_LWSRURI_I", Status(400)),
    ("3.1.2.9", "TC_LWSSTART_V", Status(400)),
    ("3.1.2.10", "TC_TRWS_I", Status(400)),
    ("3.1.2.11", "TC_ESCRURI_V", Status(400)),
    ("3.1.2.12", "TC_BADDATE_V", Status(400)),
    ("3.1.2.13", "TC_REGBADCT_I", Status(400)),
    ("3.1.2.14", "TC_BADASPEC_I", Status(400)),
    ("3.1.2.15", "TC_BADDN_I", Status(400)),
    ("3.1.2.16", "TC_BADVERS_V", Status(505)),
    ("3.1.2.17", "TC_MISMATCH01_V", Status(400)),
    ("3.1.2.18", "TC_MISMATCH02_V", Status(501)),
    ("3.1.2.19", "TC_BIGCODE_V", Dropped(Counted::DropUnanswerable)),
    ("3.2.1", "TC_BADBRANCH_V", Status(200)),
    ("3.3.1", "TC_INSUF_I", Status(400)),
    ("3.3.2", "TC_UNKSCM_V", Status(416)),
    ("3.3.3", "TC_NOVELSC_V", Status(416)),
    ("3.3.4", "TC_UNKSM2_V", Status(401)), // authentication comes before the address of record
    ("3.3.5", "TC_BEXT01_V", With(420, "Unsupported: nothingSupportsThis, nothingSupportsThisEither")),
    ("3.3.6", "TC_INVUT_V", With(415, "Accept: application/sdp")),
    ("3.3.7", "TC_REGAUT01_V", With(401, "WWW-Authenticate: Digest")),
    ("3.3.8", "TC_MULTI01_I", Status(400)),
    ("3.3.9", "TC_MCL01_I", Status(400)),
    ("3.3.10", "TC_BCAST_V", Dropped(Counted::DropStray)),
    ("3.3.11", "TC_ZEROMF_V", Status(200)), // for us, not to be forwarded: an endpoint answers
    ("3.3.12", "TC_CPARAM01_V", Status(401)),
    ("3.3.13", "TC_CPARAM02_V", Status(401)),
    ("3.3.14", "TC_REGESCRT_V", Status(401)),
    ("3.3.15", "TC_SDP01_V", Status(406)),
    ("3.4.1", "TC_INV2543_I", Status(400)), // RFC 2543 without tags is not spoken, and told so
    ("none", "TC_TEST_I", Dropped(Counted::DropUnanswerable)), // no Via: nowhere to answer
];

fn messages() -> Option<PathBuf> {
    let data = std::env::var_os("CALLOUT_TEST_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    Some(data.join("rfc4475")).filter(|folder| folder.is_dir())
}

/// The first final answer, skipping the news that it is tried and rings.
async fn answer(socket: &UdpSocket, patience: Duration) -> Option<String> {
    let mut buffer = [0u8; 8_192];
    loop {
        let (len, _) = timeout(patience, socket.recv_from(&mut buffer)).await.ok()?.ok()?;
        let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
        if !text.starts_with("SIP/2.0 1") {
            return Some(text);
        }
    }
}

/// Sends one message and tells what is wrong with its treatment.
async fn treat(house: &mut House, message: &[u8], expected: &Treatment) -> Result<(), String> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let before = house.board.counters();
    socket.send_to(message, house.board.sip_addr()).await.expect("sent");
    let (status, line) = match expected {
        Dropped(count) => {
            let was = before.get(count.name()).copied().unwrap_or(0);
            let mut pace = tokio::time::interval(Duration::from_millis(5));
            while house.board.count(*count) == was {
                pace.tick().await;
                if let Some(text) = answer(&socket, Duration::ZERO).await {
                    return Err(format!("was answered: {text}"));
                }
                if house.board.count(Counted::SipAdmitted) > before[Counted::SipAdmitted.name()] {
                    return Err(format!("was let in, `{}` expected", count.name()));
                }
            }
            let silence = answer(&socket, Duration::from_millis(50)).await;
            return silence.map_or(Ok(()), |text| Err(format!("was answered: {text}")));
        }
        Status(status) => (*status, ""),
        With(status, line) => (*status, *line),
        Offered(number) => {
            match timeout(Duration::from_secs(2), house.event()).await {
                Ok(LineEvent::Offered { leg, to, .. }) if to == *number => {
                    house.order(LegCommand::Reject { leg, status: 486 });
                    house.event().await;
                }
                other => {
                    let said = answer(&socket, Duration::from_millis(50)).await;
                    return Err(format!("offered to `{number}` expected, got {other:?}, {said:?}"));
                }
            }
            (486, "")
        }
    };
    let Some(text) = answer(&socket, Duration::from_secs(2)).await else { return Err("silence".to_owned()) };
    if text.starts_with(&format!("SIP/2.0 {status} ")) && text.contains(line) {
        return Ok(());
    }
    Err(format!("{status} `{line}` expected, got {text}"))
}

#[tokio::test]
async fn every_message_of_rfc_4475_is_treated_as_its_section_asks() {
    let Some(folder) = messages() else {
        println!("SKIPPED: no messages of RFC 4475; expected `rfc4475` under CALLOUT_TEST_DATA");
        return;
    };
    let mut settings = settings();
    settings.trunks[0].dids.extend(["user", "vivekg", "sips:user@example.com"].map(str::to_owned));
    let mut house = House::with(settings);
    let mut wrong = Vec::new();
    for (section, name, expected) in &TABLE {
        let message = std::fs::read(folder.join(format!("{name}.dat"))).expect("a message of the table");
        if let Err(what) = treat(&mut house, &message, expected).await {
            wrong.push(format!("{section} {name}: {what}"));
        }
    }
    println!("{} of {} messages of RFC 4475 treated as asked", TABLE.len() - wrong.len(), TABLE.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
