//! What every actor of the house shares: the ports, the directory, and the addresses of the others.

use crate::{
    agreement_terms::AgreementTerms,
    call_centre::{
        call_queue::CallQueue, call_views::history_row, recordings::Archive, telephony::Telephony,
    },
    directory::Directory,
    dispatch::dispatcher::Dispatcher,
    field::{crew::Crew, herald::Herald},
    hooks::courier::{Courier, Stirred},
    lines::InForce,
};
use actix::Addr;
use domain::{
    access::secrets::Secrets,
    billing::payment::FastPayments,
    book::{plan_policy::PlanPolicy, proposal_policy::ProposalPolicy},
    calls::{
        call::Call,
        line::CallControl,
        wallboard::{WallRule, Wallboard},
    },
    company::Company,
    hooks::parcel::HookPost,
    imports::sheets::Sheets,
    ports::{Batch, Clock, Fact, Ids, Journal, Later, NewsBoard, PushService, Recordings},
    refusal::Refusal,
    values::{
        id::{ClientId, Id, Kind},
        place::Place,
    },
    visits::notice::Ladder,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use parking_lot::{Mutex, RwLock};
use serde_json::Value;
use solver::{GreatCircle, TravelTimes};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// What may be tuned; real time unless said otherwise.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// How long an operator is rung.
    pub ring: Duration,
    /// How long a caller waits before a callback is promised instead.
    pub longest_wait: Duration,
    /// How long an operator may write after a call; zero: as long as they like.
    pub wrap_up: Duration,
    /// For how long recordings are kept after the end of their call; zero: for ever.
    pub keep_recordings: Duration,
    /// A call that is answered within this time is answered in time.
    pub in_time: Duration,
    /// Callers who give up sooner are not counted against the service level.
    pub short_wait: Duration,
    /// Are talks recorded whose callers were told so?
    pub record: bool,
    /// Our number that is shown to those whom we call, in E.164, where the lines have none.
    pub own_number: String,
    /// City seconds before the start at which a visit is offered to its master.
    pub dispatch_ahead_seconds: i64,
    /// City seconds a master has for an answer.
    pub offer_seconds: i64,
    /// City seconds before the start in which the solver keeps off.
    pub freeze_seconds: i64,
    /// Real time between two looks of the dispatcher at the clock.
    pub tick: Duration,
    /// When each rung of the ladder is stepped on by which a master learns of a visit.
    pub ladder: Ladder,
    /// When a better plan is taken, asked for, or left.
    pub proposals: ProposalPolicy,
    /// Ruins and recreations in one slice of improvement; 0 turns it off.
    pub slice: u64,
    /// How long the masters are under way.
    pub travel: Arc<dyn TravelTimes>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            ring: Duration::from_secs(15),
            longest_wait: Duration::from_secs(180),
            wrap_up: Duration::ZERO,
            keep_recordings: Duration::ZERO,
            in_time: Duration::from_secs(20),
            short_wait: Duration::ZERO,
            record: true,
            own_number: String::new(),
            dispatch_ahead_seconds: 2 * 3600,
            offer_seconds: 15 * 60,
            freeze_seconds: 3600,
            tick: Duration::from_millis(250),
            ladder: Ladder::default(),
            proposals: ProposalPolicy::default(),
            slice: 300,
            travel: Arc::new(GreatCircle::default()),
        }
    }
}

/// The ports and the addresses; cheap to clone.
#[derive(Clone)]
pub struct House {
    /// The durable truth.
    pub journal: Arc<dyn Journal>,
    /// Where live rows go.
    pub news: Arc<dyn NewsBoard>,
    /// The city's clock.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// The switchboard.
    pub line: Arc<dyn CallControl>,
    /// The files of recordings.
    pub recordings: Arc<dyn Recordings>,
    /// Tables that were brought in.
    pub sheets: Arc<dyn Sheets>,
    /// The bank of the fast payment system.
    pub bank: Arc<dyn FastPayments>,
    /// Rings phones by the push services of their browsers.
    pub push: Arc<dyn PushService>,
    /// Makes passwords.
    pub secrets: Arc<dyn Secrets>,
    /// The firm, once it is founded.
    pub company: Arc<RwLock<Option<Company>>>,
    /// What is planned by, once somebody has chosen.
    pub policy: Arc<RwLock<Option<PlanPolicy>>>,
    /// Posts to other programmes.
    pub post: Arc<dyn HookPost>,
    /// Cards in memory.
    pub directory: Arc<RwLock<Directory>>,
    /// What may be tuned.
    pub tuning: Arc<Tuning>,
    /// What calls are served by; read for microseconds, replaced after the journal has kept it.
    pub lines: Arc<RwLock<Arc<InForce>>>,
    /// The figures of the day, folded from what is kept.
    pub wallboard: Arc<Mutex<Wallboard>>,
    /// How many batches wait for the journal.
    pub unkept: Arc<AtomicUsize>,
    /// Who is where; filled once, when all are started.
    pub desk: Arc<OnceLock<Desk>>,
}

/// A batch on its way into the journal: the switchboard is told how many there are, however its wait ends.
struct Unkept(Arc<AtomicUsize>, Arc<dyn CallControl>);

impl Unkept {
    fn begin(house: &House) -> Self {
        let this = Self(Arc::clone(&house.unkept), Arc::clone(&house.line));
        this.1.unkept(this.0.fetch_add(1, Ordering::Relaxed) + 1);
        this
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        self.1.unkept(self.0.fetch_sub(1, Ordering::Relaxed).saturating_sub(1));
    }
}

/// The addresses of those of whom there is one.
#[derive(Clone)]
pub struct Desk {
    /// Owns the book.
    pub dispatcher: Addr<Dispatcher>,
    /// Owns the line of callers and the operators.
    pub queue: Addr<CallQueue>,
    /// Owns the call sessions.
    pub telephony: Addr<Telephony>,
    /// Throws old recordings away.
    pub archive: Addr<Archive>,
    /// Looks at the ends of agreements.
    pub terms: Addr<AgreementTerms>,
    /// Owns masters, vehicles and points.
    pub crew: Addr<Crew>,
    /// Sees to it that masters learn of their visits.
    pub herald: Addr<Herald>,
    /// Owns the links to other programmes.
    pub courier: Addr<Courier>,
}

impl House {
    /// The instant by the city's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    /// A fresh id.
    pub fn fresh<K: Kind>(&self) -> Id<K> {
        Id::from_uuid(self.ids.next())
    }
    /// The others; refused while the house is still opening.
    pub fn desk(&self) -> Result<&Desk, Refusal> {
        self.desk.get().ok_or_else(|| Refusal::unavailable("the house is still opening"))
    }
    /// Has the journal keep a batch; a refusal in words otherwise. What is kept of calls is counted for the wall.
    pub fn keep(&self, batch: Batch) -> Later<Result<(), Refusal>> {
        let of_calls = |fact: &&Fact| fact.name.starts_with("call");
        let counted: Vec<Fact> = batch.facts.iter().filter(of_calls).cloned().collect();
        let news = !batch.facts.is_empty();
        let (kept, wallboard) = (self.journal.commit(batch), Arc::clone(&self.wallboard));
        let (house, waits) = (self.clone(), Unkept::begin(self));
        Box::pin(async move {
            let kept = kept.await;
            drop(waits);
            kept.map_err(|error| Refusal::unavailable(error.to_string()))?;
            if !counted.is_empty() {
                let mut wallboard = wallboard.lock();
                counted.iter().for_each(|fact| {
                    wallboard.hear(fact);
                });
            }
            if news {
                house.stir();
            }
            Ok(())
        })
    }
    /// Links to other programmes hear that something is kept. Who is busy looks by itself soon enough.
    pub(crate) fn stir(&self) {
        if let Some(desk) = self.desk.get() {
            let _busy = desk.courier.try_send(Stirred);
        }
    }
    /// By what the wall counts: a caller's time is real, also in a fast city.
    pub fn wall_rule(&self) -> WallRule {
        let signed = |time: Duration| SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        WallRule {
            in_time: signed(self.tuning.in_time),
            short: signed(self.tuning.short_wait),
            lapse: self.clock.lapse(),
            zone: self.zone(),
        }
    }
    /// Everything about a client, now.
    pub fn card(&self, client: ClientId) -> Option<Value> {
        let now = self.now().to_zoned(self.zone());
        self.directory.read().card(client, &now)
    }
    /// The zone that days begin and end in.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.clock.zone()).unwrap_or(TimeZone::UTC)
    }
    /// Where something without a place of its own is put until somebody says better.
    pub fn middle(&self) -> Place {
        self.middle_of(&self.directory.read())
    }
    /// The same, of a directory that is being read: the middle of the known points, or else of the town,
    /// or else of the masters' homes.
    pub fn middle_of(&self, directory: &Directory) -> Place {
        let points: Vec<Place> = directory.points.values().take(200).map(|point| point.place).collect();
        let homes = || directory.masters.values().map(|master| master.home).collect();
        let town = self.company.read().as_ref().map(|company| company.card.place);
        let some: Vec<Place> = match town {
            _ if !points.is_empty() => points,
            Some(town) => vec![town],
            None => homes(),
        };
        let count = some.len().max(1) as f64;
        let (lat, lon) = some.iter().fold((0.0, 0.0), |(a, b), p| (a + p.lat / count, b + p.lon / count));
        Place { lat, lon }
    }
    /// Real time in which so many city seconds pass.
    pub fn real(&self, city_seconds: i64) -> Duration {
        Duration::from_secs_f64(city_seconds.max(0) as f64 / self.clock.lapse().max(1e-3))
    }
    /// Puts a call that is over, or what became of its recording, where the screens list them.
    pub fn file_call(&self, call: &Call) {
        let mut directory = self.directory.write();
        let name = call.client.and_then(|id| directory.known_client(id)).map(|client| client.name.clone());
        let row = history_row(call, name.as_deref(), &*self.clock);
        directory.calls.put(call.id, row);
    }
    /// Tells a row.
    pub fn tell(&self, topic: &str, key: impl ToString, row: Option<Value>) {
        self.news.publish(topic, &key.to_string(), row);
    }
}
