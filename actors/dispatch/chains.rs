//! Visits that follow each other: in the solver's words, in the words of screens, and the commands that make them.

use crate::dispatch::{
    dispatcher::{Dispatcher, Order},
    orders::{Decided, args, changed, instant},
    planning::{GRAIN, Planner, moment},
    seats::key,
    words,
};
use domain::{
    book::{Book, draft::Draft},
    clients::point::ServicePoint,
    refusal::Refusal,
    values::id::{MasterId, VisitId},
    visits::{
        chain::{Again, Behind, Wait},
        visit::Visit,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use solver::{After, Delta, Event, Job};
use std::collections::BTreeMap;

/// Minutes of work of a further visit, unless somebody says otherwise.
const USUAL_MINUTES: u32 = 60;

/// Which visit each one follows that waits for another.
pub(super) type Chains = BTreeMap<VisitId, VisitId>;

fn seconds(minutes: u32) -> i64 {
    i64::from(minutes) * 60
}

/// When the visit before ends by the plan or did end, if anybody goes to it.
fn ends(visit: &Visit, book: &Book) -> Option<Timestamp> {
    match visit.behind(book) {
        Behind::Done(ended, _) => Some(ended),
        Behind::Live(first) => book.visits.get(&first)?.assignment.as_ref().map(|work| work.end),
        Behind::Nothing | Behind::Lost(_) => None,
    }
}
/// From when to when a visit may start by its chain, as the plan is now.
pub(super) fn open(visit: &Visit, book: &Book) -> (Option<Timestamp>, Option<Timestamp>) {
    let Some(wait) = &visit.wait else { return (None, None) };
    match ends(visit, book) {
        Some(ended) => (Some(wait.earliest(ended)), wait.latest(ended)),
        None => (wait.from, None),
    }
}

impl Planner {
    /// Takes a visit as the book has it, and whatever follows it. Gives what moved.
    pub fn sync_visit(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Vec<Delta> {
        match visit.preceded_by.filter(|first| visit.waits_for(*first)) {
            Some(first) => drop(self.chains.insert(visit.id, first)),
            None => drop(self.chains.remove(&visit.id)),
        }
        if self.is_held_back(visit, book) {
            return self.forget(visit.id).into_iter().collect();
        }
        let mut deltas = Vec::new();
        // What follows a visit that is over lets go of it before the planner forgets it.
        if !visit.is_over() {
            deltas.extend(self.sync_whole(visit, point, book, now));
        }
        for next in self.followers(visit.id) {
            if let Some(next) = book.visits.get(&next) {
                deltas.extend(self.sync_visit(next, point, book, now));
            }
        }
        if visit.is_over() {
            deltas.extend(self.sync_whole(visit, point, book, now));
        }
        deltas
    }
    /// Live visits that wait for another one.
    pub(super) fn followers(&self, first: VisitId) -> Vec<VisitId> {
        self.chains.iter().filter(|(_, before)| **before == first).map(|(id, _)| *id).collect()
    }
    /// Is there nothing to plan yet: the visit before is not planned itself, or was called off?
    fn is_held_back(&self, visit: &Visit, book: &Book) -> bool {
        if visit.window.is_some() || visit.assignment.is_some() || visit.is_over() {
            return false;
        }
        match visit.behind(book) {
            Behind::Live(first) => !self.jobs.contains(&first),
            Behind::Lost(_) => true,
            Behind::Nothing | Behind::Done(..) => false,
        }
    }
    fn forget(&mut self, visit: VisitId) -> Option<Delta> {
        self.forget_seats(visit);
        self.jobs.remove(&visit).then(|| self.tell(Event::JobRemoved { job: key(visit) })).flatten()
    }
    /// What a job waits for by its chain. A person's pin and work that is begun wait for nothing.
    pub(super) fn chain(&self, job: &mut Job, visit: &Visit, book: &Book) {
        let Some(wait) = visit.wait.as_ref().filter(|_| job.pinned.is_none() && job.started.is_none()) else {
            return;
        };
        job.release = wait.from.map(moment);
        let behind = visit.behind(book);
        let before: Option<MasterId> = match behind {
            Behind::Live(first) => book.visits.get(&first).and_then(Visit::master),
            Behind::Done(_, master) => master,
            Behind::Nothing | Behind::Lost(_) => None,
        };
        let shifts = before.or(visit.preferred).map(|id| self.shifts_from(id, i64::MIN)).unwrap_or_default();
        let mut told = false;
        match behind {
            Behind::Live(first) if self.jobs.contains(&first) => {
                let same_master = wait.again == Again::Required;
                let after = After {
                    most: wait.most.map(seconds),
                    same_master,
                    ..After::new(key(first), seconds(wait.least))
                };
                (job.after, told) = (Some(after), same_master);
            }
            Behind::Done(ended, _) => {
                job.release = Some(moment(wait.earliest(ended)));
                // What has ended cannot be moved any more: too late is late, and not left undone.
                let latest = wait.latest(ended).map(moment);
                job.due = job.due.into_iter().chain(latest).min();
            }
            _ => {}
        }
        match wait.again {
            Again::Required if !told => job.required.extend(shifts),
            Again::Preferred => job.preferred.extend(shifts),
            Again::Required | Again::Any => {}
        }
    }
}

/// What a visit waits for, for screens; `trouble` says what is wrong with it.
pub(super) fn follows(visit: &Visit, book: &Book) -> Option<Value> {
    let wait = visit.wait.as_ref()?;
    let first = visit.preceded_by.and_then(|id| book.visits.get(&id));
    let (earliest, latest) = open(visit, book);
    let start = visit.assignment.as_ref().map(|work| work.start);
    // What drifted by less is not told to the book.
    let grain = SignedDuration::from_secs(GRAIN as i64);
    let lead = first.and_then(|first| first.assignment.as_ref());
    let trouble = match visit.behind(book) {
        Behind::Lost(_) if visit.is_stranded(book) => Some("lost"),
        Behind::Live(_) if lead.is_none() => Some("waits"),
        _ if start.zip(earliest).is_some_and(|(start, earliest)| start + grain < earliest) => Some("early"),
        _ if start.zip(latest).is_some_and(|(start, latest)| start > latest + grain) => Some("late"),
        _ => None,
    };
    let mut row = json!({
        "visit": visit.preceded_by, "no": first.map(|first| first.no), "state": first.map(|first| first.state),
        "least_min": wait.least, "again": wait.again,
    });
    let known = [
        ("most_min", wait.most.map(Value::from)),
        ("from", wait.from.map(|from| json!(from.as_millisecond()))),
        ("part", (!wait.part.is_empty()).then(|| json!(wait.part))),
        ("earliest", earliest.map(|at| json!(at.as_millisecond()))),
        ("trouble", trouble.filter(|_| !visit.is_started() && !visit.is_over()).map(Value::from)),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            row[name] = value;
        }
    }
    Some(row)
}

/// What a visit waits for, in a dispatcher's words.
pub(super) fn sentence(visit: &Visit, desk: &Dispatcher) -> Option<String> {
    let (book, wait) = (&desk.book, visit.wait.as_ref()?);
    let first = visit.preceded_by.and_then(|id| book.visits.get(&id))?;
    let mut said = match visit.behind(book) {
        Behind::Lost(_) => format!("Выезд № {}, после которого этот должен быть, отменён.", first.no),
        Behind::Live(_) if first.assignment.is_none() => {
            format!("После выезда № {}, а он без мастера.", first.no)
        }
        _ => format!("После выезда № {}{}.", first.no, gap(wait)),
    };
    if wait.part.is_empty() && wait.from.is_none() {
        return Some(said);
    }
    let part = if wait.part.is_empty() {
        "запчасть".to_owned()
    } else {
        format!("запчасть «{}»", wait.part)
    };
    match wait.from {
        Some(from) => {
            let day = from.to_zoned(desk.house.zone()).strftime("%d.%m").to_string();
            said.push_str(&format!(" Нужна {part}: будет {day}."));
        }
        None => said.push_str(&format!(" Нужна {part}.")),
    }
    Some(said)
}
fn gap(wait: &Wait) -> String {
    let hours = |minutes: u32| match minutes {
        0..120 => format!("{minutes} мин"),
        _ if minutes.is_multiple_of(1440) => format!("{} дн.", minutes / 1440),
        _ => format!("{} ч", minutes.div_ceil(60)),
    };
    let least = (wait.least > 0).then(|| format!(", не раньше чем через {}", hours(wait.least)));
    let most = wait.most.map(|most| format!(", не позже чем через {}", hours(most)));
    let again = (wait.again == Again::Required).then(|| ", тот же мастер".to_owned());
    [least, most, again].into_iter().flatten().collect()
}

/// What was said of a gap, a part, and who comes again.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Said {
    visit: Option<VisitId>,
    minutes: Option<u32>,
    least_min: Option<u32>,
    most_min: Option<u32>,
    again: Option<Again>,
    from: Option<i64>,
    #[serde(default)]
    part: String,
}
impl Said {
    fn wait(&self) -> Result<Wait, Refusal> {
        Ok(Wait {
            least: self.least_min.unwrap_or(0),
            most: self.most_min,
            again: self.again.unwrap_or_default(),
            from: self.from.map(instant).transpose()?,
            part: self.part.clone(),
        })
    }
}
/// What a master says of a part that is missing; nothing when they say nothing of it.
pub(super) fn part(part: Option<String>, from: Option<i64>) -> Result<Option<Wait>, Refusal> {
    if part.is_none() && from.is_none() {
        return Ok(None);
    }
    Said { part: part.unwrap_or_default(), from, ..Said::default() }.wait().map(Some)
}

/// Is it a command about visits that follow each other?
pub(super) fn knows(name: &str) -> bool {
    matches!(name, "visit.follow" | "visit.wait")
}

/// Decides on the dispatcher's book.
pub(super) fn decide(desk: &Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let said: Said = args(&order.command)?;
    let visit = said.visit.ok_or_else(|| {
        Refusal::invalid("arguments", format!("the arguments of `{}`: missing `visit`", order.command.name))
    })?;
    let mut draft = Draft::new(&desk.book, desk.house.now(), order.seat.login.as_str());
    if order.command.name == "visit.wait" {
        draft.set_wait(visit, said.wait()?, order.command.rev)?;
        return Ok(changed(draft, json!({})));
    }
    let next: VisitId = desk.house.fresh();
    draft.follow(visit, next, said.minutes.unwrap_or(USUAL_MINUTES), said.wait()?)?;
    let no = draft.visit(next)?.no;
    Ok(changed(draft, json!({"visit": next, "no": no})))
}

/// Why a visit stands where it does, with what it waits for before all else.
pub(super) fn explained(desk: &Dispatcher, visit: &Visit) -> Result<Value, Refusal> {
    let chain = sentence(visit, desk);
    let mut told = match desk.planner.explain(visit.id) {
        Ok(found) => words::explanation(&found, &desk.planner, &desk.book),
        Err(refusal) if chain.is_none() => return Err(refusal),
        Err(_) => {
            json!({"master": null, "start": null, "parts": [], "job_price": null, "master_hour_price": null, "others": [], "text": ""})
        }
    };
    if let Some(chain) = chain {
        let text = told["text"].as_str().unwrap_or_default();
        told["text"] = json!(format!("{chain} {text}").trim_end());
        told["follows"] = follows(visit, &desk.book).unwrap_or_default();
    }
    Ok(told)
}

/// May a window that begins at a second be offered by the chain of the visit?
pub(super) fn opens(visit: &Visit, book: &Book) -> impl Fn(i64) -> bool + use<> {
    let (earliest, latest) = open(visit, book);
    let earliest = earliest.map(|at| (at - SignedDuration::from_hours(2)).as_second());
    let latest = latest.map(moment);
    move |at| earliest.is_none_or(|from| at > from) && latest.is_none_or(|to| at <= to)
}
