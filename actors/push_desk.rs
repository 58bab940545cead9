//! The front desk's commands about phones that may be rung by a push.

use crate::{
    dispatch::orders::{args, own},
    field::herald::PhoneShowed,
    front_desk::{FrontDesk, gone},
    house::House,
};
use domain::{
    ports::{Batch, Command, Seat},
    refusal::Refusal,
    values::id::VisitId,
    workforce::device::Device,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Phones of one master; an older one makes room for a new one.
const MOST_DEVICES: usize = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    endpoint: String,
    p256dh: String,
    auth: String,
    #[serde(default)]
    lang: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsubscribe {
    endpoint: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    visit: VisitId,
}

/// A phone is not rung any longer; kept before it is forgotten.
pub(crate) async fn drop_device(house: &House, device: Device, by: &str) -> Result<(), Refusal> {
    let (was, at) = (device.ver, house.now());
    let after = Device { ver: was + 1, gone: Some(at), ..device };
    let mut batch = Batch::default();
    batch.tell(after.id, after.ver, "device.dropped", at, by, &json!({"by": by}));
    batch.keep(&after, was);
    house.keep(batch).await?;
    house.directory.write().devices.remove(&after.id);
    Ok(())
}

impl FrontDesk {
    /// Commands `push.…` of a master's phone.
    pub(crate) async fn push(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let master = own(seat)?;
        match command.name.as_str() {
            "push.key" => Ok(json!({"key": self.house.push.key()})),
            "push.subscribe" => {
                let given: Subscribe = args(command)?;
                Device::checked(&given.endpoint, &given.p256dh, &given.auth, self.house.push.plain())?;
                self.subscribe(master, given, &command.id).await
            }
            "push.unsubscribe" => {
                let given: Unsubscribe = args(command)?;
                let mine = |d: &&Device| d.endpoint == given.endpoint && d.master == master;
                let known = self.house.directory.read().devices.values().find(mine).cloned();
                if let Some(device) = known {
                    drop_device(&self.house, device, &seat.login).await?;
                }
                Ok(json!({}))
            }
            "push.shown" => {
                let Shown { visit } = args(command)?;
                self.house.desk()?.herald.send(PhoneShowed { master, visit }).await.map_err(gone)?;
                Ok(json!({}))
            }
            other => Err(Refusal::unknown("command", other)),
        }
    }
    async fn subscribe(
        &self,
        master: domain::values::id::MasterId,
        given: Subscribe,
        command: &str,
    ) -> Result<Value, Refusal> {
        let known: Vec<Device> = {
            let directory = self.house.directory.read();
            let theirs = |d: &&Device| d.master == master || d.endpoint == given.endpoint;
            directory.devices.values().filter(theirs).cloned().collect()
        };
        let same = |d: &&Device| d.endpoint == given.endpoint;
        if let Some(device) = known.iter().find(|d| same(d) && d.master == master && d.auth == given.auth) {
            return Ok(json!({"device": device.id}));
        }
        let mut older: Vec<&Device> = known.iter().filter(|d| d.master == master && !same(d)).collect();
        older.sort_by_key(|d| d.since);
        // A phone that went to another master rings for the new one alone.
        let spare = older.len().saturating_sub(MOST_DEVICES - 1);
        for device in known.iter().filter(same).chain(older.into_iter().take(spare)) {
            drop_device(&self.house, device.clone(), "push").await?;
        }
        let (at, lang) = (self.house.now(), if given.lang == "en" { "en" } else { "ru" });
        let device = Device {
            id: self.house.fresh(),
            ver: 1,
            master,
            endpoint: given.endpoint,
            p256dh: given.p256dh,
            auth: given.auth,
            lang: lang.into(),
            since: at,
            gone: None,
        };
        let answer = json!({"device": device.id});
        let mut batch = Batch { command: Some(command.into()), answer: answer.clone(), ..Batch::default() };
        // The address and the keys are a secret of the phone's: the story says only that it came.
        batch.tell(device.id, 1, "device.added", at, "phone", &json!({"master": master}));
        batch.keep(&device, 0);
        self.house.keep(batch).await?;
        self.house.directory.write().devices.insert(device.id, device);
        Ok(answer)
    }
}
