//! A switchboard with one trunk for a test, and patience with limits.

use std::time::Duration;

use telephony::{
    Audio, CallEvent, CallHandle, Caller, DeskEvent, DeskPhone, LegCommand, LegId, LineEvent, PhoneAccount,
    Settings, Switchboard, SwitchboardHandle, TrunkPeer,
};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

pub const DID: &str = "+74951234567";
pub const CALLER: &str = "+79123456789";
const PATIENCE: Duration = Duration::from_secs(10);

pub struct House {
    pub board: SwitchboardHandle,
    pub events: Receiver<LineEvent>,
}

pub fn settings() -> Settings {
    let trunk = TrunkPeer {
        name: "city".to_owned(),
        allowed_ips: vec![[127, 0, 0, 1].into()],
        dids: vec![DID.to_owned()],
        ..TrunkPeer::default()
    };
    let phone = |user: &str| PhoneAccount {
        user: user.to_owned(),
        password: format!("secret-{user}"),
        name: format!("Desk {user}"),
        ..PhoneAccount::default()
    };
    Settings {
        sip_port: 0,
        webrtc_port: 0,
        media_ports: (0, 0),
        min_expires: Duration::from_secs(1),
        trunks: vec![trunk],
        phones: vec![phone("101"), phone("102")],
        ..Settings::default()
    }
}

impl House {
    pub fn open() -> Self {
        Self::with(settings())
    }

    pub fn with(settings: Settings) -> Self {
        let (sender, events) = channel(256);
        Self { board: Switchboard::start(settings, sender).expect("a free port"), events }
    }

    pub fn order(&self, command: LegCommand) {
        self.board.command(command).expect("an open switchboard");
    }

    /// The next event, whatever it is.
    pub async fn any_event(&mut self) -> LineEvent {
        let event = timeout(PATIENCE, self.events.recv()).await.expect("an event in time");
        event.expect("an open switchboard")
    }

    /// The next event this test cares about; accounts of quality are skipped.
    pub async fn event(&mut self) -> LineEvent {
        loop {
            match self.any_event().await {
                LineEvent::LegQuality { .. } | LineEvent::Dialled { .. } | LineEvent::Sounds { .. } => {}
                event => return event,
            }
        }
    }

    pub async fn offered(&mut self) -> LegId {
        match self.event().await {
            LineEvent::Offered { leg, .. } => leg,
            other => panic!("offered call expected, got {other:?}"),
        }
    }

    pub async fn dial(&self, audio: Audio) -> CallHandle {
        Caller::new().dial(self.board.sip_addr(), CALLER, "Иванов", DID, audio).await.expect("a socket")
    }

    /// A caller let in and answered.
    pub async fn conversation(&mut self, audio: Audio) -> (CallHandle, LegId) {
        let mut call = self.dial(audio).await;
        let leg = self.offered().await;
        self.order(LegCommand::Answer { leg });
        assert_eq!(next(&mut call).await, CallEvent::Answered);
        assert_eq!(self.event().await, LineEvent::Answered { leg });
        (call, leg)
    }
}

pub async fn next(call: &mut CallHandle) -> CallEvent {
    timeout(PATIENCE, call.event()).await.expect("an event in time").expect("a call under way")
}

pub async fn desk_event(desk: &mut DeskPhone) -> DeskEvent {
    timeout(PATIENCE, desk.event()).await.expect("an event in time").expect("a phone plugged in")
}

/// Waits until `check` holds; asks again every packet.
pub async fn until(what: &str, mut check: impl FnMut() -> bool) {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let waited = timeout(PATIENCE, async {
        while !check() {
            pace.tick().await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain until {what}");
}
