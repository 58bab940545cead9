// What the mock does with commands: plausible answers and row changes, no real planning.
const MIN = 60_000;
const refuse = (status, title, detail) => Object.assign(new Error(detail), { problem: { type: `/problems/${title}`, title, status, detail } });
const km = (a, b) => Math.hypot((a.lat - b.lat) * 111, (a.lon - b.lon) * 58);

export function commands(world) {
  const { board, queue, agent, put, now, city } = world;
  const visit = (id) => {
    const v = board.rows.get(id);
    if (!v) throw refuse(404, 'not-found', 'Такого выезда нет');
    return v;
  };
  const change = (v, over) => put(board, v.id, { ...v, ...over, rev: v.rev + 1 });
  const master = (id) => board.rows.get(id);
  const masters = () => [...board.rows.values()].filter((m) => m.id?.startsWith('master_'));
  const fits = (v, m) => v.skills.every((s) => m.skills.some((h) => h.code === s.code));
  const slots = (v) => masters().filter((m) => fits(v, m) && m.state !== 'unavailable').map((m) => ({ m, d: km(m.pos, v) })).sort((a, b) => a.d - b.d).slice(0, 5)
    .map(({ m, d }, i) => {
      const from = Math.ceil((now() + (60 + i * 75) * MIN) / (60 * MIN)) * 60 * MIN;
      return { from, to: from + 120 * MIN, master: m.id, master_name: m.name, start: from + 20 * MIN, price: `${1500 + i * 150}.00`, extra_min: i ? Math.round(d * 2) : 0, parts: [{ rule: 'travel', seconds: Math.round(d * 180) }] };
    });
  const pop = (over) => {
    const p = agent.rows.get('pop');
    if (!p) return;
    const call = { ...p.call, ...over, rev: p.call.rev + 1 };
    put(agent, 'pop', { ...p, call });
    put(queue, call.id, call.state === 'closed' ? null : call);
  };
  const me = (state, over = {}) => {
    const o = { ...agent.rows.get('me'), state, since: now(), ...over };
    o.rev += 1;
    put(agent, 'me', o);
    put(queue, o.id, o);
  };
  const table = {
    'operator.ready': () => me('ready', { reason: null, call: null }),
    'operator.pause': ({ reason }) => me('break', { reason }),
    'operator.offline': () => me('offline'),
    'leg.offer': () => { throw refuse(503, 'no-media', 'Голос в этом наборе не подключён'); },
    'call.answer': () => { pop({ state: 'talking', answered: now() }); me('busy'); },
    'call.reject': () => { put(agent, 'pop', null); me('ready'); },
    'call.hangup': () => { pop({ state: 'wrap_up' }); me('wrap_up'); },
    'call.hold': () => pop({ state: 'held' }),
    'call.resume': () => pop({ state: 'talking' }),
    'call.dispose': () => { pop({ state: 'closed' }); put(agent, 'pop', null); me('ready'); },
    'callback.take': ({ callback }) => put(queue, callback, { ...queue.rows.get(callback), state: 'taken' }),
    'callback.done': ({ callback }) => put(queue, callback, null),
    'client.create': ({ name, kind, phone, address }) => {
      const id = `client_${city.clients.length}`;
      city.clients.push({ id, name, kind, phones: [phone], vip: false, debt: '0.00', note: null, points: [{ id: `point_${id}`, address, lat: 58.6, lon: 49.66, zone: 'Центр', units: [] }], agreements: [], open: [], timeline: [] });
      return { client: id, point: `point_${id}` };
    },
    'request.register': ({ client, point, symptom, priority }) => {
      const c = city.clients.find((x) => x.id === client);
      const p = c.points.find((x) => x.id === point) ?? c.points[0];
      const no = String(++world.no);
      const v = { ...[...board.rows.values()].find((x) => x.id?.startsWith('visit_')), id: `visit_${no}`, no, rev: 1, state: 'unplanned', client: c.name, client_id: c.id, phone: c.phones[0], address: p.address, lat: p.lat, lon: p.lon, zone: p.zone, symptom, priority, master: null, start: null, end: null, travel_min: null, window: null, pinned: false, late: false, sla: null, paid: null, request: `request_${no}` };
      put(board, v.id, v);
      return { request: v.request, no, visit: v.id, offers: slots(v) };
    },
    'slots.offer': (a) => ({ offers: slots(visit(a.visit)) }),
    'request.book': (a) => {
      const v = visit(a.visit);
      const start = a.from + 20 * MIN;
      change(v, { state: 'planned', master: a.master, window: { from: a.from, to: a.to }, start, end: start + v.minutes * MIN, travel_min: 14 });
      return { visit: v.id, master: a.master, start };
    },
    'request.cancel': () => ({}),
    'visit.assign': (a, rev) => {
      const v = visit(a.visit);
      if (rev !== undefined && rev !== v.rev) throw refuse(409, 'conflict', 'Его переставил другой диспетчер');
      if (!fits(v, master(a.master))) throw refuse(422, 'rule', 'У мастера нет нужного навыка');
      const start = a.start ?? now() + 60 * MIN;
      change(v, { master: a.master, start, end: start + v.minutes * MIN, travel_min: 12, state: v.state === 'unplanned' ? 'planned' : v.state });
    },
    'visit.unassign': (a) => change(visit(a.visit), { master: null, start: null, end: null, travel_min: null, state: 'unplanned', pinned: false }),
    'visit.pin': (a) => change(visit(a.visit), { pinned: a.pinned }),
    'visit.cancel': (a) => change(visit(a.visit), { state: 'cancelled', reason: a.reason }),
    'visit.preview': (a) => {
      const v = visit(a.visit);
      const m = master(a.master);
      const broken = fits(v, m) ? [] : [{ rule: 'skill', text: `Нет навыка: ${v.skills[0].code}` }];
      if (a.start < m.shift.from || a.start + v.minutes * MIN > m.shift.to) broken.push({ rule: 'shift', text: 'Выходит за смену на 25 мин' });
      return { ok: !broken.length, extra_min: Math.round(km(m.pos, v) * 2), broken, start: a.start, end: a.start + v.minutes * MIN, displaces: [] };
    },
    'visit.explain': (a) => {
      const v = visit(a.visit);
      const others = masters().filter((m) => m.id !== v.master).slice(0, 7).map((m, i) => fits(v, m)
        ? { master: m.id, master_name: m.name, extra_min: 14 + i * 4, difference_min: 3 + i * 4 }
        : { master: m.id, master_name: m.name, rule: 'skill', text: 'нет навыка', relax: null });
      return { master: v.master, start: v.start, parts: [{ rule: 'travel', seconds: 840 }, { rule: 'waiting', seconds: 300 }, { rule: 'preferred', seconds: -420 }], job_price: v.price, others, text: `${master(v.master)?.name ?? ''} рядом: 11 минут от прошлого адреса, навык подходит, окно клиента соблюдено.` };
    },
    'visit.candidates': (a) => ({ candidates: slots(visit(a.visit)) }),
    'master.unavailable': (a) => put(board, a.master, { ...master(a.master), state: 'unavailable', reason: a.reason }),
    'master.available': (a) => put(board, a.master, { ...master(a.master), state: 'available', reason: null }),
    'shift.start': () => put(board, 'master_0', { ...master('master_0'), state: 'available' }),
    'shift.end': () => put(board, 'master_0', { ...master('master_0'), state: 'off_shift' }),
    'visit.accept': (a) => change(visit(a.visit), { state: 'accepted', seen: true }),
    'visit.decline': (a) => change(visit(a.visit), { state: 'unplanned', master: null, start: null, end: null, reason: a.reason }),
    'visit.seen': (a) => change(visit(a.visit), { seen: true }),
    'visit.depart': (a) => change(visit(a.visit), { state: 'en_route' }),
    'visit.arrive': (a) => change(visit(a.visit), { state: 'on_site' }),
    'visit.begin': (a) => change(visit(a.visit), { state: 'working' }),
    'visit.complete': (a) => {
      const total = a.works.reduce((s, w) => s + Number(w.price), 0).toFixed(2);
      change(visit(a.visit), { state: a.outcome === 'fixed' ? 'completed' : 'incomplete', price: total, end: now() });
      return { total, payer: 'client' };
    },
    'visit.pay': (a) => {
      if (a.tender !== 'sbp') change(visit(a.visit), { paid: a.sum, tender: a.tender });
      else setTimeout(() => change(visit(a.visit), { paid: a.sum, tender: 'sbp' }), 6000);
      return { payment: 'payment_1', qr: a.tender === 'sbp' ? `https://qr.nspk.ru/AS10003P3RH0LJ2A9ROO038L6NT5RU1M?type=01&bank=000000000001&sum=${a.sum}&cur=RUB&crc=F3D0` : undefined };
    },
    position: () => ({}),
  };
  return (name, args, rev) => {
    const run = table[name];
    if (!run) throw refuse(404, 'unknown-command', name);
    return run(args ?? {}, rev) ?? {};
  };
}
