//! A branch: one open house on one thread, its ports in the test's hand.

use crate::kit::{
    bank::PaperBank, bell::Bell, clock::PausedClock, firm, ids::CountedIds, journal::MemoryJournal,
    line::ScriptedLine, news::Board, phones::Phones, post::PaperPost, tapes::Tapes,
};
use actix::Arbiter;
use actors::{
    call_centre::telephony::OnTheLine,
    directory::Directory,
    front_desk::FrontDesk,
    house::{Desk, House, Tuning},
    lines::InForce,
    opening::{Arbiters, open},
};
use domain::{
    calls::line::{LineEvent, Survivor},
    lines::line_book::Rules,
    ports::{Answer, Command, FrontDoor, Seat},
    refusal::Refusal,
};
use parking_lot::RwLock;
use serde_json::Value;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The house and its ports.
pub struct Branch {
    /// What the actors share.
    pub house: House,
    /// What is kept.
    pub journal: MemoryJournal,
    /// What the screens show.
    pub news: Arc<Board>,
    /// The city's clock.
    pub clock: Arc<PausedClock>,
    /// The switchboard.
    pub line: Arc<ScriptedLine>,
    /// The recordings.
    pub tapes: Arc<Tapes>,
    /// The bank.
    pub bank: Arc<PaperBank>,
    /// The push service of the masters' phones.
    pub phones: Arc<Phones>,
    /// Other programmes.
    pub post: Arc<PaperPost>,
    /// Rung when anything happens.
    pub bell: Arc<Bell>,
    door: FrontDesk,
    commands: AtomicU64,
    generation: u64,
    /// What the settings say of the lines.
    settings: InForce,
}

/// What may be tuned, with a solver that keeps still and a dispatcher who looks at the clock every fifteen seconds.
pub fn calm() -> Tuning {
    Tuning { slice: 0, tick: Duration::from_secs(15), ..Tuning::default() }
}

impl Branch {
    /// Opens the small firm with more rows.
    pub async fn open(more: impl FnOnce(&MemoryJournal)) -> Self {
        Self::tuned(calm(), 1.0, more).await
    }
    /// Opens the small firm on a clock of another speed and with other timings.
    pub async fn tuned(tuning: Tuning, lapse: f64, more: impl FnOnce(&MemoryJournal)) -> Self {
        Self::ruled(Rules::default(), tuning, lapse, more).await
    }
    /// The same with other queues and menus.
    pub async fn ruled(rules: Rules, tuning: Tuning, lapse: f64, more: impl FnOnce(&MemoryJournal)) -> Self {
        tokio::time::pause();
        let bell = Arc::new(Bell::default());
        let journal = MemoryJournal::new(Arc::clone(&bell));
        firm::small(&journal);
        more(&journal);
        let settings = InForce { rules, ..InForce::default() };
        Self::over(journal, bell, (tuning, settings), PausedClock::new(lapse), 1, vec![]).await
    }
    /// The process has died and is started again: other actors over what the journal of the first has kept.
    pub async fn reopened(&self) -> Self {
        self.reopened_with(vec![]).await
    }
    /// The same, so soon that these lines still stand.
    pub async fn reopened_with(&self, survivors: Vec<Survivor>) -> Self {
        let bell = Arc::new(Bell::default());
        let journal = self.journal.copied(Arc::clone(&bell));
        let tuning = (*self.house.tuning).clone();
        let said = (tuning, self.settings.clone());
        Self::over(journal, bell, said, self.clock.same(), self.generation + 1, survivors).await
    }
    async fn over(
        journal: MemoryJournal,
        bell: Arc<Bell>,
        (tuning, settings): (Tuning, InForce),
        clock: PausedClock,
        generation: u64,
        survivors: Vec<Survivor>,
    ) -> Self {
        let news = Arc::new(Board::new(Arc::clone(&bell)));
        let line = Arc::new(ScriptedLine::new(Arc::clone(&bell), generation * 100_000, survivors));
        let (clock, bank) = (Arc::new(clock), Arc::new(PaperBank::default()));
        let tapes = Arc::new(Tapes::default());
        let phones = Arc::new(Phones::new(Arc::clone(&bell)));
        let post = Arc::new(PaperPost::new(Arc::clone(&bell)));
        let house = House {
            journal: Arc::new(journal.clone()),
            news: Arc::clone(&news) as _,
            clock: Arc::clone(&clock) as _,
            ids: Arc::new(CountedIds::new(generation)),
            line: Arc::clone(&line) as _,
            recordings: Arc::clone(&tapes) as _,
            sheets: Arc::new(crate::kit::tapes::NoSheets),
            bank: Arc::clone(&bank) as _,
            push: Arc::clone(&phones) as _,
            secrets: Arc::new(crate::kit::bank::Notebook::default()),
            company: Arc::default(),
            policy: Arc::default(),
            post: Arc::clone(&post) as _,
            directory: Arc::new(RwLock::new(Directory::default())),
            tuning: Arc::new(tuning),
            lines: Arc::new(RwLock::new(Arc::new(settings.clone()))),
            wallboard: Arc::default(),
            unkept: Arc::default(),
            desk: Arc::new(OnceLock::new()),
        };
        let here = Arbiter::current();
        let arbiters = Arbiters { calls: here.clone(), field: here.clone(), dispatch: here };
        open(&house, &arbiters).await.expect("the house opens");
        let door = FrontDesk::new(house.clone());
        let commands = AtomicU64::new(0);
        Self {
            house,
            journal,
            news,
            clock,
            line,
            tapes,
            bank,
            phones,
            post,
            bell,
            door,
            commands,
            generation,
            settings,
        }
    }
    /// The instant by the city's clock.
    pub fn clock_now(&self) -> jiff::Timestamp {
        self.house.now()
    }
    /// The addresses of those of whom there is one.
    pub fn desk(&self) -> &Desk {
        self.house.desk().expect("the house is open")
    }
    /// A command under a fresh identity.
    pub async fn says(&self, seat: &Seat, name: &str, args: Value) -> Result<Value, Refusal> {
        let id = format!("{}-{}", self.generation, self.commands.fetch_add(1, Ordering::SeqCst));
        self.repeats(seat, &id, name, args).await.map(|answer| answer.ok)
    }
    /// A command under a given identity.
    pub async fn repeats(&self, seat: &Seat, id: &str, name: &str, args: Value) -> Result<Answer, Refusal> {
        self.sends(seat, Command { id: id.into(), name: name.into(), args, rev: None }).await
    }
    /// A whole command.
    pub async fn sends(&self, seat: &Seat, command: Command) -> Result<Answer, Refusal> {
        self.door.command(seat.clone(), command).await
    }
    /// What else the screens ask of the house.
    pub fn door(&self) -> &FrontDesk {
        &self.door
    }
    /// Something happens on a line.
    pub async fn hears(&self, event: LineEvent) {
        self.desk().telephony.send(OnTheLine(event)).await.expect("telephony lives");
    }
    /// Waits for something; see [`Bell::until`].
    pub async fn until<T>(&self, what: &str, look: impl FnMut() -> Option<T>) -> T {
        self.bell.until(what, look).await
    }
    /// Waits until it is so; see [`Bell::until`].
    pub async fn sees(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        self.bell.until(what, || is_so().then_some(())).await;
    }
    /// Lets time pass; every timer on the way goes off at its own instant.
    pub async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
    /// Lets everybody do what they have to do, in no time worth naming.
    pub async fn settles(&self) {
        self.pass(Duration::from_millis(1)).await;
    }
}
