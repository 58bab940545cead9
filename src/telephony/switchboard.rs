//! The whole of it: started, commanded, shut down.

use std::collections::{BTreeMap, HashSet};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rsipstack::EndpointBuilder;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::Transport;
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::endpoint::EndpointOption;
use rsipstack::transport::TransportLayer;
use rsipstack::transport::udp::UdpConnection;
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::browser::Browsers;
use crate::counters::{Counted, Counters};
use crate::failure::{COMMANDS, CommandError, StartError};
use crate::line::{LegCommand, LegId, LineEvent};
use crate::media::apart::house::{self, Begin, Opened};
use crate::media::command::{MediaCommand, MediaSender};
use crate::media::port::Ports;
use crate::media::relay::Relay;
use crate::settings::Settings;
use crate::sip::bindings::{SavedBinding, writer};
use crate::sip::digest::Digests;
use crate::sip::edge::{Edge, Past};
use crate::sip::exchange::{Exchange, Inputs};
use crate::sip::gate::{Gate, Load};
use crate::sip::guard::Guard;
use crate::sip::kept::{KeptCaller, KeptGround};
use crate::sip::ledger::{Ledger, Left};
use crate::sip::orphans::Orphans;
use crate::sip::reaching::Ways;
use crate::sip::recovery::Replayed;
use crate::sip::registrar::Registrar;
use crate::sip::spending::Spending;
use crate::sip::streams::{self, Door, Streams};
use crate::sip::tls::{acceptor, connector};
use crate::sip::trunks::Trunks;
use crate::survivor::Survivor;
use crate::threads;
use crate::trace::{Carrier, TraceLine, Tracer};

/// Receive buffer asked of the system for the SIP port; it may give less.
const SIP_BUFFER: usize = 4 << 20;

/// The switchboard; see [`Switchboard::start`].
#[derive(Debug)]
pub struct Switchboard;

/// Where it listens, as told to others.
#[derive(Clone, Copy, Debug)]
struct Addresses {
    sip: SocketAddr,
    tcp: Option<SocketAddr>,
    tls: Option<SocketAddr>,
    webrtc: SocketAddr,
}

/// A running switchboard. Dropping the last handle shuts it down.
#[derive(Debug)]
pub struct SwitchboardHandle {
    commands: UnboundedSender<LegCommand>,
    load: Arc<Load>,
    addresses: Addresses,
    counters: Arc<Counters>,
    survivors: Vec<Survivor>,
    trace: Arc<Tracer>,
    stop: CancellationToken,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Switchboard {
    /// Starts listening. Events are waited for in order; a server that does not take them makes new calls get 503.
    pub fn start(settings: Settings, events: Sender<LineEvent>) -> Result<SwitchboardHandle, StartError> {
        if settings.advertised_ip().is_unspecified() {
            return Err(StartError::NoPublicAddress(settings.advertised_ip()));
        }
        let sip = listen(SocketAddr::new(settings.bind_ip, settings.sip_port))?;
        let sip_addr = SocketAddr::new(settings.advertised_ip(), sip.local_addr()?.port());
        if let Err(error) = socket2::SockRef::from(&sip).set_recv_buffer_size(SIP_BUFFER) {
            tracing::warn!(%error, "sip port keeps the system's receive buffer");
        }
        let doors = doors(&settings)?;
        let (ledger, left) = match &settings.ledger {
            Some(path) => {
                Ledger::open(path).map_err(|source| StartError::Ledger { path: path.clone(), source })?
            }
            None => (Ledger::none(), Left::default()),
        };
        let addr_of = |transport| {
            doors.iter().find(|open| open.door.transport == transport).map(|open| open.door.advertised)
        };
        let (tcp_addr, tls_addr) = (addr_of(Transport::Tcp), addr_of(Transport::Tls));
        let counters = Arc::new(Counters::default());
        let spending = Spending::open(settings.spending.as_deref(), (settings.clock.0)());
        let spending = spending.map_err(|source| {
            let path = settings.spending.clone().unwrap_or_default();
            StartError::Spending { path, source }
        })?;
        let (from_media, media_events) = unbounded_channel();
        let audio = audio(&settings, from_media, &counters)?;
        if audio.plain {
            tracing::warn!(
                "the audio's process is of an earlier version: G.711 alone is spoken while it lives"
            );
        }
        audio.media.send(MediaCommand::SpeakToBrowsers(settings.browser_codec));
        let survivors: Vec<Survivor> = left.legs.iter().map(|leg| leg.survivor(&audio.legs)).collect();
        survivors.iter().for_each(|survivor| survivor.leg.skip_to());
        audio.legs.iter().for_each(|leg| leg.skip_to());
        let webrtc_addr = audio.webrtc;
        let (commands, command_inbox) = unbounded_channel();
        let load = Arc::new(Load { max_calls: settings.max_calls, ..Load::default() });
        let stop = CancellationToken::new();
        let trace = Arc::new(Tracer::new(settings.trace, settings.clock.clone()));
        let parts = Parts {
            settings: Arc::new(settings),
            sip,
            sip_addr,
            doors,
            media: audio.media,
            unbroken: audio.legs,
            laws_alone: audio.plain,
            spending,
            media_events,
            commands: command_inbox,
            events,
            load: load.clone(),
            counters: counters.clone(),
            trace: trace.clone(),
            stop: stop.clone(),
            ledger: Arc::new(ledger),
            left,
        };
        let sip_thread = parts.spawn()?;
        let threads = Mutex::new(vec![sip_thread, audio.thread]);
        tracing::info!(sip = %sip_addr, webrtc = %webrtc_addr, "switchboard listens");
        let addresses = Addresses { sip: sip_addr, tcp: tcp_addr, tls: tls_addr, webrtc: webrtc_addr };
        Ok(SwitchboardHandle { commands, load, addresses, counters, trace, survivors, stop, threads })
    }
}

impl SwitchboardHandle {
    /// Gives a command without waiting. Only what makes more work is ever [`CommandError::Full`]; see
    /// [`LegCommand::settles`].
    pub fn command(&self, command: LegCommand) -> Result<(), CommandError> {
        if self.load.orders.fetch_add(1, Ordering::Relaxed) >= COMMANDS && !command.settles() {
            self.load.orders.fetch_sub(1, Ordering::Relaxed);
            return Err(CommandError::Full);
        }
        self.commands.send(command).map_err(|_| CommandError::Closed)
    }

    /// How many steps of calls the server has taken and not kept yet; above a limit new calls are turned away.
    pub fn unkept(&self, steps: usize) {
        self.load.unkept.store(steps, Ordering::Relaxed);
    }

    /// The legs that outlived a former process (killed, not shut down): each is there, or is told to have ended.
    pub fn survivors(&self) -> &[Survivor] {
        &self.survivors
    }

    /// Where SIP is spoken, as told to others.
    pub fn sip_addr(&self) -> SocketAddr {
        self.addresses.sip
    }
    /// Where SIP is spoken over TCP, if it is.
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.addresses.tcp
    }
    /// Where SIP is spoken over TLS, if it is.
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.addresses.tls
    }
    /// Where browsers send, as told to them.
    pub fn webrtc_addr(&self) -> SocketAddr {
        self.addresses.webrtc
    }
    /// One counter.
    pub fn count(&self, what: Counted) -> u64 {
        self.counters.get(what)
    }
    /// All counters by name.
    pub fn counters(&self) -> BTreeMap<&'static str, u64> {
        self.counters.snapshot()
    }

    /// The messages of one dialog as they went over the wire, oldest first; empty when the Call-ID is unknown or the
    /// dialog is older than what is remembered ([`crate::TraceLimits`]).
    pub fn trace(&self, call_id: &str) -> Vec<TraceLine> {
        self.trace.of(call_id)
    }

    /// Ends all calls and closes; returns at once. Events end when it is done.
    pub fn shutdown(&self) {
        self.stop.cancel();
    }

    /// Closes and leaves all calls standing for the next process, which takes them up by the ledger; whoever talks
    /// goes on talking where the audio has a process of its own. Returns at once.
    pub fn leave(&self) {
        self.load.leaving.store(true, Ordering::Relaxed);
        self.stop.cancel();
    }

    /// Waits until everything is closed, after [`SwitchboardHandle::shutdown`]; blocks the thread.
    pub fn join(&self) {
        for thread in std::mem::take(&mut *self.threads.lock()) {
            if thread.join().is_err() {
                tracing::error!("a thread of the switchboard panicked");
            }
        }
    }
}

impl Drop for SwitchboardHandle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The audio, in a thread or in a process of its own.
fn audio(
    settings: &Settings,
    events: UnboundedSender<LineEvent>,
    counters: &Arc<Counters>,
) -> Result<Opened, StartError> {
    let (bind, advertised) =
        (SocketAddr::new(settings.bind_ip, settings.webrtc_port), settings.advertised_ip());
    let report_every = settings.report_every;
    if let Some(apart) = settings.apart.clone() {
        let (counters, clock) = (counters.clone(), settings.clock.clone());
        let begin = Begin { bind, advertised, report_every };
        return house::open(apart, begin, events, counters, clock).map_err(StartError::Audio);
    }
    let socket = listen(bind)?;
    let webrtc = SocketAddr::new(advertised, socket.local_addr()?.port());
    let browsers = Browsers::new(socket, webrtc)?;
    let (media, thread) = Relay::start(browsers, report_every, events, counters.clone())?;
    Ok(Opened { media, thread, webrtc, legs: HashSet::new(), plain: false })
}

/// A listener of connections.
struct OpenDoor {
    listener: std::net::TcpListener,
    door: Door,
    tls: Option<TlsAcceptor>,
}

fn doors(settings: &Settings) -> Result<Vec<OpenDoor>, StartError> {
    let mut doors = Vec::new();
    let mut open = |port: u16, transport: Transport, tls: Option<TlsAcceptor>| {
        let address = SocketAddr::new(settings.bind_ip, port);
        let bound = std::net::TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        let listener = bound.map_err(|source| StartError::Bind { address, source })?;
        let advertised = SocketAddr::new(settings.advertised_ip(), listener.local_addr()?.port());
        doors.push(OpenDoor { listener, door: Door { transport, advertised }, tls });
        Ok::<(), StartError>(())
    };
    if let Some(port) = settings.tcp_port {
        open(port, Transport::Tcp, None)?;
    }
    if let Some(identity) = &settings.tls {
        open(identity.port, Transport::Tls, Some(acceptor(identity)?))?;
    }
    Ok(doors)
}

fn listen(address: SocketAddr) -> Result<UdpSocket, StartError> {
    let bound = UdpSocket::bind(address).and_then(|socket| {
        socket.set_nonblocking(true)?;
        Ok(socket)
    });
    bound.map_err(|source| StartError::Bind { address, source })
}

/// What the signalling thread begins with.
struct Parts {
    settings: Arc<Settings>,
    sip: UdpSocket,
    sip_addr: SocketAddr,
    doors: Vec<OpenDoor>,
    media: MediaSender,
    unbroken: HashSet<LegId>,
    laws_alone: bool,
    spending: Spending,
    media_events: UnboundedReceiver<LineEvent>,
    commands: UnboundedReceiver<LegCommand>,
    events: Sender<LineEvent>,
    load: Arc<Load>,
    counters: Arc<Counters>,
    trace: Arc<Tracer>,
    stop: CancellationToken,
    ledger: Arc<Ledger>,
    left: Left,
}

/// The stack, what comes in by it, and the way to whoever keeps registrations.
type Open = (
    rsipstack::transaction::Endpoint,
    TransactionReceiver,
    Option<std::sync::mpsc::Sender<Vec<SavedBinding>>>,
);

impl Parts {
    fn spawn(self) -> Result<JoinHandle<()>, StartError> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime =
            threads::under_span(runtime.worker_threads(2).thread_name("sip").enable_all()).build()?;
        let (started, outcome) = std::sync::mpsc::channel();
        let thread = threads::begin("sip-exchange", move || {
            runtime.block_on(self.run(&started));
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        })?;
        match outcome.recv() {
            Ok(Ok(())) => Ok(thread),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StartError::Stack("its thread died".to_owned())),
        }
    }

    async fn run(mut self, started: &std::sync::mpsc::Sender<Result<(), StartError>>) {
        let guard = Arc::new(Guard::new(self.settings.edge.clone(), &self.settings.trunks));
        let load = self.load.clone();
        let stack = CancellationToken::new();
        let known = [self.sip_addr].into_iter().chain(self.doors.iter().map(|open| open.door.advertised));
        let gate = Gate::new(known.collect(), guard.clone(), load.clone(), self.counters.clone());
        let gate = Arc::new(gate.traced(self.trace.clone()));
        let orphans = Arc::new(Orphans::new(std::mem::take(&mut self.left.invites)));
        let opened = self.open(gate, &stack, &orphans).await;
        let (endpoint, transactions, bindings) = match opened {
            Ok(open) => open,
            Err(error) => {
                // the starter waits for exactly this
                let _ = started.send(Err(error));
                return;
            }
        };
        let dialogs = Arc::new(DialogLayer::new(endpoint.inner.clone()));
        let serving = tokio::spawn({
            let inner = endpoint.inner.clone();
            async move { inner.serve().await }
        });
        let (events, told) = unbounded_channel();
        let telling = tokio::spawn(tell(told, self.events, load.clone()));
        let ((notices, noticed), (states, moved)) = (unbounded_channel(), dialogs.new_dialog_state_channel());
        let exchange = Exchange {
            bindings,
            orphans,
            dialogs,
            address: self.sip_addr,
            media: self.media,
            ports: Ports::new(self.settings.bind_ip, self.settings.media_ports),
            guard,
            load,
            counters: self.counters,
            digests: Digests::new(&self.settings.realm, &self.settings.digests),
            registrar: Registrar::default(),
            spending: self.spending,
            trunks: Trunks::new(&self.settings.trunks, std::time::Instant::now()),
            upkeep: std::collections::HashMap::new(),
            phones: self.settings.phones.clone(),
            codecs: self.settings.codecs.clone(),
            laws_alone: self.laws_alone,
            legs: std::collections::HashMap::new(),
            ledger: self.ledger,
            replayed: Replayed::default(),
            unbroken: self.unbroken,
            events,
            notices,
            states,
            owners: Default::default(),
            settings: self.settings,
        };
        let inputs = Inputs {
            commands: self.commands,
            transactions,
            notices: noticed,
            states: moved,
            media: self.media_events,
            stop: self.stop,
            left: self.left.legs,
        };
        // the starter may have given up
        let _ = started.send(Ok(()));
        // on the workers, beside the dialogs it talks to: to wake another thread for every step costs more than the step
        if let Err(error) = tokio::spawn(exchange.run(inputs)).await {
            tracing::error!(%error, "the exchange ended badly");
        }
        stack.cancel();
        endpoint.shutdown();
        serving.abort();
        let patience = std::time::Duration::from_secs(1);
        if tokio::time::timeout(patience, telling).await.is_err() {
            tracing::warn!("last events were not taken");
        }
    }

    /// Everything that can fail, before anything is promised.
    async fn open(
        &mut self,
        gate: Arc<Gate>,
        stack: &CancellationToken,
        orphans: &Arc<Orphans>,
    ) -> Result<Open, StartError> {
        let endpoint = self.endpoint(&gate, stack, orphans).await?;
        let transactions =
            endpoint.incoming_transactions().map_err(|error| StartError::Stack(error.to_string()))?;
        let stream_past = streams::Past { orphans: orphans.clone(), ledger: self.ledger.clone() };
        let streams = Streams {
            gate,
            endpoint: endpoint.inner.clone(),
            datagrams: self.sip_addr,
            stop: stack.clone(),
            open: Arc::default(),
            past: stream_past,
        };
        let tls = self.settings.tls.as_ref().map(connector).transpose()?;
        let ways = Ways { doors: self.doors.iter().map(|open| open.door).collect(), tls };
        streams.clone().open_doors(std::mem::take(&mut self.doors))?;
        streams.reach(self.waiting(|carrier| carrier != Carrier::Udp).collect(), &ways);
        let bindings = self.settings.bindings.clone().map(writer).transpose()?;
        Ok((endpoint, transactions, bindings))
    }

    /// Callers of a former process whom nobody answered.
    fn waiting(&self, wanted: impl Fn(Carrier) -> bool) -> impl Iterator<Item = KeptCaller> {
        self.left.legs.iter().filter_map(move |leg| match &leg.ground {
            KeptGround::Waiting(caller) if wanted(caller.carrier) => Some(caller.clone()),
            _ => None,
        })
    }

    /// What the edge has to do with a former process; its attempts to reach somebody are withdrawn.
    fn past(&self, orphans: &Arc<Orphans>) -> Result<Past, StartError> {
        let by_datagrams = self.waiting(|carrier| carrier == Carrier::Udp);
        let replays = Mutex::new(by_datagrams.map(|caller| (caller.invite, caller.source)).collect());
        let orphans = orphans.clone();
        if orphans.count() > 0 {
            let socket = tokio::net::UdpSocket::from_std(self.sip.try_clone()?)?;
            tokio::spawn(orphans.clone().withdraw(socket));
        }
        Ok(Past { replays, orphans, ledger: self.ledger.clone() })
    }

    async fn endpoint(
        &mut self,
        gate: &Arc<Gate>,
        stack: &CancellationToken,
        orphans: &Arc<Orphans>,
    ) -> Result<rsipstack::transaction::Endpoint, StartError> {
        let socket = tokio::net::UdpSocket::from_std(self.sip.try_clone()?)?;
        let edge = Edge::new(socket, self.sip_addr, gate.clone(), self.past(orphans)?);
        let connection = UdpConnection::from_socket(Arc::new(edge), None, Some(stack.child_token()))
            .await
            .map_err(|error| StartError::Stack(error.to_string()))?;
        let transport = TransportLayer::new(stack.clone());
        transport.add_transport(connection.into());
        let option =
            EndpointOption { callid_suffix: Some("callout".to_owned()), ..EndpointOption::default() };
        Ok(EndpointBuilder::new()
            .with_user_agent("callout")
            .with_cancel_token(stack.clone())
            .with_transport_layer(transport)
            .with_option(option)
            .build())
    }
}

impl Streams {
    /// Lets connections in by all doors.
    fn open_doors(self, doors: Vec<OpenDoor>) -> std::io::Result<()> {
        for OpenDoor { listener, door, tls } in doors {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::spawn(self.clone().listen(listener, door, tls));
        }
        Ok(())
    }
}

/// Carries events to the server, waiting for it as long as it takes.
async fn tell(mut told: UnboundedReceiver<LineEvent>, events: Sender<LineEvent>, load: Arc<Load>) {
    while let Some(event) = told.recv().await {
        if events.send(event).await.is_err() {
            return;
        }
        load.backlog.fetch_sub(1, Ordering::Relaxed);
    }
}
