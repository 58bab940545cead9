// Rows of the wire for tests, whole and ordinary; a test names only what matters to it.
import type { Master, Visit } from '../src/wire/types';

export const H = 3_600_000;
export const visit = (id: string, over: Partial<Visit> = {}): Visit => ({
  id: `visit_${id}`, no: id, rev: 1, kind: 'repair', state: 'planned', client: 'c', client_id: 'client_1', phone: '', address: '', lat: 0, lon: 0,
  zone: 'z', unit: null, symptom: 's', skills: [{ code: 'fridge', level: 1 }], window: null, minutes: 60, master: 'master_1', start: 10 * H, end: 11 * H,
  travel_min: 10, pinned: false, seen: false, priority: 'normal', sla: null, late: false, request: null, order: null, order_no: null, phase: null,
  price: null, paid: null, tender: null, reason: null, coverage: 'client', agreement: null, ...over,
});
export const master = (id: string, over: Partial<Master> = {}): Master => ({
  id: `master_${id}`, rev: 1, name: `M${id}`, skills: [{ code: 'fridge', level: 2 }], shift: { from: 8 * H, to: 20 * H }, home: { lat: 0, lon: 0 },
  state: 'available', presence: 'online', pos: null, vehicle: null, load_min: 0, cash: '0', robot: false, reason: null, ...over,
});
