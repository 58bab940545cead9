// Wire types of `callout.v1`: frames, rows and answers as docs/PROTOCOL.md gives them; those of the HTTP side are made from the server's own description.
import type { components } from './api';

export type Id = string;
/** Milliseconds since the epoch, UTC. */
export type Ms = number;
/** A decimal string, never a float. */
export type Money = string;

export type Role = 'operator' | 'dispatcher' | 'manager' | 'master' | 'admin';
export interface User { id: Id; name: string; login: string; role: Role; master?: Id | null; operator?: Id | null }
export interface DemoLogin { login: string; password: string; name: string; role: Role; note?: string }

export type Op = [key: string, row: unknown | null];
export interface Position { epoch: string | number; seq: number }

export type ServerFrame =
  | { t: 'welcome'; session: string; now: Ms; user: User; lapse: number; tz?: string }
  | { t: 'snap'; topic: string; epoch: string | number; seq: number; rows: [string, unknown][] }
  | { t: 'd'; topic: string; from: number; seq: number; ops: Op[] }
  | { t: 'reset'; topic: string; reason: string }
  | { t: 'res'; id: string; ok?: unknown; err?: Problem; dup?: boolean }
  | { t: 'err'; problem: Problem; topic?: string }
  | { t: 'pong'; now: Ms };

export type ClientFrame =
  | { t: 'hello'; v: 1; resume: ({ topic: string } & Position)[] }
  | { t: 'sub'; topic: string; since?: Position }
  | { t: 'unsub'; topic: string }
  | { t: 'cmd'; id: string; name: string; args: unknown; rev?: number }
  | { t: 'look'; at: Id | null; mode: LookMode }
  | { t: 'ping' };

/** What a screen does with the thing it has open. */
export type LookMode = 'view' | 'move' | 'edit' | 'away';
/** One row a screen: who has what open. */
export interface Presence { user: Id; name: string; role: Role; at: Id | null; mode: LookMode }

export interface Problem { type: string; title: string; status: number; detail: string; current?: unknown }

export type VisitState =
  | 'unplanned' | 'planned' | 'confirmed' | 'dispatched' | 'accepted' | 'en_route' | 'on_site' | 'working'
  | 'paused' | 'completed' | 'incomplete' | 'no_show' | 'cancelled' | 'verified';
export type Phase =
  | 'intake' | 'accepted' | 'diagnosing' | 'quote_ready' | 'await_approval' | 'approved' | 'declined' | 'waiting_parts' | 'ready' | 'in_repair'
  | 'at_third_party' | 'qc' | 'done' | 'unclaimed' | 'issued' | 'unrepairable' | 'cancelled';
export type Priority = 'normal' | 'urgent' | 'emergency';
export type Tender = 'cash' | 'sbp' | 'card' | 'invoice';
export interface Skill { code: string; level: number }
export interface Span { from: Ms; to: Ms }

export interface Visit {
  id: Id; no: string | number; rev: number; kind: string; state: VisitState;
  client: string; client_id: Id; phone: string; address: string; lat: number; lon: number; zone: string;
  unit: string | null; symptom: string; skills: Skill[]; window: Span | null; minutes: number;
  master: Id | null; start: Ms | null; end: Ms | null; travel_min: number | null;
  pinned: boolean; seen: boolean; priority: Priority;
  sla: { metric: 'reaction' | 'restore'; due: Ms; state: 'idle' | 'running' | 'paused' | 'met' | 'breached'; warned?: 0 | 50 | 75 } | null;
  late: boolean; request: Id | null; order: Id | null; order_no: string | number | null; phase: Phase | null;
  price: Money | null; paid: Money | null; due?: Money | null; tender: Tender | null; reason: string | null;
  coverage: 'agreement' | 'client' | 'warranty'; agreement: string | null;
  /** Of a visit for several masters: who goes beside the one who leads, and the name of that one. */
  helpers?: { master: Id; name: string; travel_min: number; state: 'due' | 'en_route' | 'on_site' | 'left'; seen: boolean }[];
  master_name?: string | null;
  /** How many masters it needs, where it is more than one, and how many are still to be found. */
  masters_needed?: number;
  short?: number;
  /** What it waits for, where it follows another visit: minutes after that one's end, a part that is on its way. */
  follows?: {
    visit: Id; no: string | number | null; state: VisitState | null; least_min: number; most_min?: number; again: 'any' | 'preferred' | 'required';
    from?: Ms; part?: string; earliest?: Ms; trouble?: 'lost' | 'waits' | 'early' | 'late';
  };
  /** On the phone of who goes beside: somebody else leads; `state` and `seen` are their own. */
  beside?: boolean;
  /** What is to be checked, from the offer to the end; `strict`: the work does not end without what must be there. */
  checklist?: CheckItem[];
  strict?: boolean;
  proof?: Proof;
  /** Items that a completed visit lacks. */
  missing?: string[];
}
/** One thing that a master is asked for; without words of its own it has those of the dictionary. */
export interface CheckItem { code: string; ru?: string; en?: string; kind: 'tick' | 'reading' | 'photo' | 'text' | 'choice'; must: boolean; unit?: string; low?: number; high?: number; options?: string[] }
/** Answers by item, photographs and the signature by the hash of their bytes. */
export interface Proof { checks: Record<string, string>; photos: { about: string; blob: string }[]; signature: { name: string; blob: string } | null }

/** With whom, from when, and the way to it. */
/** `beside`: who goes beside the master. */
export interface Spot { master: Id; master_name: string; start: Ms; travel_min: number; beside?: { master: Id; name: string }[] }
export interface ProposedMove { visit: Id; no: string | number | null; client: string | null; minutes: number | null; from: Spot | null; to: Spot }
/** A better plan that waits for the dispatcher's yes: what it saves (minus: what it costs), what it moves, why it asks. */
export interface Proposal {
  id: Id; rev: number; made: Ms;
  saving: { min: number; travel_min: number; lateness_min: number; overtime_min: number; placed: number; money: Money };
  moves: ProposedMove[];
  reasons: { visit: Id; no: string | number; rule: 'told_master' | 'told_time' | 'told_window' | 'by_hand' | 'many' | 'little' }[];
}

/** How a master learns of an offered visit that nobody has looked at: how far the push has come, whether somebody should call. */
export interface Notice { visit: Id; master: Id; since: Ms; push: 'unsent' | 'sending' | 'sent' | 'shown' | 'failed' | 'nobody'; call: boolean }

export type MasterState = 'off_shift' | 'available' | 'travelling' | 'on_site' | 'break' | 'office' | 'unavailable';
export interface Master {
  id: Id; rev: number; name: string; skills: Skill[]; shift: Span | null; home: { lat: number; lon: number };
  state: MasterState; presence: 'online' | 'stale' | 'offline'; pos: { lat: number; lon: number; at: Ms } | null;
  vehicle: string | null; load_min: number; cash: Money; robot: boolean; reason: string | null;
  /** Has agreed to be followed by a tracker while at work. */
  tracked?: boolean;
  /** The office they belong to. */
  branch?: Id | null;
}

export type CallState =
  | 'ringing' | 'greeting' | 'queued' | 'offered' | 'dialing' | 'talking' | 'held' | 'consulting' | 'conference' | 'away' | 'wrap_up' | 'closed' | 'abandoned' | 'promised'
  | 'failed';
export interface Call {
  id: Id; rev: number; state: CallState; from: string; name: string | null; client: Id | null; did: string;
  operator: Id | null; since: Ms; answered: Ms | null; wait_s: number;
  direction?: 'in' | 'out'; queue?: string; aside?: Id | null; muted?: boolean;
  /** Who outside the house is asked, talks along, or goes on with the caller. */
  outside?: { number: string; name: string | null; there: boolean } | null;
  /** `on` while it is recorded, `paused` for card data, `kept` when it may be heard, `removed` after its time. */
  recording?: 'on' | 'paused' | 'kept' | 'removed' | null;
  /** How the worst side sounds, as the switchboard measures it. */
  sound?: 'good' | 'poor' | 'bad';
}
/** A call that is over, as the history lists it. */
export interface PastCall extends Call { ended: Ms | null; disposition: string | null; note: string }
/** How a supervisor takes part in somebody's call. */
export type WatchHow = 'listen' | 'whisper' | 'barge';
export interface Watch { call: Id; how: WatchHow; there: boolean }

export type OperatorState = 'offline' | 'ready' | 'ringing' | 'busy' | 'wrap_up' | 'not_ready' | 'break';
export interface Operator {
  id: Id; rev: number; name: string; state: OperatorState; reason: string | null; since: Ms;
  device: 'browser' | 'phone'; call: Id | null; robot: boolean; line_ok: boolean;
  /** A supervisor's seat: no caller of a queue is brought to it. */
  supervises?: boolean;
  /** The end of the minute after a call, and how many times it may be made longer. */
  until?: Ms | null; more?: number;
}
export interface Callback {
  id: Id; rev: number; phone: string; name: string | null; client: Id | null;
  state: 'new' | 'taken' | 'dialing' | 'done' | 'no_answer' | 'cancelled'; since: Ms; attempts: number;
}

export type Agreement = components['schemas']['Agreement'];
export type AgreementCard = components['schemas']['AgreementCard'];
export type Unit = components['schemas']['Unit'];
export type ServicePoint = components['schemas']['ServicePoint'];
export interface OpenRequest {
  request: Id; no: string | number; state: string; symptom: string; visit: Id | null;
  master_name: string | null; eta: Ms | null; window: Span | null;
}
export interface TimelineItem { at: Ms; kind: 'call' | 'request' | 'visit' | 'payment'; text: string; state: string | null; id: Id; recording?: Call['recording']; operator?: Id | null }
export interface ClientCard {
  id: Id; rev: number; name: string; kind: string; inn: string | null; contacts: { name: string; phones: string[] }[]; phones: string[]; vip: boolean; debt: Money; note: string;
  points: ServicePoint[]; agreements: Agreement[];
  open: OpenRequest[]; timeline: TimelineItem[];
  /** The client's word on automatic calls. */
  consent?: { given: boolean; at: string; by: string; how: string } | null;
  /** Cards that were merged into this one. */
  merged?: components['schemas']['MergedCard'][];
}
export interface Pop { call: Call; card: ClientCard | null; campaign?: { name: string; words: string } | null }
/** Clients whom the house rings one after another, with their consent. */
export interface Campaign {
  id: Id; rev: number; name: string; words: string; queue: string; hours: { from: string; to: string }; state: 'running' | 'paused' | 'over'; waiting: number; calling: number;
  count: { total: number; reached: number; unreached: number; barred: number }; by: string; at: number;
}
/** Whom a call can be given to besides colleagues. */
export type Person = components['schemas']['Person'];
export interface ClientHit { id: Id; name: string; phone: string; address: string; units: number | string[] | string; debt: Money }

export type RequestState =
  | 'draft' | 'registered' | 'booked' | 'in_work' | 'on_hold' | 'resolved' | 'closed' | 'cancelled' | 'rejected';
export interface Request {
  id: Id; no: string | number; rev: number; state: RequestState; kind: string; priority: Priority;
  client: string; client_id: Id; address: string; symptom: string; created: Ms; visit: Id | null;
  sla: { metric: string; due: Ms; state: string }[];
}

export type Part = components['schemas']['Part'];
export interface Slot {
  from: Ms; to: Ms; master: Id; master_name: string; start: Ms; price: Money; extra_min: number; parts: Part[];
  /** Names of those who go beside the master. */
  beside?: string[];
}
/** A rule that says no, with what it says no about; `text` is the planner's own words. */
export interface Broken { rule: string; text: string; values?: { min?: number; skill?: string; have?: number; need?: number; no?: number; master_name?: string; part?: number; tool?: number } }
export interface Verdict { ok: boolean; extra_min: number; broken: Broken[]; start: Ms | null; end: Ms | null; displaces: Id[] }
export type Other =
  | { master: Id; master_name: string; extra_min: number; difference_min: number }
  | (Broken & { master: Id; master_name: string; relax?: string | null });
export interface Explanation {
  master: Id | null; start: Ms | null; extra_min?: number; parts: Part[]; job_price: Money | number | null; others: Other[]; text: string;
  /** The nearest who cannot, when nobody can. */
  nearest?: Broken & { master: Id; master_name: string; relax?: string | null } | null;
}
export interface Kpi { value: number | string; unit: string; series?: number[] }
/** A user as an administrator sees them; `windows` are the sockets open now. */
export type UserRow = components['schemas']['UserRow'];
export type System = components['schemas']['System'];
export interface Finding { rule: string; weight: 'error' | 'warning'; values: Record<string, string | number | null> }
export interface Checkup { at: Ms; checked: Record<string, number>; findings: Finding[] }
export interface AuditEvent { at: Ms; by: string; name: string; data: unknown }

/** What the answer of each command looks like; commands not listed answer `{}`. */
export interface Answers {
  'leg.offer': { sdp: string };
  'client.create': { client: Id; point: Id };
  'request.register': { request: Id; no: string | number; visit: Id; offers: Slot[] };
  'slots.offer': { offers: Slot[] };
  'request.book': { visit: Id; master: Id; start: Ms };
  'visit.preview': Verdict;
  'visit.explain': Explanation;
  'visit.candidates': { candidates: Slot[] };
  'month.show': components['schemas']['Month'];
  'month.plan': { planned: number; left_out: number; overtaken: number };
  'month.move': { rev: number; breaks: components['schemas']['MonthBreak'][] };
  'month.confirm': { orders: number; visits: Id[]; left: number };
  'schedule.list': { schedules: components['schemas']['Schedule'][] };
  'visit.follow': { visit: Id; no: number };
  'visit.complete': { total: Money; payer: string };
  'visit.pay': { payment: Id; qr?: string };
}
export type Answer<N extends string> = N extends keyof Answers ? Answers[N] : Record<string, unknown>;
