//! Types that more than one answer holds, in the notation of [`super::notation`].

/// Name, what it looks like, what it is.
pub const TYPES: &[(&str, &str, &str)] = &[
    (
        "Problem",
        "{type:str, title:str, status:int, detail:str, retry_after?:int, current?:json}",
        "Why something was refused (RFC 9457).",
    ),
    (
        "User",
        "{id:user_, login:str, name:str, role:Role, master?:master_|null, operator?:operator_|null}",
        "Who is signed in.",
    ),
    ("Role", "'operator'|'dispatcher'|'master'|'manager'|'admin'", "A workplace."),
    ("Codec", "'pcma'|'pcmu'|'g722'|'opus'", "How sound is written."),
    ("DemoLogin", "{login:str, password:str, name:str, role:Role}", "A login that a demo shows at the door."),
    ("Span", "{from:ms, to:ms}", "From an instant to a later one."),
    (
        "Slot",
        "{from:ms, to:ms, master:master_|null, master_name:str, start:ms, price:money, extra_min:int, parts:Part[], beside?:str[]}",
        "A window that can be promised, with who would come and what it costs the day.",
    ),
    ("Part", "{rule:str, seconds:int}", "What a rule adds to a cost."),
    ("Broken", "{rule:str, values:json, text:str, relax?:str|null}", "A rule that says no."),
    (
        "Verdict",
        "{ok:bool, extra_min:int, broken:Broken[], start:ms|null, end:ms|null, displaces:visit_[]}",
        "What a move would do.",
    ),
    (
        "Explanation",
        "{master:master_|null, start:ms|null, extra_min?:int, parts:Part[], job_price:json, master_hour_price:json, others:json[], nearest?:json, follows?:json, text:str}",
        "Why a visit is where it is.",
    ),
    (
        "ClientHit",
        "{id:client_, name:str, phone:str, address:str, units:json, debt:money}",
        "A client who was found.",
    ),
    (
        "Person",
        "{kind:'master'|'client'|'queue', name:str, phone?:str, id?:str}",
        "Whom a call can be given to.",
    ),
    (
        "Unit",
        "{id:unit_, rev:int, kind:str, brand:str, model:str, serial:str, skill:str, level:int, warranty_until:ms|null, agreement:Covering|null, retired:bool}",
        "A piece of equipment.",
    ),
    (
        "Covering",
        "{id:agreement_, no:str, covers:bool, why:'suspended'|'expired'|'terminated'|null, until:ms, reaction_h:int, restore_h:int}",
        "The agreement that covers a unit or a whole point now, or the last that did, and why it does not.",
    ),
    (
        "AgreementCard",
        "{no?:str, from:day, until:day, covered?:Covered, sla:{reaction_hours:int, restore_hours:int}, limit:money, hours?:json|null, pauses?:('client'|'parts'|'access'|'payment'|'third_party')[], keeps_emergency?:bool, debt_allowed?:bool, renews_months?:int}",
        "What is written in an agreement: first and last day by the house's clock; hours in which its clocks count, Monday first, null: round the clock; labour is paid up to the limit an order.",
    ),
    ("Covered", "{points?:point_[], units?:unit_[]}", "Points covered whole, units covered one by one."),
    (
        "Agreement",
        "{id:agreement_, rev:int, no:str, state:'draft'|'on_approval'|'active'|'expiring'|'suspended'|'expired'|'terminated', until:ms, card:AgreementCard}",
        "What was agreed with a client.",
    ),
    (
        "ServicePoint",
        "{id:point_, rev:int, address:str, lat:num, lon:num, zone:str, access:str, visiting:Visiting, bindings:{master:master_, how:'required'|'preferred'|'excluded'}[], agreement:Covering|null, units:Unit[]}",
        "A place where equipment stands.",
    ),
    (
        "Visiting",
        "{hours?:json|null, contact?:str, phone?:str|null, note?:str}",
        "When a point may be visited and whom to ask for; hours by the day of the week, Monday first, null when it is shut.",
    ),
    ("Consent", "{given:bool, at:str, by:str, how:str}", "A client's word on automatic calls."),
    (
        "ClientCard",
        "{id:client_, rev:int, name:str, kind:str, inn:str|null, contacts:{name:str, phones:str[]}[], phones:str[], vip:bool, debt:money, note:str, points:ServicePoint[], agreements:Agreement[], open:json[], timeline:json[], consent:Consent|null, merged:MergedCard[]}",
        "Everything about a client.",
    ),
    (
        "MergedCard",
        "{id:client_, name:str, kind:str, inn:str|null, phones:str[], note:str, debt:money, at:ms, by:str, parts:bool, points:int, units:int, agreements:int, requests:int}",
        "A card that was merged into the client's, with what went over; `parts`: the kept card is as the merge left it.",
    ),
    (
        "Twins",
        "{a:Twin, b:Twin, score:int, why:{rule:'inn'|'phone'|'name_near'|'name'|'similar_here', value:str}[]}",
        "Two clients who are likely one, the older card first, and why.",
    ),
    (
        "Twin",
        "{id:client_, rev:int, name:str, kind:'person'|'org', inn:str|null, phones:str[], address:str|null, points:int, units:int, agreements:int, requests:int}",
        "One of them, with how much it has.",
    ),
    (
        "PastCall",
        "{id:call_, rev:int, state:str, from:str, name:str|null, client:client_|null, did:str, operator:operator_|null, since:ms, answered:ms|null, wait_s:int, direction:'in'|'out', queue:str, aside:operator_|null, outside:json, muted:bool, recording:'on'|'paused'|'kept'|'removed'|null, ended:ms|null, disposition:str|null, note:str}",
        "A call that is over.",
    ),
    ("Happened", "{at:ms, by:str, name:str, data:json}", "One thing that has happened, as it is kept."),
    (
        "SipMessage",
        "{dialog:int, at:num, flow:'in'|'out', carrier:str, peer:str, title:str, cseq:json, audio:json, codecs:str[], plain:json, text:json, left_out:json}",
        "One SIP message of a call.",
    ),
    (
        "UserRow",
        "{id:user_, login:str, name:str, role:Role, master:master_|null, operator:operator_|null, robot:bool, phone:str|null, off:ms|null, once:bool, rev:int, windows:int}",
        "A user as an administrator sees them.",
    ),
    (
        "Company",
        "{name:str|null, zone:str, place:{lat:num, lon:num}, rev:int}",
        "The firm; the name is none where nobody has written about it yet.",
    ),
    (
        "System",
        "{version:str, now:ms, lapse:num, zone:str, up_s:int, memory_kib:int|null, signed_in:int, windows:int, topics:TopicTally[]}",
        "How the process is.",
    ),
    ("TopicTally", "{name:str, topics:int, rows:int, changes:int, readers:int}", "A live topic."),
    (
        "ChecklistItem",
        "{code:str, ru?:str, en?:str, kind:'tick'|'reading'|'photo'|'text'|'choice', must:bool, unit?:str, low?:num|null, high?:num|null, options?:str[]}",
        "What a master is asked for: words in Russian, or as typed, and in English; `unit` and limits are of a reading, `options` of a choice.",
    ),
    (
        "BranchCard",
        "{name:str, address?:str, place:{lat:num, lon:num}, phone?:str|null}",
        "What is written about an office that masters belong to.",
    ),
    (
        "Branch",
        "{id:branch_, rev:int, name:str, address:str, place:{lat:num, lon:num}, phone:str|null, closed:bool}",
        "An office that masters belong to.",
    ),
    (
        "TemplateCard",
        "{name:str, items:ChecklistItem[], minutes?:int|null}",
        "What is asked of masters on visits of a sort, and the usual minutes of such work.",
    ),
    (
        "Template",
        "{id:template_, rev:int, kind:'repair'|'maintenance'|'install'|'kkt'|'complaint'|'question', skill:str|null, state:'draft'|'published'|'retired', draft:TemplateCard|null, editions:{version:int, card:TemplateCard, at:ms, by:str}[]}",
        "A template of work; the last edition is in force while it is published.",
    ),
    (
        "Templates",
        "{templates:Template[], built_in:{kind:str, items:ChecklistItem[]}[]}",
        "All of them, and the lists of a house that has written none.",
    ),
    ("Finding", "{rule:str, weight:'error'|'warning', values:json}", "One thing to put right."),
    (
        "Checkup",
        "{at:ms, checked:json, findings:Finding[]}",
        "What is set up so that work will not get done.",
    ),
    (
        "Report",
        "{from:ms, until:ms, by:'day'|'hour'|'queue'|'operator'|'trunk'|'disposition', zone:str, in_time_s:int, rows:ReportRow[], total:ReportRow}",
        "Figures of calls over a period.",
    ),
    (
        "ReportRow",
        "{key:str, name:str|null, offered:int, answered:int, in_time:int, service_level:int, abandoned:int, short:int, abandonment:int, mean_wait:int, longest_wait:int, handled:int, mean_handling:int, mean_talk:int, mean_hold:int, mean_wrap:int, occupancy:int|null, rung:int, missed:int, transferred:int, promised:int, voicemails:int, dialed:int, callbacks:int, callbacks_kept:int, unspecified:int}",
        "One line of it; times in seconds, shares in percent.",
    ),
    ("Held", "{bytes:int, whole:bool}", "How much of a file is here."),
    (
        "Tape",
        "{from:ms, until:ms, rows:json[], changes:json[]}",
        "The board of a past day, and what changed.",
    ),
    (
        "Event",
        "{id:str, seq:int, at:ms, kind:str, subject:str, by:str, data:json, left_out?:bool}",
        "What has happened, as links tell it.",
    ),
    (
        "Attempt",
        "{seq:int, kind:str, at:ms, status:int|null, said:str, millis:int}",
        "One try to post an event.",
    ),
    (
        "Hook",
        "{id:hook_, url:str, kinds:str[], personal:bool, off:'person'|'failing'|'gone'|null, cursor:int, by:str, since:ms, trouble:{since:ms, tries:int}|null, both_until:ms|null, log:Attempt[]}",
        "A link to another programme.",
    ),
    (
        "ScheduleCard",
        "{title:str, point:point_, unit?:unit_|null, rhythm:{every:{weeks:int}|{months:int}, from:str, otherwise?:'before'|'after'}, tolerance?:{before:int, after:int}, weekdays:bool[], minutes:int, skills?:{code:str, level:int}[], masters:int, preferred?:master_[], required?:master_[], checklist?:str[]}",
        "What is served at a point, how often, and by whom; days are those of the point's calendar.",
    ),
    (
        "Schedule",
        "{id:schedule_, rev:int, agreement:agreement_, state:'active'|'paused'|'ended', card:ScheduleCard, next:str|null}",
        "A planned service that comes back; `next` is the day of the next one.",
    ),
    (
        "Month",
        "{month:str, today:str, days:{day:str, off:bool}[], masters:MonthRow[], occurrences:Occurrence[], wrong:MonthBreak[], travel_min:int, ready:int}",
        "A month of agreement visits; `ready` of them can be confirmed.",
    ),
    (
        "MonthRow",
        "{id:master_, name:str, cells:{room:int|null, load:int}[]}",
        "A master's days, in minutes for agreements and planned; a day without room is none of work.",
    ),
    (
        "Occurrence",
        "{id:occurrence_, rev:int, schedule:schedule_, own:bool, state:'planned'|'proposed'|'booked'|'done'|'skipped'|'missed', title:str, client:client_, client_name:str, address:str, zone:str, agreement:str, minutes:int, needs:int, skills:{code:str, level:int}[], due:str, first:str, last:str, day:str|null, masters:master_[], pinned:bool, reason:str|null, visit:visit_|null, no:int|null}",
        "One service that is due; `own` is of this month, others only stand in its days.",
    ),
    (
        "MonthBreak",
        "{rule:'gone'|'day'|'master'|'full'|'rhythm'|'crew', occurrence?:occurrence_, other?:occurrence_, master?:master_, day?:str, days?:int, minutes?:int}",
        "What is wrong with a month.",
    ),
];
