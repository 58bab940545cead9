//! Figures of calls over any period: a fold over the same facts as the wall, that remembers what counted when.

pub mod figures;
mod marks;

use crate::{
    calls::{
        call::CallEvent,
        callback::CallbackEvent,
        operator::Presence,
        outside::OutsideEvent,
        report::marks::{Mark, Marked, NOBODY, Names},
        wallboard::WallRule,
        wrap_up::UNSPECIFIED,
    },
    ports::Fact,
};
use figures::Figures;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// By what figures are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The day of the house's zone.
    Day,
    /// The hour of the day, over all days.
    Hour,
    /// The queue that the call was in last.
    Queue,
    /// Who was rung, answered or wrote it down.
    Operator,
    /// The line it came by.
    Trunk,
    /// What it was about.
    Disposition,
}

/// What is known of one call.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    came: Timestamp,
    inbound: bool,
    over: bool,
    answered: Option<Timestamp>,
    ended: Option<Timestamp>,
    held: Option<Timestamp>,
    hold_ms: i64,
    operator: u32,
    queue: u32,
    trunk: u32,
    disposition: u32,
}

/// The fold. It may go on from where it stood.
#[derive(Debug, Clone, Default)]
pub struct CallBooks {
    rule: WallRule,
    names: Names,
    calls: HashMap<String, u32>,
    lines: Vec<Line>,
    marks: Vec<Marked>,
    presence: BTreeMap<u32, Vec<(Timestamp, Presence)>>,
}

impl CallBooks {
    /// Nothing has happened yet.
    pub fn new(rule: WallRule) -> Self {
        Self { rule, names: Names::default(), ..Self::default() }
    }
    /// How many calls are known.
    pub fn calls(&self) -> usize {
        self.lines.len()
    }
    /// Takes a fact in, in the order of the journal; others than those of calls, callbacks and operators are passed over.
    pub fn hear(&mut self, fact: &Fact) {
        match fact.name.split('.').next() {
            Some("presence") if fact.name == "presence.changed" => {
                let Ok(presence) = serde_json::from_value(fact.data.clone()) else { return };
                let operator = self.names.number(&fact.entity);
                self.presence.entry(operator).or_default().push((fact.at, presence));
            }
            Some("callback") => {
                let mark = match serde_json::from_value::<CallbackEvent>(fact.data.clone()) {
                    Ok(CallbackEvent::Created) => Mark::CallbackMade,
                    Ok(CallbackEvent::Finished { reached: true } | CallbackEvent::Cancelled) => {
                        Mark::CallbackKept
                    }
                    _ => return,
                };
                self.marks.push(Marked { at: fact.at, call: NOBODY, operator: NOBODY, mark });
            }
            Some("call") => {
                let Ok(event) = serde_json::from_value::<CallEvent>(fact.data.clone()) else { return };
                self.call(&fact.entity, &event, fact.at);
                self.whereabouts(fact);
            }
            _ => {}
        }
    }
    /// In which queue a call waits and by which line it came, where its fact says so.
    fn whereabouts(&mut self, fact: &Fact) {
        let said = |name: &str| fact.data.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
        let (queue, trunk) = (said("queue"), said("trunk"));
        let Some(&number) = self.calls.get(&fact.entity).filter(|_| queue.is_some() || trunk.is_some())
        else {
            return;
        };
        let (queue, trunk) = (queue.map(|it| self.names.number(it)), trunk.map(|it| self.names.number(it)));
        let line = &mut self.lines[number as usize];
        (line.queue, line.trunk) = (queue.unwrap_or(line.queue), trunk.unwrap_or(line.trunk));
    }
    fn ms(&self, from: Timestamp, to: Timestamp) -> i64 {
        let city = to.duration_since(from).as_millis().max(0);
        (city as f64 / self.rule.lapse.max(1e-3)).round() as i64
    }
    fn mark(&mut self, call: u32, at: Timestamp, mark: Mark) {
        let operator = self.lines[call as usize].operator;
        self.marks.push(Marked { at, call, operator, mark });
    }
    fn begin(&mut self, name: &str, at: Timestamp, inbound: bool) {
        let number = u32::try_from(self.lines.len()).unwrap_or(NOBODY);
        self.calls.insert(name.to_owned(), number);
        self.lines.push(Line {
            came: at,
            inbound,
            over: false,
            answered: None,
            ended: None,
            held: None,
            hold_ms: 0,
            operator: NOBODY,
            queue: NOBODY,
            trunk: NOBODY,
            disposition: NOBODY,
        });
        self.mark(number, at, if inbound { Mark::Offered } else { Mark::Dialed });
    }
    fn call(&mut self, name: &str, event: &CallEvent, at: Timestamp) {
        match event {
            CallEvent::Incoming => return self.begin(name, at, true),
            CallEvent::Dialed { operator } => {
                self.begin(name, at, false);
                let who = self.names.number(&operator.to_string());
                if let Some(line) = self.lines.last_mut() {
                    line.operator = who;
                }
                return;
            }
            _ => {}
        }
        let Some(&number) = self.calls.get(name) else { return self.unknown(event, at) };
        self.step(number, event, at);
    }
    /// A call whose beginning nobody has told: what counts by itself still counts, as on the wall.
    fn unknown(&mut self, event: &CallEvent, at: Timestamp) {
        let mark = match event {
            CallEvent::Requeued { .. } => Mark::Missed,
            CallEvent::Transferred { .. } | CallEvent::TakenOver { .. } | CallEvent::Redirected { .. } => {
                Mark::Transferred
            }
            CallEvent::Outside(OutsideEvent::Given { .. }) => Mark::Transferred,
            CallEvent::CallbackPromised => Mark::Promised,
            CallEvent::VoicemailLeft { .. } => Mark::Voicemail,
            CallEvent::Closed { disposition, .. }
            | CallEvent::Outside(OutsideEvent::WrittenDown { disposition, .. })
                if disposition == UNSPECIFIED =>
            {
                Mark::Unspecified
            }
            _ => return,
        };
        self.marks.push(Marked { at, call: NOBODY, operator: NOBODY, mark });
    }
    fn step(&mut self, number: u32, event: &CallEvent, at: Timestamp) {
        let place = number as usize;
        match event {
            CallEvent::Offered { operator } => {
                self.lines[place].operator = self.names.number(&operator.to_string());
                self.mark(number, at, Mark::Rung);
            }
            CallEvent::Requeued { .. } => self.mark(number, at, Mark::Missed),
            CallEvent::Transferred { operator } | CallEvent::TakenOver { operator } => {
                self.mark(number, at, Mark::Transferred);
                self.lines[place].operator = self.names.number(&operator.to_string());
            }
            CallEvent::Redirected { .. } | CallEvent::Outside(OutsideEvent::Given { .. }) => {
                self.mark(number, at, Mark::Transferred);
            }
            CallEvent::Answered => self.answered(number, at),
            CallEvent::Held
            | CallEvent::Consulted { .. }
            | CallEvent::Outside(OutsideEvent::Asked { .. }) => {
                let line = &mut self.lines[place];
                line.held = line.held.or(Some(at));
            }
            CallEvent::Resumed | CallEvent::ConsultEnded | CallEvent::Conferenced => self.unheld(number, at),
            CallEvent::Ended { .. } => {
                self.unheld(number, at);
                self.lines[place].ended = Some(at);
            }
            CallEvent::Closed { disposition, .. }
            | CallEvent::Outside(OutsideEvent::WrittenDown { disposition, .. }) => {
                self.written_down(number, disposition, at);
            }
            CallEvent::CallbackPromised => self.over(number, at, Mark::Promised),
            CallEvent::VoicemailLeft { .. } => self.over(number, at, Mark::Voicemail),
            CallEvent::Abandoned | CallEvent::Failed { .. } => {
                let line = self.lines[place];
                if line.over {
                    return;
                }
                if line.inbound && line.answered.is_none() {
                    let waited = self.ms(line.came, at);
                    let short = i128::from(waited) < self.rule.short.as_millis();
                    self.mark(number, at, Mark::Abandoned { short });
                }
                self.lines[place].over = true;
            }
            _ => {}
        }
    }
    fn over(&mut self, number: u32, at: Timestamp, mark: Mark) {
        self.mark(number, at, mark);
        self.lines[number as usize].over = true;
    }
    fn unheld(&mut self, number: u32, at: Timestamp) {
        if let Some(held) = self.lines[number as usize].held.take() {
            let ms = self.ms(held, at);
            self.lines[number as usize].hold_ms += ms;
        }
    }
    fn answered(&mut self, number: u32, at: Timestamp) {
        let line = self.lines[number as usize];
        if line.over || line.answered.is_some() {
            return;
        }
        self.lines[number as usize].answered = Some(at);
        if line.inbound {
            let waited_ms = self.ms(line.came, at);
            let in_time = i128::from(waited_ms) <= self.rule.in_time.as_millis();
            self.mark(number, at, Mark::Answered { waited_ms, in_time });
        }
    }
    fn written_down(&mut self, number: u32, disposition: &str, at: Timestamp) {
        self.unheld(number, at);
        let said = self.names.number(disposition);
        let line = self.lines[number as usize];
        self.lines[number as usize].disposition = said;
        if disposition == UNSPECIFIED {
            self.mark(number, at, Mark::Unspecified);
        }
        let answered = line.answered.filter(|_| !line.over);
        if let Some(answered) = answered {
            let handling_ms = self.ms(answered, at);
            let wrap_ms = line.ended.map_or(0, |ended| self.ms(ended, at)).min(handling_ms);
            let hold_ms = line.hold_ms.min(handling_ms - wrap_ms);
            self.mark(number, at, Mark::Handled { handling_ms, hold_ms, wrap_ms });
        }
        self.lines[number as usize].over = true;
    }
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRow {
    /// The day, the hour, a name, or the id of an operator; empty: none of them.
    pub key: String,
    /// Its figures.
    pub figures: Figures,
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// By keys, in their order.
    pub rows: Vec<ReportRow>,
    /// All of it.
    pub total: Figures,
}

impl CallBooks {
    /// Figures of what counted from an instant to a later one. Who is not over yet at `now` counts so far.
    pub fn report(&self, from: Timestamp, until: Timestamp, by: By, now: Timestamp) -> Report {
        let mut rows: BTreeMap<String, Figures> = BTreeMap::new();
        let mut total = Figures::default();
        let mut labels: HashMap<i64, String> = HashMap::new();
        for marked in self.marks.iter().filter(|it| from <= it.at && it.at < until) {
            // Rings and misses are of operators, not of calls: they show with whom they were.
            total.count(marked.mark);
            let key = match by {
                By::Day | By::Hour => self.time_key(marked.at, by, &mut labels),
                _ => self.names.name(self.part(marked, by)).to_owned(),
            };
            rows.entry(key).or_default().count(marked.mark);
        }
        for (operator, story) in &self.presence {
            self.at_work(*operator, story, (from, until.min(now)), by, &mut rows, &mut total);
        }
        let rows = rows.into_iter().map(|(key, figures)| ReportRow { key, figures }).collect();
        Report { rows, total }
    }
    fn part(&self, marked: &Marked, by: By) -> u32 {
        let Some(line) = self.lines.get(marked.call as usize) else { return NOBODY };
        match by {
            By::Queue => line.queue,
            By::Trunk => line.trunk,
            By::Disposition => line.disposition,
            By::Operator | By::Day | By::Hour => marked.operator,
        }
    }
    /// The label of an instant; hours are looked up once.
    fn time_key(&self, at: Timestamp, by: By, labels: &mut HashMap<i64, String>) -> String {
        // Zones differ from UTC by quarters of an hour at the least.
        let quarter = at.as_second().div_euclid(900);
        let label = || {
            let local = at.to_zoned(self.rule.zone.clone());
            match by {
                By::Day => local.date().to_string(),
                _ => format!("{:02}", local.hour()),
            }
        };
        labels.entry(quarter).or_insert_with(label).clone()
    }
    /// Time an operator was at work, and of it with calls. By hours it is cut at each of them.
    fn at_work(
        &self,
        operator: u32,
        story: &[(Timestamp, Presence)],
        (from, until): (Timestamp, Timestamp),
        by: By,
        rows: &mut BTreeMap<String, Figures>,
        total: &mut Figures,
    ) {
        let mut labels = HashMap::new();
        for (place, (since, presence)) in story.iter().enumerate() {
            let occupied = matches!(presence, Presence::Busy | Presence::WrapUp);
            if !occupied && !matches!(presence, Presence::Ready | Presence::Ringing) {
                continue;
            }
            let ends = story.get(place + 1).map_or(until, |(next, _)| *next);
            let (mut at, ends) = ((*since).max(from), ends.min(until));
            while at < ends {
                let quarter = at.as_second().div_euclid(900) + 1;
                let next = Timestamp::from_second(quarter * 900).unwrap_or(ends);
                let next = if matches!(by, By::Day | By::Hour) { next.min(ends) } else { ends };
                let ms = self.ms(at, next);
                let add = |figures: &mut Figures| figures.works(ms, occupied);
                add(total);
                match by {
                    By::Day | By::Hour => add(rows.entry(self.time_key(at, by, &mut labels)).or_default()),
                    By::Operator => add(rows.entry(self.names.name(operator).to_owned()).or_default()),
                    By::Queue | By::Trunk | By::Disposition => {}
                }
                at = next;
            }
        }
    }
}
