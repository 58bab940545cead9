// What the operator is told before a request: twins, a house that is down, who pays and why, and the likely wish.
import { describe, expect, it } from 'vitest';
import { advice, coverage, duplicates, houseOf, outage, promises } from '../src/op/advice';
import type { ClientCard, Request, Unit } from '../src/wire/types';
import { H, visit } from './rows';

const NOW = 100 * 24 * H;
const point = { id: 'point_1', address: 'ул. Мира, 5, кв. 12', lat: 0, lon: 0, zone: 'z', rev: 1, access: '', visiting: {}, bindings: [], agreement: null, units: [] };
const card = (over: Partial<ClientCard> = {}): ClientCard => ({
  id: 'client_1', name: 'Анна', kind: 'person', rev: 1, inn: null, contacts: [], phones: [], vip: false, debt: '0.00', note: '', points: [point], agreements: [], open: [], timeline: [], ...over,
});
const unit = (over: Partial<Unit> = {}): Unit => ({ id: 'unit_1', kind: 'Холодильник', brand: 'LG', model: 'X', serial: '', warranty_until: null, agreement: null, rev: 1, skill: '', level: 1, retired: false, ...over });
const request = (id: string, over: Partial<Request> = {}): Request => ({
  id: `request_${id}`, no: id, rev: 1, state: 'registered', kind: 'repair', priority: 'normal', client: 'c', client_id: 'client_1', address: point.address, symptom: 's',
  created: NOW - H, visit: null, sla: [], ...over,
});

describe('a request that is there already', () => {
  it('is one of the same client at the same address that is still open', () => {
    const list = [request('1'), request('2', { state: 'closed' }), request('3', { address: 'ул. Мира, 7' }), request('4', { client_id: 'client_2' })];
    expect(duplicates(list, card(), point).map((r) => r.no)).toEqual(['1']);
    expect(duplicates(list, card(), point, 'request_1')).toEqual([]);
    expect(duplicates(list, card(), null)).toEqual([]);
  });
});

describe('a house that is down', () => {
  it('is the street and the number, without the flat', () => {
    expect(houseOf('ул. Мира, 5, кв. 12')).toBe(houseOf('ул. Мира,  5, кв. 40'));
    expect(houseOf('ул. Мира, 5, офис 3')).toBe('ул. мира, 5');
    expect(houseOf('ул. Мира, 55')).not.toBe(houseOf('ул. Мира, 5'));
  });
  it('takes two neighbours within three hours', () => {
    const near = (id: string, over: Partial<Request> = {}) => request(id, { client_id: `client_${id}x`, address: `ул. Мира, 5, кв. ${id}`, ...over });
    expect(outage([near('1')], card(), point, NOW)).toEqual([]);
    expect(outage([near('1'), near('2')], card(), point, NOW)).toHaveLength(2);
    expect(outage([near('1'), near('2', { created: NOW - 5 * H })], card(), point, NOW)).toEqual([]);
  });
});

describe('who pays', () => {
  const covering = { id: 'agreement_1', no: 'Д-1', covers: true, why: null, until: NOW + H, reaction_h: 4, restore_h: 24 };
  const said = { no: 'Д-1', from: '2026-01-01', until: '2026-12-31', sla: { reaction_hours: 4, restore_hours: 24 }, limit: '0.00' };
  const theirs = card({ agreements: [{ id: 'agreement_1', no: 'Д-1', state: 'active', until: NOW + H, rev: 1, card: said }] });
  it('is the warranty, then the agreement, then the client', () => {
    expect(coverage(theirs, point, unit({ warranty_until: NOW + H, agreement: covering }), NOW)).toEqual({ by: 'warranty', until: NOW + H });
    expect(coverage(theirs, point, unit({ agreement: covering }), NOW)).toEqual({ by: 'agreement', no: 'Д-1', reaction: 4, restore: 24 });
    expect(coverage(card(), point, unit(), NOW)).toEqual({ by: 'client', why: 'noagreement' });
  });
  it('is the agreement on a whole point where no unit is named', () => {
    expect(coverage(theirs, { ...point, agreement: covering }, null, NOW)).toMatchObject({ by: 'agreement', no: 'Д-1' });
    expect(coverage(theirs, point, null, NOW)).toMatchObject({ why: 'nounit' });
  });
  it('says why the agreement does not', () => {
    expect(coverage(theirs, point, unit({ agreement: { ...covering, covers: false, why: 'suspended' } }), NOW)).toMatchObject({ why: 'suspended', no: 'Д-1' });
    expect(coverage(theirs, point, unit({ agreement: { ...covering, covers: false, why: 'expired', until: NOW - H } }), NOW)).toMatchObject({ why: 'expired', at: NOW - H });
    expect(coverage(theirs, point, unit({ agreement: covering }), NOW + 2 * H)).toMatchObject({ by: 'client', why: 'expired' });
    expect(coverage(theirs, point, unit(), NOW)).toMatchObject({ why: 'otherunits' });
    expect(coverage(card(), point, unit({ warranty_until: NOW - H }), NOW)).toMatchObject({ why: 'warrantyover' });
  });
});

describe('what the caller wants', () => {
  const line = { request: 'r', no: '7', state: 'booked', symptom: 's', visit: 'v', master_name: 'Пётр', eta: NOW + H, window: null };
  it('is where the master is, when one is coming', () => {
    expect(advice(card({ open: [line] }), NOW)).toEqual({ what: 'status', no: '7', eta: NOW + H, master: 'Пётр' });
    expect(advice(card({ open: [{ ...line, eta: NOW + 30 * H }] }), NOW)).toEqual({ what: 'request' });
  });
  it('is the same trouble again, when something was repaired lately', () => {
    const visited = { at: NOW - 5 * 24 * H, kind: 'visit' as const, text: 'помпа', state: 'completed', id: 'v' };
    expect(advice(card({ timeline: [visited] }), NOW)).toEqual({ what: 'again', text: 'помпа', at: visited.at });
    expect(advice(card({ timeline: [{ ...visited, at: NOW - 60 * 24 * H }] }), NOW)).toEqual({ what: 'request' });
    expect(advice(card({ debt: '10.00' }), NOW)).toEqual({ what: 'debt' });
  });
});

describe('promises', () => {
  it('list late masters and clocks that run out, the nearest first, and nobody whose master is at work', () => {
    const sla = (due: number, warned: 0 | 50 | 75, state: 'running' | 'paused' = 'running') => ({ metric: 'reaction' as const, due, state, warned });
    const list = promises([
      visit('late', { late: true, window: { from: NOW - 2 * H, to: NOW } }), visit('warned', { sla: sla(NOW + H, 75) }), visit('calm', { sla: sla(NOW + 9 * H, 0) }),
      visit('broken', { sla: sla(NOW - H, 75) }), visit('there', { late: true, state: 'on_site', window: { from: 0, to: 1 } }), visit('paused', { sla: sla(NOW - H, 75, 'paused') }),
    ], NOW);
    expect(list.map((p) => [p.id, p.why])).toEqual([['visit_broken', 'breached'], ['visit_late', 'late'], ['visit_warned', 'warned']]);
  });
});
