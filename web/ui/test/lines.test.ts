// The book of lines: where a dialled number leads, what is typed, and a password for a phone.
import { describe, expect, it } from 'vitest';
import { fresh, isAddress, isOpen, listed, moved, newMenu, newQueue, newTrunk, password, wayOf, withPort, type Lines } from '../src/admin/lines/lines';

const book = (): Lines => ({
  trunks: [{ ...newTrunk('city'), dids: ['+71'] }], phones: [],
  queues: [
    { ...newQueue('kkt'), dids: ['+71'], hours: { zone: 'Europe/Moscow', week: ['09:00-18:00', '09:00-18:00', '09:00-18:00', '09:00-18:00', '09:00-18:00', '', ''], days_off: ['2026-01-01'], moved_in: ['2026-03-07'] }, reception: { notice: 'notice', menu: 'main', closed: 'night' } },
    newQueue('all'),
  ],
  menus: [
    { ...newMenu('main'), keys: { '1': { queue: 'all' }, '2': { menu: 'night' } } },
    { ...newMenu('night'), otherwise: 'goodbye', keys: { '9': { menu: 'main' } } },
  ],
  head_start: { vip_seconds: 0, agreement_seconds: 0, promise_seconds: 0 }, codecs: [],
});

describe('lines', () => {
  it('open by the clock of their own zone, on holidays and on moved days too', () => {
    const [kkt] = book().queues;
    const open = (at: string) => isOpen(kkt!, new Date(at));
    expect([open('2026-03-02T09:00:00+03:00'), open('2026-03-02T08:59:00+03:00'), open('2026-03-02T18:00:00+03:00')]).toEqual([true, false, false]);
    expect([open('2026-01-01T12:00:00+03:00'), open('2026-03-01T12:00:00+03:00'), open('2026-03-07T12:00:00+03:00')]).toEqual([false, false, true]);
  });
  it('tell the whole way of a caller, and where it goes round', () => {
    const day = wayOf(book(), '+71', new Date('2026-03-02T10:00:00+03:00'));
    expect(day.map((s) => `${s.deep}${s.kind}:${s.name}`)).toEqual([
      '0queue:kkt', '0open:', '0notice:notice', '0menu:main', '1key:1', '1key:2', '2menu:night', '3key:9', '4loop:main', '3silence:', '1silence:',
    ]);
    const night = wayOf(book(), '+71', new Date('2026-03-02T22:00:00+03:00'));
    expect(night.slice(1, 4).map((s) => s.kind + s.name)).toEqual(['closed', 'noticenotice', 'menunight']);
    expect(wayOf(book(), '+7999', new Date()).map((s) => s.kind + s.name)).toEqual(['queueall', 'open', 'lineall']);
  });
  it('move a codec up and down, and not over an end', () => {
    const order = ['pcma', 'g722', 'opus'];
    expect([moved(order, 2, -1), moved(order, 0, 1), moved(order, 0, -1), moved(order, 2, 1)]).toEqual([['pcma', 'opus', 'g722'], ['g722', 'pcma', 'opus'], order, order]);
  });
  it('read numbers as people type them', () => {
    expect(listed('+7 (342) 000-00-00, 8 800 100-00-01\n+7 (342) 000-00-00', true)).toEqual(['+73420000000', '88001000001']);
    expect(listed('10.0.0.1 10.0.0.2,10.0.0.1')).toEqual(['10.0.0.1', '10.0.0.2']);
  });
  it('know an address of a provider, and its usual port', () => {
    for (const good of ['203.0.113.20', ' 203.0.113.20:5061 ', '[2001:db8::1]:5060']) expect(isAddress(good)).toBe(true);
    for (const bad of ['', 'sip.provider.ru', '203.0.113', '203.0.113.20:', '2001:db8::1', '[2001:db8::1]']) expect(isAddress(bad)).toBe(false);
    expect([withPort(' 203.0.113.20 '), withPort('203.0.113.20:5061'), withPort('[2001:db8::1]:5060')]).toEqual(['203.0.113.20:5060', '203.0.113.20:5061', '[2001:db8::1]:5060']);
  });
  it('give names and passwords that nobody has', () => {
    expect(fresh('queue', ['queue', 'queue2'])).toBe('queue3');
    const drawn = new Set(Array.from({ length: 50 }, () => password()));
    expect(drawn.size).toBe(50);
    for (const one of drawn) expect(one).toMatch(/^[a-km-np-z2-9]{14}$/);
  });
});
