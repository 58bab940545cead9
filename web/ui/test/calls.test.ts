// The supervisor's ladder and the badge of a bad line: pure functions over what the wire and the browser tell.
import { describe, expect, it } from 'vitest';
import { ladder, type TraceMessage } from '../src/calls/ladder';
import { judge, worse, type Reading } from '../src/op/quality';

const message = (at: number, flow: 'in' | 'out', peer: string, dialog: number, title: string): TraceMessage =>
  ({ at, flow, carrier: 'udp', peer, dialog, title, cseq: '1 INVITE', audio: title === 'INVITE', codecs: title === 'INVITE' ? ['PCMA'] : [], plain: true, text: title, left_out: 0 });

describe('the ladder', () => {
  const call = [
    message(1000, 'in', 'caller', 0, 'INVITE'), message(1001, 'out', 'caller', 0, '100 Trying'),
    message(1200, 'out', 'phone', 1, 'INVITE'), message(1900, 'in', 'phone', 1, '486 Busy Here'),
    message(2000, 'out', 'other', 2, 'INVITE'), message(2600, 'in', 'other', 2, '200 OK'), message(2601, 'out', 'caller', 0, '200 OK'),
  ];
  it('puts the house between its caller and those whom it rang, in the order of ringing', () => {
    expect(ladder(call).columns.map((c) => c.peer)).toEqual(['caller', null, 'phone', 'other']);
  });
  it('draws each message from who sent it to who got it, in the order of time', () => {
    const shuffled = [...call].reverse();
    const { steps } = ladder(shuffled);
    expect(steps.map((s) => [s.message.title, s.from, s.to])).toEqual([
      ['INVITE', 0, 1], ['100 Trying', 1, 0], ['INVITE', 1, 2], ['486 Busy Here', 2, 1], ['INVITE', 1, 3], ['200 OK', 3, 1], ['200 OK', 1, 0],
    ]);
    expect(steps.map((s) => s.tone)).toEqual(['ask', 'wait', 'ask', 'bad', 'ask', 'good', 'good']);
    expect(steps.map((s) => s.gapMs)).toEqual([0, 1, 199, 700, 100, 600, 1]);
  });
  it('is empty for a call without messages', () => expect(ladder([])).toEqual({ columns: [{ name: 'Callout', peer: null, dialog: null }], steps: [] }));
});

describe('the badge of a bad line', () => {
  const reading = (at: number, received: number, lost: number, more: Partial<Reading> = {}): Reading => ({ at, received, lost, jitterMs: 5, roundTripMs: 30, farLoss: null, ...more });
  it('stays away while all is well', () => {
    expect(judge(reading(0, 0, 0), reading(2000, 100, 1))).toMatchObject({ bad: false, silent: false });
  });
  it('shows with loss here, loss there, jitter, or a long way', () => {
    const before = reading(0, 0, 0);
    expect(judge(before, reading(2000, 94, 6)).bad).toBe(true);
    expect(judge(before, reading(2000, 100, 0, { farLoss: 0.05 })).bad).toBe(true);
    expect(judge(before, reading(2000, 100, 0, { jitterMs: 80 })).bad).toBe(true);
    expect(judge(before, reading(2000, 100, 0, { roundTripMs: 700 })).bad).toBe(true);
  });
  it('knows silence from loss', () => {
    expect(judge(reading(0, 500, 0), reading(2000, 500, 0))).toMatchObject({ silent: true, bad: false, lossPercent: 0 });
  });
  it('tells the house the worst of what was heard, and nothing of a silence', () => {
    const now = judge(reading(0, 0, 0), reading(2000, 98, 2, { jitterMs: 12.4, roundTripMs: 40 }));
    const later = judge(reading(0, 0, 0), reading(2000, 100, 0, { jitterMs: 30 }));
    const silence = judge(reading(0, 500, 0), reading(2000, 500, 0));
    expect(worse(null, silence)).toBeNull();
    expect([worse(null, now), worse(worse(null, now), later)]).toEqual([{ lost: 20, jitter: 12, trip: 40 }, { lost: 20, jitter: 30, trip: 40 }]);
  });
});
