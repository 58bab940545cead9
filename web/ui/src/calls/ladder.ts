// The messages of a call as rows between columns: who is on the ladder, and between whom each arrow goes. Pure.
export interface TraceMessage {
  at: number; flow: 'in' | 'out'; carrier: 'udp' | 'tcp' | 'tls'; peer: string; dialog: number;
  title: string; cseq: string; audio: boolean; codecs: string[]; plain: boolean; text: string; left_out: number;
}
export interface Column { name: string; peer: string | null; dialog: number | null }
export interface Step { message: TraceMessage; from: number; to: number; tone: 'ask' | 'wait' | 'good' | 'bad'; gapMs: number }

/** The house stands behind its first caller; everybody whom it rang stands to its right, in the order of ringing. */
export function ladder(messages: TraceMessage[]): { columns: Column[]; steps: Step[] } {
  const ordered = messages.map((m, i) => [m, i] as const).sort(([a, i], [b, j]) => a.at - b.at || i - j).map(([m]) => m);
  const sides = new Map<string, Column>();
  for (const m of ordered) {
    const key = `${m.dialog}|${m.peer}`;
    if (!sides.has(key)) sides.set(key, { name: '', peer: m.peer, dialog: m.dialog });
  }
  const peers = [...sides.entries()].sort(([, a], [, b]) => (a.dialog ?? 0) - (b.dialog ?? 0));
  const callers = peers.filter(([, side]) => side.dialog === 0);
  const others = peers.filter(([, side]) => side.dialog !== 0);
  const house: Column = { name: 'Callout', peer: null, dialog: null };
  const columns = [...callers.map(([, side]) => side), house, ...others.map(([, side]) => side)];
  const place = new Map([...callers.map(([key], i) => [key, i] as const), ...others.map(([key], i) => [key, callers.length + 1 + i] as const)]);
  const us = callers.length;
  let before = ordered[0]?.at ?? 0;
  const steps = ordered.map((message) => {
    const peer = place.get(`${message.dialog}|${message.peer}`)!;
    const gapMs = message.at - before;
    before = message.at;
    return { message, from: message.flow === 'in' ? peer : us, to: message.flow === 'in' ? us : peer, tone: tone(message.title), gapMs };
  });
  return { columns, steps };
}

function tone(title: string): Step['tone'] {
  const status = Number(/^(\d{3})\b/.exec(title)?.[1] ?? 0);
  return !status ? 'ask' : status < 200 ? 'wait' : status < 300 ? 'good' : 'bad';
}
