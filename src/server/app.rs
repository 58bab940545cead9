//! A server of one firm: its door, and the firm behind it.

pub use crate::firm::Extras;

use crate::{cli::Farewell, firm::Firm, settings::Settings};
use actors::house::House;
use anyhow::Context;
use axum::Router;
use domain::ports::Clock;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use store::Store;
use telephony::SwitchboardHandle;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};
use web::Hub;

/// A running server.
pub struct App {
    /// Where HTTP is answered.
    pub http: SocketAddr,
    /// Where SIP is answered.
    pub sip: SocketAddr,
    /// What who founds the firm must know; `None` when there are people already.
    pub first_key: Option<String>,
    /// What the actors share; tests reach in here.
    pub house: House,
    /// Live topics.
    pub hub: Arc<Hub>,
    /// The switchboard.
    pub switchboard: Arc<SwitchboardHandle>,
    firm: Firm,
    serving: Serving,
}

/// How long answers that are on their way are waited for at the end.
const LONGEST_ANSWER: Duration = Duration::from_secs(2);

/// Whoever answers at the door.
pub(crate) struct Serving {
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Serving {
    /// Lets nobody in any more, lets what was asked be answered, and hangs up on those that ask nothing: as long as
    /// their connections stand, what is behind the door cannot end.
    pub(crate) async fn end(self) {
        let Self { end, mut task } = self;
        // A door that is gone already needs no word.
        let _ = end.send(());
        if timeout(LONGEST_ANSWER, &mut task).await.is_err() {
            task.abort();
            let _aborted = task.await;
        }
    }
}

/// The door of HTTP, taken.
pub(crate) async fn listen(at: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(at).await.with_context(|| format!("cannot listen at `{at}`"))
}

/// Answers whoever knocks.
pub(crate) fn serve(listener: TcpListener, router: Router) -> Serving {
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let (end, told) = oneshot::channel();
    let told = async {
        // Whoever forgets to end it ends it.
        let _ = told.await;
    };
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(told).await {
            tracing::error!(%error, "http ended");
        }
    });
    Serving { end, task }
}

impl App {
    /// Starts everything over an open store; returns when work is let in.
    pub async fn start(
        settings: &Settings,
        store: Store,
        clock: Arc<dyn Clock>,
        extras: Extras,
    ) -> anyhow::Result<Self> {
        // The door is taken first: an address in use is said at once, and whoever knocks meanwhile waits instead of
        // being turned away.
        let listener = listen(settings.http.listen).await?;
        let http = listener.local_addr()?;
        let (firm, router) = Firm::open(settings, store, clock, extras).await?;
        let serving = serve(listener, router);
        let sip = firm.switchboard.sip_addr();
        tracing::info!(%http, %sip, "callout is open");
        let Firm { first_key, house, hub, switchboard, .. } = &firm;
        Ok(Self {
            http,
            sip,
            first_key: first_key.clone(),
            house: house.clone(),
            hub: Arc::clone(hub),
            switchboard: Arc::clone(switchboard),
            firm,
            serving,
        })
    }
    /// Ends as it was told: calls end too, or wait for the next process.
    pub(crate) async fn end(self, farewell: Farewell) {
        self.shut().await.end(farewell).await;
    }
    /// Stops taking work, lets what was handed in be kept, and gives the store back to the disk.
    pub async fn stop(self) {
        self.shut().await.stop().await;
    }
    /// Nobody is let in any more; gives the firm that was behind the door.
    async fn shut(self) -> Firm {
        let Self { house, hub, serving, firm, .. } = self;
        drop(house);
        hub.close();
        serving.end().await;
        firm
    }
}
