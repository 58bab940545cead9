// A small made-up city for development and browser tests: masters, clients with equipment, a day of visits.
const MIN = 60_000;
export function seeded(seed) {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}
const families = ['Кузнецов', 'Соловьёв', 'Ахметов', 'Орлов', 'Степанов', 'Гусев', 'Мельников', 'Белоусов', 'Ким', 'Тихонов', 'Рябов', 'Лаптев', 'Широков', 'Носков', 'Воронин', 'Зайцев', 'Панов', 'Ершов', 'Фролов', 'Осипов', 'Гайдук', 'Маслов', 'Чернов', 'Дроздов'];
const firsts = ['Илья', 'Роман', 'Тимур', 'Андрей', 'Павел', 'Денис', 'Олег', 'Кирилл', 'Виктор', 'Максим'];
const women = ['Анна Лебедева', 'Мария Крылова', 'Ольга Ефимова', 'Елена Савина', 'Наталья Жукова', 'Ирина Миронова', 'Дарья Котова', 'Вера Полякова', 'Юлия Шубина', 'Татьяна Бирюкова'];
const firms = ['Кафе «Полдень»', 'Пекарня «Ржаной»', 'ООО «Северный двор»', 'Аптека № 14', 'Столовая «Завод»', 'Гостиница «Речная»', 'Магазин «Продукты у дома»', 'Клиника «Верба»'];
const streets = ['ул. Лесная', 'ул. Гагарина', 'пр. Мира', 'ул. Заводская', 'наб. Речная', 'ул. Садовая', 'ул. Чехова', 'пр. Победы', 'ул. Кирова', 'пер. Тихий'];
const zones = [['Центр', 0, 0], ['Заречье', 0.045, 0.03], ['Северный', 0.07, -0.06], ['Заводской', -0.05, 0.09], ['Юго-Запад', -0.06, -0.09], ['Озёрный', 0.02, 0.13]];
const kinds = [
  ['Холодильник', 'fridge', ['Atlant', 'Бирюса', 'LG'], ['Не морозит', 'Щёлкает и не запускается', 'Намерзает лёд']],
  ['Стиральная машина', 'washer', ['Bosch', 'Indesit', 'Haier'], ['Не сливает воду', 'Сильно шумит при отжиме', 'Протекает снизу']],
  ['Кофемашина', 'coffee', ['Saeco', 'Jura'], ['Слабое давление', 'Не мелет зёрна']],
  ['ККТ', 'kkt', ['Атол', 'Эвотор'], ['Не печатает чек', 'Заканчивается ФН']],
  ['Кондиционер', 'hvac', ['Daikin', 'Ballu'], ['Не охлаждает', 'Течёт вода из внутреннего блока']],
  ['Котёл', 'boiler', ['Baxi', 'Vaillant'], ['Ошибка E01', 'Нет горячей воды', 'Падает давление']],
];
const skills = kinds.map((k) => k[1]);

export function build(base, seed = 11) {
  const r = seeded(seed);
  const pick = (list) => list[Math.floor(r() * list.length)];
  const spot = () => {
    const [zone, dlat, dlon] = pick(zones);
    return { zone, lat: 58.59 + dlat + (r() - 0.5) * 0.04, lon: 49.65 + dlon + (r() - 0.5) * 0.07 };
  };
  const clients = Array.from({ length: 60 }, (_, i) => {
    const firm = i % 3 === 0;
    const points = Array.from({ length: firm && i % 2 ? 2 : 1 }, (_, p) => {
      const s = spot();
      return {
        id: `point_${i}_${p}`, address: `${pick(streets)}, ${1 + Math.floor(r() * 90)}${firm ? '' : `, кв. ${1 + Math.floor(r() * 120)}`}`, ...s,
        units: Array.from({ length: 1 + Math.floor(r() * 3) }, (_, u) => {
          const [kind, , brands] = pick(kinds);
          return {
            id: `unit_${i}_${p}_${u}`, kind, brand: pick(brands), model: `${pick(['KGN', 'WLG', 'XM', 'RS', 'F'])}-${100 + Math.floor(r() * 800)}`, serial: `S${Math.floor(r() * 1e8)}`,
            warranty_until: r() < 0.35 ? base + Math.floor(r() * 400) * 1440 * MIN : r() < 0.5 ? base - 9e9 : null,
            agreement: firm ? { id: `agreement_${i}`, no: `Д-${100 + i}`, covers: true, why: null, until: base + 2e10, reaction_h: 4, restore_h: 24 } : null,
          };
        }),
      };
    });
    return {
      id: `client_${i}`, name: firm ? `${firms[(i / 3) % firms.length | 0]}` : women[i % 10].replace(/^(\S+) (\S+)$/, '$2 $1'), kind: firm ? 'org' : 'person', phones: [`+7912${String(3300000 + i * 7919).slice(0, 7)}`], vip: i % 7 === 0,
      debt: i % 5 === 0 ? `${(1 + Math.floor(r() * 9)) * 740}.00` : '0.00', note: i % 9 === 0 ? 'Звонить за час до приезда' : null, points,
      agreements: firm ? [{ id: `agreement_${i}`, no: `Д-${100 + i}`, state: 'active', rev: 1, until: base + 2e10, card: { no: `Д-${100 + i}`, from: '2026-01-01', until: '2026-12-31', sla: { reaction_hours: 4, restore_hours: 24 }, limit: '5000' } }] : [], open: [],
      timeline: [
        { at: base - 3 * 864e5 + 4e7, kind: 'call', text: 'price', state: 'closed', id: `call_t${i}` },
        { at: base - 40 * 864e5 + 4e7, kind: 'visit', text: 'Замена помпы, мастер Орлов', state: 'verified', id: `visit_t${i}` },
        { at: base - 40 * 864e5 + 5e7, kind: 'payment', text: 'Оплата 3 900 ₽, карта', state: null, id: `payment_t${i}` },
        { at: base - 41 * 864e5, kind: 'request', text: 'Не сливает воду', state: 'closed', id: `request_t${i}` },
      ],
    };
  });
  const masters = Array.from({ length: Number(process.env.MASTERS ?? families.length) }, (_, i) => {
    const f = families[i % families.length] + (i < families.length ? '' : `-${Math.floor(i / families.length)}`);
    const home = spot();
    const from = base + (8 + (i % 3 === 0 ? 1 : 0)) * 60 * MIN;
    return {
      id: `master_${i}`, rev: 1, name: `${f} ${firsts[i % 10]}`, skills: skills.filter((_, k) => (i + k) % 2 === 0 || k === i % 6).map((code, k) => ({ code, level: 1 + ((i + k) % 3) })),
      shift: { from, to: from + (i % 4 === 0 ? 11 : 10) * 60 * MIN }, home: { lat: home.lat, lon: home.lon }, state: 'available', presence: i % 11 === 10 ? 'stale' : 'online',
      pos: { lat: home.lat, lon: home.lon, at: base }, vehicle: i % 2 ? `Лада Ларгус А${300 + i}КМ` : null, load_min: 0, cash: `${(i % 5) * 1350}.00`, robot: i > 0, reason: null,
    };
  });
  return { clients, masters, r, pick, kinds };
}

/** Fills the day: routes for every master, with states that fit the time. */
export function day(city, base, now) {
  const { clients, masters, r, pick, kinds } = city;
  const visits = [];
  let no = 4100;
  const make = (over) => {
    const client = pick(clients);
    const point = pick(client.points);
    const unit = pick(point.units);
    const [, code, , symptoms] = kinds.find((k) => k[0] === unit.kind);
    const id = `visit_${++no}`;
    const agreement = unit.agreement;
    const v = {
      id, no: String(no), rev: 1, kind: r() < 0.2 ? 'maintenance' : 'repair', state: 'unplanned', client: client.name, client_id: client.id, phone: client.phones[0], address: point.address,
      lat: point.lat, lon: point.lon, zone: point.zone, unit: `${unit.kind} ${unit.brand} ${unit.model}`, symptom: pick(symptoms), skills: [{ code, level: 1 }], window: null, minutes: 40 + Math.floor(r() * 5) * 15,
      master: null, start: null, end: null, travel_min: null, pinned: false, seen: false, priority: r() < 0.06 ? 'emergency' : r() < 0.15 ? 'urgent' : 'normal',
      sla: agreement ? { metric: 'restore', due: now + (60 + Math.floor(r() * 500)) * MIN, state: 'running' } : null, late: false, request: `request_${no}`, order: `order_${no}`, order_no: `ЗН-${no}`, phase: 'accepted',
      price: `${1200 + Math.floor(r() * 20) * 150}.00`, paid: null, tender: null, reason: null, coverage: agreement ? 'agreement' : unit.warranty_until > now ? 'warranty' : 'client', agreement: agreement?.no ?? null, ...over,
    };
    visits.push(v);
    return v;
  };
  masters.forEach((m, i) => {
    let at = m.shift.from + 10 * MIN;
    while (at < m.shift.to - 80 * MIN) {
      const travel = 8 + Math.floor(r() * 22);
      const start = at + travel * MIN;
      const v = make({});
      const end = start + v.minutes * MIN;
      v.skills = [{ code: m.skills[Math.floor(r() * m.skills.length)].code, level: 1 }];
      const wfrom = Math.floor(start / (60 * MIN)) * 60 * MIN;
      Object.assign(v, { master: m.id, start, end, travel_min: travel, window: r() < 0.75 ? { from: wfrom, to: wfrom + 120 * MIN } : null, pinned: r() < 0.06 });
      if (end < now) Object.assign(v, { state: r() < 0.88 ? 'completed' : r() < 0.5 ? 'incomplete' : 'verified', seen: true });
      else if (start < now) Object.assign(v, { state: r() < 0.15 ? 'paused' : r() < 0.3 ? 'on_site' : 'working', seen: true });
      else if (at < now) Object.assign(v, { state: 'en_route', seen: true });
      else v.state = start - now < 150 * MIN ? (r() < 0.6 ? 'accepted' : 'dispatched') : r() < 0.4 ? 'confirmed' : 'planned';
      v.seen = v.seen || (v.state === 'dispatched' && r() < 0.5) || v.state === 'accepted';
      if (v.state === 'completed' && v.coverage === 'client') Object.assign(v, { paid: v.price, tender: pick(['cash', 'sbp', 'card']) });
      if (['accepted', 'en_route'].includes(v.state) && r() < 0.12) v.late = true;
      if (v.state === 'en_route') Object.assign(m, { state: 'travelling', pos: { lat: v.lat + 0.008, lon: v.lon - 0.012, at: now } });
      if (['working', 'on_site', 'paused'].includes(v.state)) Object.assign(m, { state: 'on_site', pos: { lat: v.lat, lon: v.lon, at: now } });
      m.load_min += v.minutes + travel;
      at = end + (r() < 0.3 ? 50 : 5) * MIN;
    }
    if (i === 6) Object.assign(m, { state: 'unavailable', reason: 'ill', presence: 'offline' });
    if (i === 0) for (const v of visits) if (v.master === m.id) Object.assign(v, { coverage: 'client', agreement: null, sla: null });
  });
  for (let i = 0; i < 7; i++) make({ window: i % 2 ? { from: now + 60 * MIN, to: now + 240 * MIN } : null });
  return visits;
}

/** A made-up past of a day: every visit of now lives through its states at that day's hours. */
export function pastOf(rows, from, until) {
  const start = [];
  const changes = [];
  for (const [key, row] of rows) {
    if (key.startsWith('master_')) {
      const shift = { from: from + (row.shift.from - base0(row.shift.from)), to: from + (row.shift.to - base0(row.shift.from)) };
      start.push([key, { ...row, shift, state: 'off_shift', pos: null }]);
      changes.push([shift.from, key, { state: 'available' }]);
      continue;
    }
    if (!row.start) continue;
    const moved = from + (row.start - base0(row.start));
    start.push([key, { ...row, state: 'planned', start: moved, end: moved + row.minutes * MIN, window: null, late: false, seen: false }]);
    for (const [minute, state] of [[-90, 'dispatched'], [-60, 'accepted'], [-20, 'en_route'], [0, 'on_site'], [5, 'working'], [row.minutes, 'completed']]) changes.push([moved + minute * MIN, key, { state }]);
  }
  changes.sort((a, b) => a[0] - b[0]);
  return { from, until, rows: start, changes: changes.filter(([at]) => at > from && at <= until) };
}
const base0 = (ms) => new Date(ms).setHours(0, 0, 0, 0);
