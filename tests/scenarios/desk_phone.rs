//! A desk phone of another make (baresip) at our switchboard: it registers, is rung, both hear each other, and
//! either side hangs up — at the bare switchboard first, then in the whole product.

use anyhow::Context;
use serde_json::{Value, json};
use server::demo::DID;
use simulator::seed::story::{SHOP, SHOP_PHONE};
use std::{future::Future, time::Duration};
use telephony::{
    Audio, CallEvent, CallHandle, Caller, Codec, Counted, DialTarget, EndCause, Grade, LegCommand, LegId,
    LineEvent, PhoneAccount, Settings, Switchboard, SwitchboardHandle, TrunkPeer,
};
use tests::harness::{
    baresip::{Baresip, Sound},
    person::Person,
    town::{Town, on_deep_stacks},
};
use tokio::sync::mpsc::{Receiver, channel};

/// What our caller says, and what the phone says.
const CALLERS: f64 = 440.0;
const PHONES: f64 = 880.0;
const NUMBER: &str = "+74951234567";
const PATIENCE: Duration = Duration::from_secs(20);

struct House {
    board: SwitchboardHandle,
    events: Receiver<LineEvent>,
}

impl House {
    fn open() -> anyhow::Result<Self> {
        Self::with(false)
    }

    fn with(secure_audio: bool) -> anyhow::Result<Self> {
        Self::speaking(secure_audio, Settings::default().codecs)
    }

    fn speaking(secure_audio: bool, codecs: Vec<Codec>) -> anyhow::Result<Self> {
        let phone = PhoneAccount {
            user: "101".into(),
            password: "secret".into(),
            name: "Desk".into(),
            secure_audio,
            ..PhoneAccount::default()
        };
        let trunk = TrunkPeer {
            name: "city".into(),
            allowed_ips: vec![[127, 0, 0, 1].into()],
            dids: vec![NUMBER.into()],
            ..TrunkPeer::default()
        };
        let settings = Settings {
            codecs,
            sip_port: 0,
            webrtc_port: 0,
            media_ports: (0, 0),
            trunks: vec![trunk],
            phones: vec![phone],
            ..Settings::default()
        };
        let (sender, events) = channel(256);
        Ok(Self { board: Switchboard::start(settings, sender)?, events })
    }

    /// The next event but for accounts of quality.
    async fn event(&mut self) -> anyhow::Result<LineEvent> {
        loop {
            let event = in_time("an event", self.events.recv()).await?.context("the switchboard closed")?;
            if !matches!(
                event,
                LineEvent::LegQuality { .. } | LineEvent::Dialled { .. } | LineEvent::Sounds { .. }
            ) {
                return Ok(event);
            }
        }
    }

    async fn expect(&mut self, expected: LineEvent) -> anyhow::Result<()> {
        let event = self.event().await?;
        anyhow::ensure!(event == expected, "{expected:?} expected, got {event:?}");
        Ok(())
    }

    /// A caller let in, the phone rung and bridged to it, and each heard by the other.
    async fn conversation(&mut self, phone: &mut Baresip) -> anyhow::Result<(CallHandle, LegId, LegId)> {
        self.expect(LineEvent::PhoneRegistered { user: "101".into(), online: true }).await?;
        let audio = Audio::Tone(CALLERS);
        let mut call =
            Caller::new().dial(self.board.sip_addr(), "+79123456789", "Иванов", NUMBER, audio).await?;
        let LineEvent::Offered { leg: caller, .. } = self.event().await? else {
            anyhow::bail!("a call was to be offered")
        };
        self.board.command(LegCommand::Answer { leg: caller })?;
        self.expect(LineEvent::Answered { leg: caller }).await?;
        let desk = LegId::fresh();
        let target = DialTarget::Phone("101".into());
        let (from_number, display) = ("+79123456789".into(), "Иванов".into());
        self.board.command(LegCommand::Dial {
            leg: desk,
            target,
            from_number,
            display,
            label: String::new(),
            beside: None,
        })?;
        let talk = phone.until("CALL_ESTABLISHED").await?;
        anyhow::ensure!(talk["peerdisplayname"] == "Иванов", "{talk}");
        loop {
            match self.event().await? {
                LineEvent::Progress { leg } if leg == desk => {}
                LineEvent::Answered { leg } if leg == desk => break,
                other => anyhow::bail!("the phone was to answer, got {other:?}"),
            }
        }
        self.board.command(LegCommand::Bridge { a: caller, b: desk })?;
        hear_each_other(&call, phone).await?;
        while call.event().await.context("the call")? != CallEvent::Answered {}
        Ok((call, caller, desk))
    }
}

async fn in_time<T>(what: &str, event: impl Future<Output = T>) -> anyhow::Result<T> {
    tokio::time::timeout(PATIENCE, event).await.with_context(|| format!("waited in vain for {what}"))
}

/// Waits until a sound of another phone has crossed to a phone, and back.
async fn phones_talk(one: (&Baresip, f64), other: (&Baresip, f64)) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(Duration::from_millis(100));
    let crossed = in_time("the tones of the phones", async {
        while one.0.heard(other.1)? < 0.9 || other.0.heard(one.1)? < 0.9 {
            every.tick().await;
        }
        anyhow::Ok(())
    });
    crossed.await?
}

/// Waits until a second of pure tone has crossed in either direction.
async fn hear_each_other(call: &CallHandle, phone: &Baresip) -> anyhow::Result<()> {
    hear_at(call, phone, PHONES).await
}

/// The same with a phone that says another tone.
async fn hear_at(call: &CallHandle, phone: &Baresip, says: f64) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(Duration::from_millis(100));
    let crossed = in_time("the tones", async {
        loop {
            every.tick().await;
            let heard = (call.heard().tone(says), phone.heard(CALLERS)?);
            if heard.0 > 0.9 && heard.1 > 0.9 {
                return anyhow::Ok(heard);
            }
        }
    });
    let (ours, theirs) = crossed
        .await
        .with_context(|| format!("heard {} and {:?}", call.heard().tone(says), phone.heard(CALLERS)))??;
    println!("the caller hears {says} Hz at {ours:.3}, the phone {CALLERS} Hz at {theirs:.3} of all sound");
    Ok(())
}

#[tokio::test]
async fn a_phone_of_another_make_is_rung_and_hangs_up() -> anyhow::Result<()> {
    let mut house = House::open()?;
    let mut phone = Baresip::plug_in(house.board.sip_addr(), "101", "secret", PHONES).await?;
    let (mut call, caller, desk) = house.conversation(&mut phone).await?;
    phone.press('5').await?;
    house.expect(LineEvent::Dtmf { leg: desk, digit: '5' }).await?;
    phone.hang_up().await?;
    house.expect(LineEvent::Ended { leg: desk, by_remote: true, cause: EndCause::HungUp }).await?;
    house.board.command(LegCommand::Hangup { leg: caller })?;
    let ended = in_time("the caller's end", call.event()).await?;
    anyhow::ensure!(ended == Some(CallEvent::Ended { by_remote: true }), "{ended:?}");
    anyhow::ensure!(phone.runs(), "the phone died: {}", phone.output());
    Ok(())
}

#[tokio::test]
async fn phones_of_another_make_that_speak_g722_or_opus_alone_talk_to_a_plain_telephone() -> anyhow::Result<()>
{
    for sound in [Sound::G722, Sound::OPUS] {
        let mut house = House::speaking(false, Codec::ALL.to_vec())?;
        let address = house.board.sip_addr();
        let mut phone = Baresip::plug_in_speaking(address, "101", "secret", PHONES, sound).await?;
        let (call, caller, desk) = house.conversation(&mut phone).await?;
        phone.press('5').await?;
        house.expect(LineEvent::Dtmf { leg: desk, digit: '5' }).await?;
        until_keys(&call, "5").await?;
        let gaps = call.heard().gaps;
        anyhow::ensure!(gaps == 0, "the caller's stream jumped {gaps} times with {sound:?}");
        house.board.command(LegCommand::Hangup { leg: caller })?;
        house.board.command(LegCommand::Hangup { leg: desk })?;
        phone.until("CALL_CLOSED").await?;
        anyhow::ensure!(phone.runs(), "the phone died: {}", phone.output());
    }
    Ok(())
}

async fn until_keys(call: &CallHandle, keys: &str) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(Duration::from_millis(20));
    in_time("the keys", async {
        while call.heard().keys != keys {
            every.tick().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_phone_of_another_make_talks_secretly_and_tells_how_it_hears() -> anyhow::Result<()> {
    let mut house = House::with(true)?;
    let mut phone = Baresip::plug_in_secure(house.board.sip_addr(), "101", "secret", PHONES).await?;
    let (call, _caller, desk) = house.conversation(&mut phone).await?;
    let forged = house.board.count(Counted::RtpForged);
    anyhow::ensure!(forged == 0, "{forged} packets whose proof does not hold");
    let quality = in_time("how the phone sounds", async {
        loop {
            match house.events.recv().await.context("the switchboard closed")? {
                LineEvent::Sounds { leg, quality } if leg == desk => return anyhow::Ok(quality),
                _ => {}
            }
        }
    });
    let quality = quality.await??;
    println!("the phone's leg: R {}, MOS {:.2}, {quality:?}", quality.rating, quality.mos);
    anyhow::ensure!(quality.grade == Grade::Good, "{quality:?}");
    let mut every = tokio::time::interval(Duration::from_millis(100));
    let reported = in_time("a report of the phone", async {
        while house.board.count(Counted::RtcpIn) == 0 {
            every.tick().await;
        }
    });
    reported.await?;
    house.board.command(LegCommand::Hangup { leg: desk })?;
    phone.until("CALL_CLOSED").await?;
    anyhow::ensure!(call.heard().gaps == 0, "{} gaps in what the caller heard", call.heard().gaps);
    Ok(())
}

#[tokio::test]
async fn a_phone_that_cannot_keep_a_secret_is_not_reached_where_it_must() -> anyhow::Result<()> {
    let mut house = House::with(true)?;
    let _phone = Baresip::plug_in(house.board.sip_addr(), "101", "secret", PHONES).await?;
    house.expect(LineEvent::PhoneRegistered { user: "101".into(), online: true }).await?;
    let leg = LegId::fresh();
    let (target, from_number) = (DialTarget::Phone("101".into()), "+79123456789".into());
    house.board.command(LegCommand::Dial {
        leg,
        target,
        from_number,
        display: String::new(),
        label: String::new(),
        beside: None,
    })?;
    loop {
        match house.event().await? {
            LineEvent::Progress { .. } => {}
            LineEvent::Failed { leg: of, status, .. } if of == leg => {
                anyhow::ensure!((400..500).contains(&status), "refused with {status}");
                return Ok(());
            }
            other => anyhow::bail!("the phone was to refuse, got {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_phone_of_another_make_holds_and_takes_back() -> anyhow::Result<()> {
    let mut house = House::open()?;
    let mut phone = Baresip::plug_in(house.board.sip_addr(), "101", "secret", PHONES).await?;
    let (call, _caller, desk) = house.conversation(&mut phone).await?;
    for _ in 0..2 {
        phone.hold(true).await?;
        house.expect(LineEvent::PartyHolds { leg: desk, on: true }).await?;
        let mut every = tokio::time::interval(Duration::from_millis(100));
        let silent = in_time("the music", async {
            // the tone of the phone is gone, and the caller hears something all the same
            while call.heard().tone(PHONES) > 0.1 || call.heard().loudness() < 1.0 {
                every.tick().await;
            }
        });
        silent.await.with_context(|| format!("the caller hears {}", call.heard().tone(PHONES)))?;
        phone.hold(false).await?;
        house.expect(LineEvent::PartyHolds { leg: desk, on: false }).await?;
        hear_each_other(&call, &phone).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_switchboard_hangs_up_on_a_phone_of_another_make() -> anyhow::Result<()> {
    let mut house = House::open()?;
    let mut phone = Baresip::plug_in(house.board.sip_addr(), "101", "secret", PHONES).await?;
    let (call, _caller, desk) = house.conversation(&mut phone).await?;
    house.board.command(LegCommand::Hangup { leg: desk })?;
    phone.until("CALL_CLOSED").await?;
    house.expect(LineEvent::Ended { leg: desk, by_remote: false, cause: EndCause::HungUp }).await?;
    anyhow::ensure!(call.heard().gaps == 0, "{} gaps in what the caller heard", call.heard().gaps);
    Ok(())
}

#[tokio::test]
async fn a_phone_of_another_make_with_a_wrong_password_is_not_let_in() -> anyhow::Result<()> {
    let house = House::open()?;
    let board = house.board.sip_addr();
    anyhow::ensure!(!Baresip::tries_to_register(board, "101", "guess").await?, "a guess was let in");
    anyhow::ensure!(Baresip::tries_to_register(board, "101", "secret").await?, "the password was refused");
    anyhow::ensure!(house.board.count(Counted::RefusedPassword) > 0, "the guess was not counted");
    Ok(())
}

#[test]
fn an_operator_answers_a_client_on_a_phone_of_another_make() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let account = town.sown.phones.first().context("a desk phone")?;
        let mut phone = Baresip::plug_in(town.app.sip, &account.user, &account.password, PHONES).await?;
        let mut operator = Person::sign_in(town.app.http, "operator2", &["agent"]).await?;
        operator.command("operator.ready", json!({})).await?;
        let mut caller =
            Caller::new().dial(town.app.sip, SHOP_PHONE, "Shop", DID, Audio::Tone(CALLERS)).await?;
        let of_shop = |k: &str, v: &Value| k == "pop" && v["card"]["name"] == SHOP;
        let pop = operator.until("agent", "the screen pop", of_shop).await?;
        phone.until("CALL_ESTABLISHED").await?;
        operator.until("agent", "the talk", |k, v| k == "me" && v["state"] == "busy").await?;
        hear_each_other(&caller, &phone).await?;
        phone.hang_up().await?;
        operator.until("agent", "the wrap-up", |k, v| k == "me" && v["state"] == "wrap_up").await?;
        while caller.event().await.context("the caller's end")? != (CallEvent::Ended { by_remote: true }) {}
        let call = pop["call"]["id"].clone();
        operator.command("call.dispose", json!({"call": call, "disposition": "request"})).await?;
        town.app.stop().await;
        Ok(())
    })
}

/// What the phone of the colleague says.
const COLLEAGUES: f64 = 1_200.0;

#[test]
fn a_client_is_given_away_by_the_keys_of_a_phone_and_asked_about_between_two() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let sip = town.app.sip;
        let [first, second, ..] = &town.sown.phones[..] else { anyhow::bail!("two desk phones") };
        let mut one = Baresip::plug_in(sip, &first.user, &first.password, PHONES).await?;
        let mut other = Baresip::plug_in(sip, &second.user, &second.password, COLLEAGUES).await?;
        let mut anna = Person::sign_in(town.app.http, "operator2", &["agent"]).await?;
        anna.command("operator.ready", json!({})).await?;
        let mut caller = Caller::new().dial(sip, SHOP_PHONE, "Shop", DID, Audio::Tone(CALLERS)).await?;
        one.until("CALL_ESTABLISHED").await?;
        let talks = |k: &str, v: &Value| k == "pop" && v["call"]["state"] == "talking";
        let call = anna.until("agent", "the talk", talks).await?["call"]["id"].clone();
        hear_each_other(&caller, &one).await?;
        // unseen, by the key of the phone
        let mut dora = Person::sign_in(town.app.http, "operator3", &["agent"]).await?;
        dora.command("operator.ready", json!({})).await?;
        one.transfer(&second.user, sip).await?;
        other.until("CALL_ESTABLISHED").await?;
        one.until("CALL_CLOSED").await?;
        hear_at(&caller, &other, COLLEAGUES).await?;
        let free = |k: &str, v: &Value| k == "me" && v["state"] == "ready";
        let me = anna.until("agent", "the next call", free).await?["id"].clone();
        // seen: the colleague asks back while the client hears music, and hands over
        dora.until("agent", "the talk", talks).await?;
        dora.command("call.consult", json!({"call": call, "operator": me})).await?;
        one.until("CALL_ESTABLISHED").await?;
        phones_talk((&one, PHONES), (&other, COLLEAGUES)).await?;
        let heard = caller.heard();
        anyhow::ensure!(heard.tone(PHONES) < 0.1 && heard.tone(COLLEAGUES) < 0.1, "the client hears them");
        dora.command("call.transfer", json!({"call": call})).await?;
        other.until("CALL_CLOSED").await?;
        hear_each_other(&caller, &one).await?;
        dora.until("agent", "the next call", free).await?;
        // a leg is measured within the first eight seconds
        let mut every = tokio::time::interval(Duration::from_millis(100));
        let measured = in_time("ten seconds of sound", async {
            while caller.heard().packets < 500 {
                every.tick().await;
            }
        });
        measured.await?;
        caller.hang_up();
        one.until("CALL_CLOSED").await?;
        let manager = Person::sign_in(town.app.http, "manager", &[]).await?;
        let story = manager.get(&format!("/api/calls/{}/events", call.as_str().context("the call")?)).await?;
        let sounded = story.as_array().and_then(|events| events.iter().find(|e| e["name"] == "call.sounded"));
        let mos =
            &sounded.with_context(|| format!("how it sounded: {story}"))?["data"]["sides"]["caller"]["mos"];
        anyhow::ensure!(mos.as_u64() > Some(350), "the client's side was well: {mos}");
        anna.until("agent", "the wrap-up", |k, v| k == "me" && v["state"] == "wrap_up").await?;
        while caller.event().await.context("the caller's end")? != (CallEvent::Ended { by_remote: false }) {}
        town.app.stop().await;
        Ok(())
    })
}
