//! A switchboard that does nothing but remember its orders; what happens on its lines is told by the test.

use crate::kit::bell::Bell;
use actix::Addr;
use actors::call_centre::telephony::{OnTheLine, Telephony};
use domain::{
    calls::line::{CallControl, Leg, LineEvent, LineOrder, Survivor},
    lines::line_book::Lines,
    ports::Later,
    refusal::Refusal,
    values::id::OperatorId,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

/// The first leg that the house dials; callers' legs are below.
const FIRST_DIALLED: u64 = 1_000_000;

/// The switchboard.
pub struct ScriptedLine {
    bell: Arc<Bell>,
    orders: Mutex<Vec<LineOrder>>,
    dialled: AtomicU64,
    called: AtomicU64,
    cut: AtomicBool,
    survivors: Vec<Survivor>,
    /// Where a desk phone tells at the very moment it is rung that it was answered.
    at_once: Mutex<Option<Addr<Telephony>>>,
    /// The lines it was told to serve, one after the other.
    served: Mutex<Vec<Lines>>,
    /// How many batches wait for the journal, as it was told last.
    unkept: AtomicUsize,
}

impl ScriptedLine {
    /// A quiet line; the legs of callers are counted from `first`.
    pub fn new(bell: Arc<Bell>, first: u64, survivors: Vec<Survivor>) -> Self {
        let orders = Mutex::new(Vec::new());
        Self {
            bell,
            orders,
            dialled: AtomicU64::new(FIRST_DIALLED),
            called: AtomicU64::new(first),
            cut: AtomicBool::new(false),
            survivors,
            at_once: Mutex::new(None),
            served: Mutex::default(),
            unkept: AtomicUsize::new(0),
        }
    }
    /// A leg for a caller.
    pub fn caller_leg(&self) -> Leg {
        Leg(self.called.fetch_add(1, Ordering::SeqCst))
    }
    /// Desk phones answer while the order to ring them is still being given.
    pub fn answers_at_once(&self, telephony: Addr<Telephony>) {
        *self.at_once.lock() = Some(telephony);
    }
    /// The lines it was told to serve, one after the other.
    pub fn served(&self) -> Vec<Lines> {
        self.served.lock().clone()
    }
    /// How many batches wait for the journal, as it was told last.
    pub fn unkept(&self) -> usize {
        self.unkept.load(Ordering::SeqCst)
    }
    /// From now on no order is taken.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }
    /// Was this ordered?
    pub fn was_told(&self, order: &LineOrder) -> bool {
        self.orders.lock().contains(order)
    }
    /// How many times it was ordered.
    pub fn times_told(&self, order: &LineOrder) -> usize {
        self.orders.lock().iter().filter(|o| *o == order).count()
    }
    /// The newest leg to an operator's browser.
    pub fn browser_leg(&self, operator: OperatorId) -> Option<Leg> {
        self.session_leg(&operator.to_string())
    }
    /// The newest leg to a number of the town.
    pub fn number_leg(&self, wanted: &str) -> Option<Leg> {
        self.orders.lock().iter().rev().find_map(|order| match order {
            LineOrder::DialNumber { leg, number, .. } if number == wanted => Some(*leg),
            _ => None,
        })
    }
    /// The newest leg to a browser, by its session.
    pub fn session_leg(&self, wanted: &str) -> Option<Leg> {
        self.orders.lock().iter().rev().find_map(|order| match order {
            LineOrder::DialBrowser { leg, session, .. } if session == wanted => Some(*leg),
            _ => None,
        })
    }
    /// The newest leg to a desk phone.
    pub fn phone_leg(&self, wanted: &str) -> Option<Leg> {
        self.orders.lock().iter().rev().find_map(|order| match order {
            LineOrder::DialPhone { leg, account, .. } if account == wanted => Some(*leg),
            _ => None,
        })
    }
    /// With whom a leg was bridged.
    pub fn partner(&self, caller: Leg) -> Option<Leg> {
        self.orders.lock().iter().find_map(|order| match order {
            LineOrder::Bridge(a, b) if *a == caller => Some(*b),
            _ => None,
        })
    }
    /// Was the leg refused or hung up by the house?
    pub fn is_over(&self, leg: Leg) -> bool {
        self.orders.lock().iter().any(|order| match order {
            LineOrder::Hangup(ended) | LineOrder::Reject(ended, _) => *ended == leg,
            _ => false,
        })
    }
}

impl CallControl for ScriptedLine {
    fn order(&self, order: LineOrder) -> Result<(), Refusal> {
        if self.cut.load(Ordering::SeqCst) {
            return Err(Refusal::unavailable("the line was cut by a test"));
        }
        if let (LineOrder::DialPhone { leg, .. }, Some(telephony)) = (&order, &*self.at_once.lock()) {
            telephony.do_send(OnTheLine(LineEvent::Answered { leg: *leg }));
        }
        self.orders.lock().push(order);
        self.bell.ring();
        Ok(())
    }
    fn unkept(&self, batches: usize) {
        self.unkept.store(batches, Ordering::SeqCst);
        self.bell.ring();
    }
    fn fresh_leg(&self) -> Leg {
        Leg(self.dialled.fetch_add(1, Ordering::SeqCst))
    }
    fn survivors(&self) -> Vec<Survivor> {
        self.survivors.clone()
    }
    fn browser_offer(&self, session: String, sdp: String) -> Later<Result<String, Refusal>> {
        Box::pin(std::future::ready(Ok(format!("answer to `{sdp}` of {session}"))))
    }
    fn prompts(&self) -> Vec<String> {
        ["closed", "main", "notice"].map(str::to_owned).to_vec()
    }
    fn has_prompt(&self, name: &str) -> bool {
        self.prompts().iter().any(|known| known == name)
    }
    fn fixed(&self) -> Value {
        json!({ "trunks": ["town"], "phones": [], "codecs": ["pcma", "pcmu", "g722"] })
    }
    fn can_serve(&self, lines: &Lines) -> Result<(), Refusal> {
        match lines.trunks.iter().find(|trunk| trunk.name == "town") {
            Some(_) => Err(Refusal::invalid("lines", "the trunk `town` is taken")),
            None => Ok(()),
        }
    }
    fn serve(&self, lines: &Lines) -> Result<(), Refusal> {
        self.served.lock().push(lines.clone());
        Ok(())
    }
}
