//! The wiring of one firm: every part made once, in order, on one screen.

use crate::{
    actor_system::ActorSystem,
    bank::DemoBank,
    cli::Farewell,
    clock::{FreshIds, HouseClock},
    files,
    journal::StoreJournal,
    line::{Line, heard},
    recordings::Tapes,
    secretary::Secretary,
    settings::Settings,
    sheets::Tables,
    sounds::Sounds,
    telephone::{codecs, switchboard_settings},
    traces::Memory,
};
use actix::MailboxError;
use actors::{
    call_centre::telephony::{OnTheLine, Telephony},
    directory::Directory,
    front_desk::FrontDesk,
    house::{House, Tuning},
    lines::{InForce, kept_book},
    opening::open,
};
use anyhow::Context;
use axum::Router;
use domain::{
    access::secrets::Secrets,
    lines::line_book::Lines,
    ports::{Clock, Journal},
    visits::notice::Ladder,
};
use hooks::Postman;
use jiff::SignedDuration;
use parking_lot::RwLock;
use push::Bell;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::{Shelf, Store};
use telephony::{PhoneAccount, Switchboard, SwitchboardHandle, TrunkPeer};
use tokio::runtime::Handle;
use web::{DemoLogin, Hub, WebState};

/// The longest table that is brought in, in bytes.
const LONGEST_TABLE: u64 = 32 << 20;
/// How long an orderly end may take; what was answered is kept in any case.
const LONGEST_CLOSE: Duration = Duration::from_secs(5);

/// Everything of a firm behind the door of HTTP.
pub(crate) struct Firm {
    /// What who founds the firm must know; `None` when there are people already.
    pub(crate) first_key: Option<String>,
    /// What the actors share.
    pub(crate) house: House,
    /// Live topics.
    pub(crate) hub: Arc<Hub>,
    /// The switchboard.
    pub(crate) switchboard: Arc<SwitchboardHandle>,
    store: Store,
    actors: ActorSystem,
}

/// What a demo brings along, or a process with several firms.
#[derive(Default)]
pub struct Extras {
    /// Logins shown at the door.
    pub logins: Option<Vec<DemoLogin>>,
    /// Desk phones of robots.
    pub phones: Vec<PhoneAccount>,
    /// Lines of the town.
    pub trunks: Vec<TrunkPeer>,
    /// The firm's name, where it is one of several.
    pub firm: Option<String>,
}

async fn tuning(settings: &Settings, extras: &Extras) -> anyhow::Result<Tuning> {
    let roads = settings.roads.clone();
    let mut dids = extras.trunks.iter().flat_map(|t| &t.dids);
    Ok(Tuning {
        in_time: Duration::from_secs(settings.calls.in_time_seconds),
        short_wait: Duration::from_secs(settings.calls.short_wait_seconds),
        record: settings.calls.recordings.is_some(),
        own_number: dids.next().cloned().unwrap_or_default(),
        wrap_up: Duration::from_secs(settings.calls.wrap_up_seconds),
        keep_recordings: Duration::from_secs(settings.calls.keep_recordings_days * 86_400),
        ring: Duration::from_secs(settings.calls.ring_seconds),
        longest_wait: Duration::from_secs(settings.calls.longest_wait_seconds),
        dispatch_ahead_seconds: settings.dispatch.ahead_minutes * 60,
        offer_seconds: settings.dispatch.offer_minutes * 60,
        freeze_seconds: settings.dispatch.freeze_minutes * 60,
        ladder: Ladder {
            push_after: SignedDuration::from_secs(settings.push.after_seconds),
            call_after: SignedDuration::from_mins(settings.push.call_minutes),
            ..Ladder::default()
        },
        proposals: settings.proposals.policy(settings.dispatch.freeze_minutes),
        slice: settings.dispatch.slice,
        travel: tokio::task::spawn_blocking(move || crate::roads::travel(&roads)).await??,
        ..Tuning::default()
    })
}

/// The lines to begin with: the book that an administrator has written, else what the settings say.
async fn lines(settings: &Settings, journal: &dyn Journal) -> anyhow::Result<InForce> {
    let said = settings.lines();
    let (ver, lines) = match kept_book(journal).await? {
        Some(book) => {
            let unread = said != Lines { head_start: said.head_start, ..Lines::default() };
            if unread {
                tracing::info!(
                    "the book of lines is in force; trunks, phones, queues and menus of the settings are not"
                );
            }
            (book.ver, book.lines)
        }
        None => (0, said),
    };
    let rules = lines.rules()?;
    Ok(InForce { ver, lines, rules })
}

/// Passes on what the line says, as long as somebody listens.
async fn pass_on(
    mut line_events: tokio::sync::mpsc::Receiver<telephony::LineEvent>,
    telephony: actix::Addr<Telephony>,
) {
    while let Some(event) = line_events.recv().await {
        let Some(event) = heard(event) else { continue };
        match telephony.send(OnTheLine(event)).await {
            Ok(()) => {}
            // the actors have ended: what the line still says while it closes concerns nobody
            Err(MailboxError::Closed) => break,
            Err(error) => tracing::error!(%error, "telephony lost an event of the line"),
        }
    }
}

/// Whoever rings masters' phones, with the house's own key.
fn bell(settings: &Settings, folder: &std::path::Path) -> anyhow::Result<Bell> {
    Ok(Bell::new(files::push_key(folder)?, &settings.push.contact, settings.push.plain)?)
}

impl Firm {
    /// Opens over an open store; returns when work is let in, with what answers HTTP.
    pub(crate) async fn open(
        settings: &Settings,
        store: Store,
        clock: Arc<dyn Clock>,
        extras: Extras,
    ) -> anyhow::Result<(Self, Router)> {
        let journal: Arc<dyn Journal> = Arc::new(StoreJournal::new(store.clone(), Handle::current()));
        let hub = Arc::new(Hub::new());
        let (events, line_events) = tokio::sync::mpsc::channel(1024);
        let lines = lines(settings, &*journal).await?;
        let usual = codecs(&settings.sip.codecs)?;
        let switchboard = switchboard_settings(settings, &lines.lines, &extras)?;
        let switchboard = Arc::new(Switchboard::start(switchboard, events)?);
        let label = settings.calls.label.as_deref().map(domain::calls::auto_dial::label).transpose()?;
        let sounds = Sounds::read(&settings.calls.prompts, settings.calls.recordings.clone())?;
        let tuning = tuning(settings, &extras).await?;
        let (logins, extras) = (extras.logins.clone(), Arc::new(extras));
        let folder = files::folder(settings);
        let tables = Shelf::new(folder.join("imports")).holding(LONGEST_TABLE);
        let company = Arc::new(RwLock::new(None));
        let clock: Arc<dyn Clock> = Arc::new(HouseClock { clock, company: Arc::clone(&company) });
        let house = House {
            journal,
            news: Arc::clone(&hub) as _,
            clock: Arc::clone(&clock),
            ids: Arc::new(FreshIds),
            recordings: Arc::new(Tapes::new(sounds.clone())),
            line: Arc::new(Line::new(Arc::clone(&switchboard), &lines.lines, (extras, usual), sounds, label)),
            sheets: Arc::new(Tables(tables.clone())),
            bank: Arc::new(DemoBank),
            push: Arc::new(bell(settings, &folder)?),
            secrets: Arc::new(Secretary),
            company,
            policy: Arc::default(),
            post: Arc::new(Postman::new(settings.hooks.allowed())?),
            directory: Arc::new(RwLock::new(Directory::default())),
            tuning: Arc::new(tuning),
            lines: Arc::new(RwLock::new(Arc::new(lines))),
            wallboard: Arc::default(),
            unkept: Arc::default(),
            desk: Arc::new(OnceLock::new()),
        };
        let (actors, arbiters) = ActorSystem::start()?;
        open(&house, &arbiters).await?;
        let telephony = house.desk.get().context("the house did not open")?.telephony.clone();
        tokio::spawn(pass_on(line_events, telephony));
        let desk = FrontDesk::new(house.clone());
        desk.resume_imports().await?;
        desk.settle_points("house").await?;
        let first_key = house.directory.read().users.is_empty().then(|| Secretary.fresh());
        desk.warm_reports();
        let state = WebState {
            first_key: first_key.clone().unwrap_or_default(),
            door: Arc::new(desk),
            hub: Arc::clone(&hub),
            clock,
            blobs: Arc::new(Shelf::new(&folder)),
            tables: Arc::new(tables),
            recordings: Arc::clone(&house.recordings),
            traces: Arc::new(Memory(Arc::clone(&switchboard))),
            link_key: files::link_key(&folder)?,
            demo: logins,
        };
        Ok((Self { first_key, house, hub, switchboard, store, actors }, web::router(state)))
    }
    /// Ends as it was told: calls end too, or wait for the next process.
    pub(crate) async fn end(self, farewell: Farewell) {
        if farewell == Farewell::Leave {
            tracing::info!("the server leaves; its calls stand");
            self.switchboard.leave();
        }
        self.stop().await;
    }
    /// Stops taking work, lets what was handed in be kept, and gives the store back to the disk.
    pub(crate) async fn stop(self) {
        let Self { house, hub, switchboard, store, actors, .. } = self;
        hub.close();
        switchboard.shutdown();
        let thread = actors.stop();
        drop(house);
        let joined = tokio::task::spawn_blocking(move || thread.map(std::thread::JoinHandle::join));
        in_time(async {
            let _ended = joined.await;
            store.close().await;
        })
        .await;
    }
}

/// Gives the store of a firm that could not open back to the disk, so that it may be opened again.
pub(crate) async fn give_back(store: Store) {
    in_time(store.close()).await;
}

async fn in_time(closing: impl Future<Output = ()>) {
    if tokio::time::timeout(LONGEST_CLOSE, closing).await.is_err() {
        tracing::warn!("the store was still in use at the end; what was answered is kept");
    }
}
